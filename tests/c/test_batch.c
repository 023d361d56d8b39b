/* Batches: streams of inputs, a bounded number in flight, results as they finish. */
#include <cardwire.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

#define INPUTS 60

static cardwire_client *client;
static uint8_t *photo;
static size_t photo_len;

struct batch {
    int given, limit, stop_after;
    int reported, failed, most_ahead;
    int seen[INPUTS];
    pthread_t thread;
    cardwire_cancellation *cancellation;
    cardwire_cardholder *holder;
};

static int32_t next_photo(cardwire_batch_input *input, void *user_data) {
    struct batch *batch = user_data;
    CHECK(pthread_equal(batch->thread, pthread_self()));
    if (batch->given == batch->limit) return 0;
    const char *path = sandbox_photo_path("abc-debit.png"), *url = "https://cards.example/card/6228480000000000000.jpg",
               *not_an_image = sandbox_photo_path("text.jpg");
    cardwire_status status = CARDWIRE_OK;
    switch (batch->given % 4) {
    case 0: status = cardwire_batch_input_set_image(input, photo, photo_len, NULL); break;
    case 1: path = sandbox_photo_path("abc-debit.png"), status = cardwire_batch_input_set_file(input, path, strlen(path), NULL); break;
    case 2: status = cardwire_batch_input_set_url(input, url, strlen(url), NULL); break;
    case 3: status = cardwire_batch_input_set_file(input, not_an_image, strlen(not_an_image), NULL); break;
    }
    CHECK_IS(status, CARDWIRE_OK);
    batch->given++;
    int ahead = batch->given - batch->reported;
    if (ahead > batch->most_ahead) batch->most_ahead = ahead;
    return 1;
}

static int32_t on_recognition(size_t index, cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    struct batch *batch = user_data;
    CHECK(index < INPUTS && pthread_equal(batch->thread, pthread_self()));
    batch->seen[index]++;
    batch->reported++;
    if (error) {
        batch->failed++;
        CHECK(recognition == NULL);
        if (!batch->cancellation) {
            CHECK_IS(index % 4, 3);
            CHECK_IS(cardwire_error_status(error), CARDWIRE_INVALID_ARGUMENT);
        }
    } else {
        CHECK_TEXT(cardwire_recognition_card_number(recognition), index % 4 == 0 ? "6222020000000000000" : "6228480000000000000");
    }
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
    if (batch->cancellation && batch->reported == batch->stop_after)
        CHECK_IS(cardwire_cancellation_cancel(batch->cancellation, NULL), CARDWIRE_OK);
    return !batch->cancellation && batch->stop_after && batch->reported >= batch->stop_after;
}

static void photos(void) {
    struct batch batch = {.limit = INPUTS, .thread = pthread_self()};
    cardwire_error *error = (cardwire_error *)(uintptr_t)1;
    CHECK_IS(cardwire_recognize_many(client, NULL, 5, next_photo, on_recognition, &batch, &error), CARDWIRE_OK);
    CHECK(error == NULL);
    CHECK_IS(batch.given, INPUTS);
    CHECK_IS(batch.reported, INPUTS);
    CHECK_IS(batch.failed, INPUTS / 4);
    CHECK_IS(batch.most_ahead, 5);
    for (int i = 0; i < INPUTS; i++) CHECK_IS(batch.seen[i], 1);
    struct batch none = {.limit = 0, .thread = pthread_self()};
    CHECK_IS(cardwire_recognize_many(client, NULL, 0, next_photo, on_recognition, &none, NULL), CARDWIRE_OK);
    CHECK_IS(none.reported, 0);
}

static void a_batch_is_stopped(void) {
    struct batch batch = {.limit = INPUTS, .stop_after = 10, .thread = pthread_self()};
    cardwire_error *error;
    CHECK_IS(cardwire_recognize_many(client, NULL, 3, next_photo, on_recognition, &batch, &error), CARDWIRE_CANCELLED);
    CHECK_IS(cardwire_error_status(error), CARDWIRE_CANCELLED);
    cardwire_error_free(error);
    /* What was in flight is reported: it may be billed. */
    CHECK_IS(batch.reported, batch.given);
    CHECK(batch.given >= 10 && batch.given <= 13);
}

