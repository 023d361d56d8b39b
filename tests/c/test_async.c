/* Calls that end in a callback, cancellation, events, and clients that go while calls are in flight. */
#include <cardwire.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

static uint8_t *photo;
static size_t photo_len;

struct end {
    int count;
    cardwire_status status;
    char card_number[32];
    /* What the callback does, besides noting its end. */
    cardwire_client *again, *to_free, *to_close;
    pthread_t thread;
};

static cardwire_client *make(void) {
    cardwire_client *client;
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &client, NULL), CARDWIRE_OK);
    return client;
}

static void note(struct end *end, cardwire_status status) {
    end->status = status;
    end->thread = pthread_self();
    __atomic_add_fetch(&end->count, 1, __ATOMIC_RELEASE);
}

static void recognized(cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    struct end *end = user_data;
    CHECK((recognition == NULL) != (error == NULL));
    if (recognition) snprintf(end->card_number, sizeof end->card_number, "%s", cardwire_recognition_card_number(recognition));
    if (end->again) {
        /* A blocking call from a callback. */
        cardwire_verification *verified;
        CHECK_IS(cardwire_verify_z(end->again, "6222020000000000000", "张三", "110101190001010014", NULL, &verified, NULL), CARDWIRE_OK);
        CHECK_IS(cardwire_verification_outcome(verified), CARDWIRE_OUTCOME_MATCH);
        cardwire_verification_free(verified);
    }
    if (end->to_close) CHECK_IS(cardwire_client_close(end->to_close, NULL), CARDWIRE_OK);
    cardwire_client_free(end->to_free);
    cardwire_status status = cardwire_error_status(error);
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
    note(end, status);
}

static void verified(cardwire_verification *verification, cardwire_error *error, void *user_data) {
    CHECK_IS(cardwire_verification_outcome(verification), CARDWIRE_OUTCOME_MATCH);
    cardwire_verification_free(verification);
    note(user_data, cardwire_error_status(error));
    cardwire_error_free(error);
}

static void looked_up(cardwire_card_lookup *lookup, cardwire_error *error, void *user_data) {
    CHECK_IS(cardwire_card_lookup_found(lookup), 1);
    cardwire_card_lookup_free(lookup);
    note(user_data, cardwire_error_status(error));
    cardwire_error_free(error);
}

static void fetched(cardwire_order *order, cardwire_error *error, void *user_data) {
    CHECK_TEXT(cardwire_order_card_number(order), "6222020000000000000");
    cardwire_order_free(order);
    note(user_data, cardwire_error_status(error));
    cardwire_error_free(error);
}

