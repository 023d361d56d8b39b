/* One client from many threads, objects freed while others read them, and forked children. */
#define _GNU_SOURCE
#include <cardwire.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"
#include "support/sandbox.h"

#define THREADS 8
#define CALLS 50

static cardwire_client *client;
static uint8_t *photo;
static size_t photo_len;
static int good;

static void *verify_often(void *unused) {
    (void)unused;
    for (int i = 0; i < CALLS; i++) {
        cardwire_verification *verified;
        if (cardwire_verify_z(client, "6222020000000000000", i % 2 ? "张三" : "李四", "110101190001010014", NULL, &verified, NULL)) continue;
        int32_t wanted = i % 2 ? CARDWIRE_OUTCOME_MATCH : CARDWIRE_OUTCOME_MISMATCH;
        if (cardwire_verification_outcome(verified) == wanted) __atomic_add_fetch(&good, 1, __ATOMIC_RELAXED);
        cardwire_verification_free(verified);
    }
    return NULL;
}

static void many_threads(void) {
    pthread_t threads[THREADS];
    sandbox_post("/settings", "{\"rates\":{\"tencent_faceid\":0}}");
    for (int i = 0; i < THREADS; i++) pthread_create(&threads[i], NULL, verify_often, NULL);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    CHECK_IS(good, THREADS * CALLS);
    sandbox_reset();
}

/* Handles only: a text that was borrowed may be gone by then. */
static void *read_and_free(void *handle) {
    for (int i = 0; i < 200; i++) {
        size_t length = cardwire_recognition_card_number_len(handle);
        if (length == 0) return NULL;
        if (length != 19) abort();
        int32_t clarity = cardwire_recognition_clarity(handle);
        if (clarity != 92 && clarity != -1) abort();
        if (i == 100) cardwire_recognition_free(handle);
    }
    abort();
}

static void a_free_while_others_read(void) {
    for (int round = 0; round < 10; round++) {
        cardwire_recognition *recognition;
        pthread_t threads[4];
        CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
        for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, read_and_free, recognition);
        for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
        CHECK_IS(cardwire_recognition_card_kind(recognition), 0);
    }
}

static void *hang(void *status) {
    cardwire_recognition *none;
    *(cardwire_status *)status = cardwire_recognize(client, photo, photo_len, NULL, &none, NULL);
    return NULL;
}

static void a_free_while_others_call(void) {
    cardwire_client *kept = client;
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &client, NULL), CARDWIRE_OK);
    sandbox_hang("tencent_kyc");
    pthread_t threads[4];
    cardwire_status statuses[4];
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, hang, &statuses[i]);
    sleep_ms(100);
    cardwire_client_free(client);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        CHECK_IS(statuses[i], CARDWIRE_CANCELLED);
    }
    client = kept;
    sandbox_reset();
}

/* --- Callbacks that end their client while another thread ends it too. --- */

enum { CLOSE, FREE, CALL, WAYS };

/* Beside the kinds of events. */
enum { OF_PROVIDER = -1, OF_CALL };

static struct {
    cardwire_client *client;
    cardwire_options *brief;
    char *secret;
    int32_t kind;
    int way, entered, left, ended;
} ending;

static void end_client(cardwire_client *own, int way) {
    cardwire_verification *verified;
    if (way == CLOSE) cardwire_client_close(own, NULL);
    if (way == FREE) cardwire_client_free(own);
    if (way != CALL) return;
    cardwire_verify_z(own, "6222020000000000000", "张三", "110101190001010014", NULL, &verified, NULL);
    cardwire_verification_free(verified);
}

/* Once for each client. */
static void end_from(int32_t kind) {
    if (kind != ending.kind || __atomic_exchange_n(&ending.entered, 1, __ATOMIC_ACQ_REL)) return;
    end_client(ending.client, ending.way);
    if (kind == OF_PROVIDER && ending.way == CALL) {
        /* A call to the account that waits for the answer. */
        cardwire_recognition *none;
        CHECK(cardwire_recognize(ending.client, photo, photo_len, ending.brief, &none, NULL) != CARDWIRE_OK);
    }
    __atomic_store_n(&ending.left, 1, __ATOMIC_RELEASE);
}

static void end_from_event(const cardwire_event *event, void *user_data) {
    (void)user_data;
    end_from(cardwire_event_kind(event));
}