static void a_batch_is_cancelled(void) {
    struct batch batch = {.limit = INPUTS, .stop_after = 8, .thread = pthread_self()};
    cardwire_options *options;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&batch.cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_cancellation(options, batch.cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_many(client, options, 4, next_photo, on_recognition, &batch, NULL), CARDWIRE_CANCELLED);
    CHECK_IS(batch.reported, batch.given);
    CHECK(batch.given >= 8 && batch.given <= 12);
    cardwire_cancellation_free(batch.cancellation);
    cardwire_options_free(options);
}

static int32_t next_cardholder(cardwire_batch_input *input, void *user_data) {
    struct batch *batch = user_data;
    if (batch->given == batch->limit) return 0;
    /* One for all, changed between inputs. */
    CHECK_IS(cardwire_cardholder_set_id_number_z(batch->holder, batch->given % 2 ? "110101190001010014" : "110101190001020036", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_batch_input_set_cardholder(input, batch->holder, NULL), CARDWIRE_OK);
    batch->given++;
    return 1;
}

static int32_t on_verification(size_t index, cardwire_verification *verification, cardwire_error *error, void *user_data) {
    struct batch *batch = user_data;
    batch->reported++;
    CHECK(error == NULL);
    CHECK_IS(cardwire_verification_outcome(verification), index % 2 ? CARDWIRE_OUTCOME_MATCH : CARDWIRE_OUTCOME_MISMATCH);
    cardwire_verification_free(verification);
    cardwire_error_free(error);
    return 0;
}

static void cardholders(void) {
    struct batch batch = {.limit = INPUTS, .thread = pthread_self()};
    sandbox_post("/settings", "{\"faceid_rate\":0}");
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &batch.holder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_many(client, NULL, 0, next_cardholder, on_verification, &batch, NULL), CARDWIRE_OK);
    CHECK_IS(batch.reported, INPUTS);
    cardwire_cardholder_free(batch.holder);
    sandbox_reset();
}

static int32_t next_bytes(cardwire_batch_input *input, void *user_data) {
    struct batch *batch = user_data;
    if (batch->given == batch->limit) return 0;
    batch->given++;
    CHECK_IS(cardwire_batch_input_set_image(input, photo, photo_len, NULL), CARDWIRE_OK);
    return 1;
}

static void *free_soon(void *other) {
    sleep_ms(150);
    cardwire_client_free(other);
    return NULL;
}

static int32_t on_freed(size_t index, cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    struct batch *batch = user_data;
    (void)index;
    CHECK(recognition == NULL);
    cardwire_status status = cardwire_error_status(error);
    CHECK(status == CARDWIRE_CANCELLED || status == CARDWIRE_CLOSED);
    batch->failed += status == CARDWIRE_CANCELLED;
    batch->reported++;
    cardwire_error_free(error);
    return 0;
}

/* What is in flight is cancelled, and every input after it finds the client closed. */
static void a_client_is_freed_while_its_batch_runs(void) {
    struct batch batch = {.limit = 20, .thread = pthread_self()};
    cardwire_client *other;
    cardwire_options *options;
    pthread_t thread;
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &other, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, "tencent_kyc", NULL), CARDWIRE_OK);
    sandbox_hang("tencent_kyc");
    CHECK_IS(pthread_create(&thread, NULL, free_soon, other), 0);
    CHECK_IS(cardwire_recognize_many(other, options, 4, next_bytes, on_freed, &batch, NULL), CARDWIRE_OK);
    pthread_join(thread, NULL);
    CHECK_IS(batch.given, 20);
    CHECK_IS(batch.reported, 20);
    CHECK_IS(batch.failed, 4);
    cardwire_options_free(options);
    sandbox_reset();
}

static int32_t on_closed(size_t index, cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    (void)index;
    CHECK(recognition == NULL);
    CHECK_IS(cardwire_error_status(error), CARDWIRE_CLOSED);
    cardwire_error_free(error);
    ((struct batch *)user_data)->reported++;
    return 0;
}

static void a_closed_client(void) {
    struct batch batch = {.limit = 2, .thread = pthread_self()};
    CHECK_IS(cardwire_client_close(client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_many(client, NULL, 0, next_bytes, on_closed, &batch, NULL), CARDWIRE_OK);
    CHECK_IS(batch.reported, 2);
}

int main(void) {
    sandbox_start();
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &client, NULL), CARDWIRE_OK);
    photos();
    a_batch_is_stopped();
    a_batch_is_cancelled();
    cardholders();
    a_client_is_freed_while_its_batch_runs();
    a_closed_client();
    cardwire_client_free(client);
    free(photo);
    return checks_end();
}