static void every_operation(void) {
    cardwire_client *client = make();
    cardwire_options *options;
    cardwire_cardholder *holder;
    struct end ends[6] = {{0}};
    const char *path = sandbox_photo_path("icbc-debit.jpg"), *url = "https://cards.example/card/6228480000000000000.jpg";
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_order_id_z(options, "async0001", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL), CARDWIRE_OK);
    /* What is handed in may go as soon as the function returns. */
    uint8_t *copy = malloc(photo_len);
    memcpy(copy, photo, photo_len);
    CHECK_IS(cardwire_recognize_start(client, copy, photo_len, options, recognized, &ends[0], NULL), CARDWIRE_OK);
    memset(copy, 0, photo_len), free(copy);
    cardwire_options_free(options);
    CHECK_IS(cardwire_verify_start(client, holder, NULL, verified, &ends[1], NULL), CARDWIRE_OK);
    cardwire_cardholder_free(holder);
    CHECK_IS(cardwire_recognize_file_start(client, path, strlen(path), NULL, recognized, &ends[2], NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_url_start(client, url, strlen(url), NULL, recognized, &ends[3], NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_lookup_card_start(client, "6222020000000000000", 19, NULL, looked_up, &ends[4], NULL), CARDWIRE_OK);
    wait_for(&ends[0].count, 1);
    CHECK_IS(cardwire_fetch_order_start(client, "async0001", 9, NULL, fetched, &ends[5], NULL), CARDWIRE_OK);
    for (int i = 0; i < 6; i++) {
        wait_for(&ends[i].count, 1);
        CHECK_IS(ends[i].status, CARDWIRE_OK);
        CHECK(!pthread_equal(ends[i].thread, pthread_self()));
    }
    CHECK_TEXT(ends[0].card_number, "6222020000000000000");
    CHECK_TEXT(ends[2].card_number, "6222020000000000000");
    CHECK_TEXT(ends[3].card_number, "6228480000000000000");
    cardwire_client_free(client);
    for (int i = 0; i < 6; i++) CHECK_IS(ends[i].count, 1);
}

static void callbacks_call_in(void) {
    cardwire_client *client = make();
    /* More than there are threads of the library, each in a blocking call. */
    struct end ends[8] = {{0}};
    for (int i = 0; i < 8; i++) {
        ends[i].again = client;
        CHECK_IS(cardwire_recognize_start(client, photo, photo_len, NULL, recognized, &ends[i], NULL), CARDWIRE_OK);
    }
    for (int i = 0; i < 8; i++) {
        wait_for(&ends[i].count, 1);
        CHECK_IS(ends[i].status, CARDWIRE_OK);
    }
    cardwire_client_free(client);
}

static void a_callback_frees_the_client(void) {
    cardwire_client *client = make();
    struct end end = {.to_free = client};
    CHECK_IS(cardwire_recognize_start(client, photo, photo_len, NULL, recognized, &end, NULL), CARDWIRE_OK);
    wait_for(&end.count, 1);
    CHECK_IS(end.status, CARDWIRE_OK);
    cardwire_error *error;
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK_TEXT(cardwire_error_argument(error), "client");
    cardwire_error_free(error);
    client = make();
    end = (struct end){.to_close = client};
    CHECK_IS(cardwire_recognize_start(client, photo, photo_len, NULL, recognized, &end, NULL), CARDWIRE_OK);
    wait_for(&end.count, 1);
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_CLOSED);
    CHECK_IS(cardwire_recognize_start(client, photo, photo_len, NULL, recognized, &end, NULL), CARDWIRE_CLOSED);
    cardwire_client_free(client);
    CHECK_IS(end.count, 1);
}

static void free_ends_calls_in_flight(void) {
    cardwire_client *client = make();
    struct end ends[20] = {{0}};
    sandbox_hang("tencent_kyc");
    for (int i = 0; i < 20; i++)
        CHECK_IS(cardwire_recognize_start(client, photo, photo_len, NULL, recognized, &ends[i], NULL), CARDWIRE_OK);
    sleep_ms(100);
    int64_t begun = now_ms();
    cardwire_client_free(client);
    /* Every callback has returned by now. */
    for (int i = 0; i < 20; i++) CHECK(ends[i].count == 1 && ends[i].status == CARDWIRE_CANCELLED);
    CHECK(now_ms() - begun < 5000);
    sandbox_reset();
}

static void *cancel_soon(void *cancellation) {
    sleep_ms(150);
    CHECK_IS(cardwire_cancellation_cancel(cancellation, NULL), CARDWIRE_OK);
    return NULL;
}