static void end_from_ask(cardwire_ask *ask, void *user_data) {
    (void)user_data;
    end_from(OF_PROVIDER);
    CHECK_IS(cardwire_ask_set_z(ask, "secret", ending.secret, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_ask_answer(ask, NULL), CARDWIRE_OK);
}

static void end_from_result(cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
    if (user_data) end_client(ending.client, ending.way);
    __atomic_add_fetch(&ending.ended, 1, __ATOMIC_RELEASE);
}

static void *recognize_hanging(void *own) {
    end_from_result(NULL, NULL, NULL);
    cardwire_recognition *recognition;
    cardwire_recognize(own, photo, photo_len, NULL, &recognition, NULL);
    cardwire_recognition_free(recognition);
    return NULL;
}

/* Calls are in flight that nobody answers, and others that are; this thread closes the client or frees
   it at any moment while a callback does. */
static void callbacks_that_end_their_client(void) {
    char *provided = sandbox_config_provided("secret", &ending.secret), *config;
    if (asprintf(&config, "{\"journal\":\"%s/ending.db\",%s", temporary_folder(), provided + 1) < 0) abort();
    cardwire_providers *providers;
    CHECK_IS(cardwire_providers_new(&providers, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_providers_set_z(providers, "tokens", end_from_ask, NULL, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&ending.brief, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_timeout_ms(ending.brief, 50, NULL), CARDWIRE_OK);
    for (int round = 0; round < 8; round++)
        for (ending.kind = OF_PROVIDER; ending.kind <= CARDWIRE_EVENT_ORDER_WRITTEN; ending.kind++)
            for (ending.way = 0; ending.way < WAYS; ending.way++) {
                pthread_t caller;
                ending.entered = ending.left = ending.ended = 0;
                sandbox_hang("tencent_kyc");
                CHECK_IS(cardwire_client_new_with_providers(config, strlen(config), providers, end_from_event, NULL, &ending.client, NULL), CARDWIRE_OK);
                pthread_create(&caller, NULL, recognize_hanging, ending.client);
                int begun = 1;
                for (int i = 0; i < 4; i++)
                    begun += !cardwire_recognize_start(ending.client, photo, photo_len, NULL, end_from_result, ending.kind == OF_CALL ? &ending : NULL, NULL);
                sleep_ms(round * 3);
                if (round % 2) cardwire_client_close(ending.client, NULL);
                cardwire_client_free(ending.client);
                pthread_join(caller, NULL);
                wait_for(&ending.ended, begun);
                if (ending.entered) wait_for(&ending.left, 1);
                sandbox_reset();
            }
    cardwire_options_free(ending.brief);
    cardwire_providers_free(providers);
    free(ending.secret);
    free(provided);
    free(config);
    /* Nothing else of the process waits for it. */
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    cardwire_recognition_free(recognition);
}

static int count;

static void closed(cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    (void)recognition;
    *(cardwire_status *)user_data = cardwire_error_status(error);
    cardwire_error_free(error);
    __atomic_add_fetch(&count, 1, __ATOMIC_RELEASE);
}

/* Runs in the child; the number tells which check failed. */
static int child(void) {
    cardwire_recognition *recognition;
    cardwire_error *error;
    cardwire_status status = CARDWIRE_OK;
    if (cardwire_recognize(client, photo, photo_len, NULL, &recognition, &error) != CARDWIRE_CLOSED) return 1;
    if (recognition || cardwire_error_status(error) != CARDWIRE_CLOSED) return 2;
    if (!strstr(cardwire_error_message(error), "fork")) return 3;
    cardwire_error_free(error);
    if (cardwire_recognize_start(client, photo, photo_len, NULL, closed, &status, NULL) == CARDWIRE_OK)
        wait_for(&count, 1);
    else
        status = CARDWIRE_CLOSED;
    if (status != CARDWIRE_CLOSED) return 4;
    cardwire_client_free(client);
    cardwire_client *fresh;
    if (cardwire_client_new_z(sandbox_config(), &fresh, NULL)) return 5;
    if (cardwire_recognize(fresh, photo, photo_len, NULL, &recognition, &error)) {
        fprintf(stderr, "in the child: %s\n", cardwire_error_message(error));
        return 6;
    }
    if (strcmp(cardwire_recognition_card_number(recognition), "6222020000000000000")) return 7;
    cardwire_recognition_free(recognition);
    cardwire_client_free(fresh);
    return 0;
}

static void ended(cardwire_verification *verification, cardwire_error *error, void *user_data) {
    CHECK_IS(cardwire_verification_outcome(verification), CARDWIRE_OUTCOME_MATCH);
    cardwire_verification_free(verification);
    cardwire_error_free(error);
    __atomic_add_fetch((int *)user_data, 1, __ATOMIC_RELEASE);
}

static void forked_children(void) {
    cardwire_recognition *recognition;
    cardwire_cardholder *holder;
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    /* Calls are in flight meanwhile. */
    sandbox_post("/script", "{\"vendor\":\"tencent_faceid\",\"operation\":\"any\",\"times\":8,\"do\":{\"fault\":{\"kind\":\"delay_ms\",\"n\":300}}}");
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_id_number_z(holder, "110101190001010014", NULL), CARDWIRE_OK);
    int answered = 0;
    for (int i = 0; i < 8; i++) CHECK_IS(cardwire_verify_start(client, holder, NULL, ended, &answered, NULL), CARDWIRE_OK);
    cardwire_cardholder_free(holder);
    pid_t children[4];
    for (int i = 0; i < 4; i++) {
        children[i] = fork_child();
        if (children[i] == 0) {
            int failure = child();
            /* The client of before the fork is lost on purpose. Ending as another program keeps a
               checker from calling it a leak. */
            if (!failure) execlp("true", "true", (char *)NULL);
            _exit(failure ? failure : 100);
        }
    }
    for (int i = 0; i < 4; i++) {
        int status = -1;
        CHECK_IS(waitpid(children[i], &status, 0), children[i]);
        CHECK(WIFEXITED(status));
        CHECK_IS(WEXITSTATUS(status), 0);
    }
    /* The parent goes on, and so do its calls. */
    wait_for(&answered, 8);
    CHECK_TEXT(cardwire_recognition_card_number(recognition), "6222020000000000000");
    cardwire_recognition_free(recognition);
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    cardwire_recognition_free(recognition);
}

int main(void) {
    sandbox_start();
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &client, NULL), CARDWIRE_OK);
    many_threads();
    a_free_while_others_read();
    a_free_while_others_call();
    callbacks_that_end_their_client();
    forked_children();
    cardwire_client_free(client);
    free(photo);
    return checks_end();
}