static void cancellation_from_another_thread(void) {
    cardwire_client *client = make();
    cardwire_options *options;
    cardwire_cancellation *cancellation;
    cardwire_verification *none = NULL;
    cardwire_error *error;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_cancellation(options, cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_is_cancelled(cancellation), 0);
    sandbox_hang("tencent_faceid");
    pthread_t thread;
    pthread_create(&thread, NULL, cancel_soon, cancellation);
    int64_t begun = now_ms();
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &none, &error), CARDWIRE_CANCELLED);
    CHECK(now_ms() - begun >= 100 && now_ms() - begun < 5000);
    /* The request was out: nobody knows what the vendor did with it. */
    CHECK_IS(cardwire_call_facts_sent(cardwire_error_facts(error)), CARDWIRE_SENT_UNKNOWN);
    CHECK_IS(cardwire_call_facts_billed(cardwire_error_facts(error)), CARDWIRE_BILLED_UNKNOWN);
    CHECK(none == NULL && cardwire_call_facts_order_id(cardwire_error_facts(error)) != NULL);
    cardwire_error_free(error);
    pthread_join(thread, NULL);
    sandbox_reset();
    long connections = sandbox_connections();
    CHECK_IS(cardwire_cancellation_is_cancelled(cancellation), 1);
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &none, NULL), CARDWIRE_CANCELLED);
    CHECK_IS(sandbox_connections(), connections);
    cardwire_cancellation_free(cancellation);
    cardwire_options_free(options);

    /* Freed before it is needed: the options keep it. */
    struct end end = {0};
    sandbox_hang("tencent_kyc");
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_cancellation(options, cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_start(client, photo, photo_len, options, recognized, &end, NULL), CARDWIRE_OK);
    cardwire_options_free(options);
    CHECK_IS(cardwire_cancellation_cancel(cancellation, NULL), CARDWIRE_OK);
    cardwire_cancellation_free(cancellation);
    wait_for(&end.count, 1);
    CHECK_IS(end.status, CARDWIRE_CANCELLED);
    sandbox_reset();
    cardwire_client_free(client);
}

static void a_deadline_ends_a_call(void) {
    cardwire_client *client = make();
    cardwire_options *options;
    cardwire_recognition *none;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_timeout_ms(options, 200, NULL), CARDWIRE_OK);
    sandbox_hang("tencent_kyc");
    int64_t begun = now_ms();
    CHECK_IS(cardwire_recognize(client, photo, photo_len, options, &none, NULL), CARDWIRE_TIMEOUT);
    CHECK(now_ms() - begun >= 190 && now_ms() - begun < 5000);
    sandbox_reset();
    cardwire_options_free(options);
    cardwire_client_free(client);
}

struct seen {
    pthread_mutex_t lock;
    int started, ended, tokens, calls, others;
    int personal;
    uint64_t context;
    char order_id[40];
    cardwire_client *client;
};

static void observe(const cardwire_event *event, void *user_data) {
    struct seen *seen = user_data;
    pthread_mutex_lock(&seen->lock);
    const char *json = cardwire_event_json(event);
    CHECK_IS(cardwire_event_json_len(event), strlen(json));
    CHECK(strstr(json, cardwire_event_name(event)) != NULL);
    CHECK_TEXT(cardwire_event_account(event), cardwire_event_vendor(event));
    CHECK(cardwire_event_milliseconds(event) < 10000);
    CHECK(cardwire_event_call(event) > 0);
    CHECK(strncmp(cardwire_event_text(event), cardwire_event_name(event), strlen(cardwire_event_name(event))) == 0);
    CHECK(strchr(cardwire_event_text(event), '\n') == NULL);
    seen->personal += strstr(json, "6222020000000000000") || strstr(json, "110101190001010014") || strstr(json, "张三");
    switch (cardwire_event_kind(event)) {
    case CARDWIRE_EVENT_ATTEMPT_STARTED:
        seen->started++;
        CHECK_TEXT(cardwire_event_name(event), "attempt_started");
        CHECK_TEXT(cardwire_event_outcome(event), NULL);
        CHECK_IS(cardwire_event_attempt(event), 1);
        CHECK_IS(cardwire_event_sent(event), 0);
        CHECK_TEXT(cardwire_event_server_address(event), "127.0.0.1");
        CHECK(cardwire_event_server_port(event) > 0);
        break;
    case CARDWIRE_EVENT_ATTEMPT_ENDED:
        seen->ended++;
        CHECK_TEXT(cardwire_event_name(event), "attempt_ended");
        CHECK_TEXT(cardwire_event_outcome(event), "ok");
        CHECK_TEXT(cardwire_event_vendor_code(event), NULL);
        CHECK_IS(cardwire_event_sent(event), CARDWIRE_SENT_YES);
        CHECK(cardwire_event_operation(event) == CARDWIRE_OPERATION_RECOGNIZE || cardwire_event_operation(event) == CARDWIRE_OPERATION_VERIFY);
        CHECK_IS(cardwire_event_billed(event), CARDWIRE_BILLED_YES);
        CHECK_IS(cardwire_event_http_status(event), 200);
        CHECK_IS(cardwire_event_level(event), CARDWIRE_LEVEL_DEBUG);
        CHECK_IS(cardwire_event_quota_left(event), -1);
        snprintf(seen->order_id, sizeof seen->order_id, "%s", cardwire_event_order_id(event));
        break;
    case CARDWIRE_EVENT_CALL_STARTED:
        CHECK_TEXT(cardwire_event_vendor(event), NULL);
        CHECK_IS(cardwire_event_sent(event), 0);
        break;
    case CARDWIRE_EVENT_CALL_ENDED:
        seen->calls++;
        CHECK_IS(cardwire_event_attempts(event), 1);
        CHECK_IS(cardwire_event_level(event), CARDWIRE_LEVEL_INFO);
        CHECK_TEXT(cardwire_level_name(cardwire_event_level(event)), "info");
        CHECK_TEXT(cardwire_event_outcome(event), "ok");
        CHECK_IS(cardwire_event_context(event), seen->context);
        break;
    case CARDWIRE_EVENT_TOKEN_REFRESHED:
        seen->tokens++;
        CHECK_TEXT(cardwire_event_name(event), "token_refreshed");
        CHECK_TEXT(cardwire_event_order_id(event), NULL);
        CHECK_IS(cardwire_event_operation(event), 0);
        break;
    default:
        seen->others++;
    }
    pthread_mutex_unlock(&seen->lock);
}

static void events(void) {
    struct seen seen = {.lock = PTHREAD_MUTEX_INITIALIZER};
    cardwire_client *client;
    cardwire_recognition *recognition;
    cardwire_verification *verification;
    const char *config = sandbox_config();
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), observe, &seen, &client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    CHECK_TEXT(seen.order_id, cardwire_call_facts_order_id(cardwire_recognition_facts(recognition)));
    cardwire_recognition_free(recognition);
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL), CARDWIRE_OK);
    cardwire_verification_free(verification);

    /* A number of the caller's own, told with each event; a batch tells it with each call. */
    cardwire_options *options;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_context(options, UINT64_MAX, NULL), CARDWIRE_OK);
    seen.context = UINT64_MAX;
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &verification, NULL), CARDWIRE_OK);
    cardwire_verification_free(verification);
    cardwire_options_free(options);
    CHECK_IS(cardwire_options_set_context(options, 1, NULL), CARDWIRE_INVALID_ARGUMENT);
    cardwire_client_free(client);
    CHECK_IS(seen.calls, 3);
    CHECK_IS(seen.started, 3);
    CHECK_IS(seen.ended, 3);
    CHECK(seen.tokens >= 1);
    CHECK_IS(seen.others, 0);
    CHECK_IS(seen.personal, 0);
}

/* --- Health. --- */

static void health(void) {
    cardwire_client *client;
    cardwire_account_health *health;
    const char *config = sandbox_config();
    CHECK_IS(cardwire_client_new(config, strlen(config), &client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_health(NULL, &health, NULL), CARDWIRE_INVALID_ARGUMENT);
    cardwire_options *options;
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, "wechat", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(client, photo, photo_len, options, &recognition, NULL), CARDWIRE_OK);
    cardwire_recognition_free(recognition);
    cardwire_options_free(options);
    CHECK_IS(cardwire_client_health(client, &health, NULL), CARDWIRE_OK);
    cardwire_client_free(client);

    size_t count = cardwire_account_health_count(health), wechat = count;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cardwire_account_health_account(health, i), "wechat") == 0) wechat = i;
        CHECK_IS(cardwire_account_health_breaker(health, i), CARDWIRE_BREAKER_STATE_CLOSED);
        CHECK_IS(cardwire_account_health_breaker_until_ms(health, i), 0);
        CHECK_IS(cardwire_account_health_block_count(health, i), 0);
        CHECK_IS(cardwire_account_health_in_flight(health, i), 0);
    }
    CHECK(wechat < count);
    CHECK_TEXT(cardwire_account_health_vendor(health, wechat), "wechat");
    CHECK_IS(cardwire_account_health_quota_left(health, wechat), -1);
    CHECK_IS(cardwire_account_health_quota_limit(health, wechat), 0);
    CHECK(cardwire_account_health_requests_per_second(health, wechat) >= 0);
    CHECK(cardwire_account_health_token_since_ms(health, wechat) > 0);
    CHECK(cardwire_account_health_token_until_ms(health, wechat) > cardwire_account_health_token_since_ms(health, wechat));
    CHECK_TEXT(cardwire_breaker_state_name(CARDWIRE_BREAKER_STATE_HALF_OPEN), "half_open");
    CHECK_TEXT(cardwire_block_scope_name(CARDWIRE_BLOCK_SCOPE_ACCOUNT), "account");
    /* Past the last. */
    CHECK_TEXT(cardwire_account_health_account(health, count), NULL);
    CHECK_IS(cardwire_account_health_block_scope(health, wechat, 0), 0);
    CHECK_TEXT(cardwire_account_health_block_outcome(health, wechat, 0), NULL);
    CHECK_TEXT(cardwire_account_health_block_vendor_code(health, wechat, 0), NULL);
    CHECK_IS(cardwire_account_health_block_size(health, wechat, 0), 0);
    CHECK_IS(cardwire_account_health_block_until_ms(health, wechat, 0), 0);
    CHECK_IS(cardwire_account_health_quota_left(health, count), -1);
    CHECK_IS(cardwire_account_health_json_len(health), strlen(cardwire_account_health_json(health)));
    CHECK(strstr(cardwire_account_health_json(health), "\"account\":\"wechat\"") != NULL);
    cardwire_account_health_free(health);
    CHECK_IS(cardwire_account_health_count(health), 0);
    cardwire_account_health_free(health);
}

/* --- Callbacks of events that call in. --- */

struct reentry {
    cardwire_client *client;
    int calls, freed;
    cardwire_status inner;
};

static void call_from_event(const cardwire_event *event, void *user_data) {
    struct reentry *reentry = user_data;
    if (cardwire_event_kind(event) != CARDWIRE_EVENT_ATTEMPT_STARTED) return;
    /* Once: the call made here has events of its own. */
    if (__atomic_fetch_add(&reentry->calls, 1, __ATOMIC_RELAXED) > 0) return;
    cardwire_verification *verification;
    reentry->inner = cardwire_verify_z(reentry->client, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL);
    CHECK_IS(cardwire_verification_outcome(verification), CARDWIRE_OUTCOME_MATCH);
    cardwire_verification_free(verification);
}

static void free_from_event(const cardwire_event *event, void *user_data) {
    struct reentry *reentry = user_data;
    if (cardwire_event_kind(event) != CARDWIRE_EVENT_ATTEMPT_STARTED) return;
    cardwire_client_free(reentry->client);
    /* The event lives on until its callback returns. */
    CHECK_TEXT(cardwire_event_name(event), "attempt_started");
    reentry->freed++;
}

static void events_call_in(void) {
    const char *config = sandbox_config();
    struct reentry reentry = {.inner = CARDWIRE_INTERNAL};
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), call_from_event, &reentry, &reentry.client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(reentry.client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    cardwire_recognition_free(recognition);
    CHECK_IS(reentry.inner, CARDWIRE_OK);
    CHECK_IS(reentry.calls, 2);
    cardwire_client_free(reentry.client);

    long requests = sandbox_requests();
    reentry = (struct reentry){0};
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), free_from_event, &reentry, &reentry.client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_z(reentry.client, "6222020000000000000", "张三", "110101190001010014", NULL, &(cardwire_verification *){NULL}, NULL), CARDWIRE_CANCELLED);
    CHECK_IS(reentry.freed, 1);
    CHECK_IS(sandbox_requests(), requests);
}

int main(void) {
    sandbox_start();
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    every_operation();
    callbacks_call_in();
    a_callback_frees_the_client();
    free_ends_calls_in_flight();
    cancellation_from_another_thread();
    a_deadline_ends_a_call();
    events();
    health();
    events_call_in();
    free(photo);
    return checks_end();
}
