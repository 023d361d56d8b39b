/* Batches: streams of inputs, a bounded number in flight, results as they finish. */
#include <cardwire.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"
#include "support/sandbox.h"

#define INPUTS 60

static cardwire_client *client;
static uint8_t *photo;
static size_t photo_len;

/* What was put into a batch and taken from it. */
struct count {
    int limit, stop_after;
    int put, taken, failed, most_ahead;
    int seen[INPUTS];
};

static cardwire_batch *photos_of(cardwire_client *from, cardwire_options *options, size_t concurrency) {
    cardwire_batch *batch;
    CHECK_IS(cardwire_recognize_many(from, options, concurrency, NULL, NULL, &batch, NULL), CARDWIRE_OK);
    return batch;
}

static cardwire_options *options_for(const char *vendor) {
    cardwire_options *options;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, vendor, NULL), CARDWIRE_OK);
    return options;
}

/* Bytes, a file, an address, and a file that is no photo, in turn; no more inputs past the limit. */
static void put_next(cardwire_batch *batch, struct count *count) {
    const char *path = sandbox_photo_path("abc-debit.png"), *url = "https://cards.example/card/6228480000000000000.jpg";
    cardwire_status status = CARDWIRE_OK;
    if (count->put == count->limit) {
        CHECK_IS(cardwire_batch_end_inputs(batch, NULL), CARDWIRE_OK);
        return;
    }
    switch (count->put % 4) {
    case 0: status = cardwire_batch_put_image(batch, photo, photo_len, NULL, NULL); break;
    case 1: status = cardwire_batch_put_file(batch, path, strlen(path), NULL, NULL); break;
    case 2: status = cardwire_batch_put_url(batch, url, strlen(url), NULL, NULL); break;
    case 3: path = sandbox_photo_path("text.jpg"), status = cardwire_batch_put_file(batch, path, strlen(path), NULL, NULL); break;
    }
    CHECK_IS(status, CARDWIRE_OK);
    int ahead = ++count->put - count->taken;
    if (ahead > count->most_ahead) count->most_ahead = ahead;
}

static cardwire_status take_photo(cardwire_batch *batch, struct count *count) {
    size_t index;
    cardwire_recognition *recognition;
    cardwire_error *error;
    cardwire_status status = cardwire_batch_take_recognition(batch, &index, &recognition, &error);
    CHECK(index < INPUTS);
    CHECK_IS(cardwire_error_status(error), status);
    CHECK((recognition != NULL) == (status == CARDWIRE_OK));
    if (recognition)
        CHECK_TEXT(cardwire_recognition_card_number(recognition), index % 4 == 0 ? "6222020000000000000" : "6228480000000000000");
    count->seen[index]++;
    count->taken++;
    count->failed += status != CARDWIRE_OK;
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
    return status;
}

static void photos(void) {
    struct count count = {.limit = INPUTS};
    cardwire_batch *batch = photos_of(client, NULL, 5);
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        if (next == CARDWIRE_BATCH_INPUT) put_next(batch, &count);
        else CHECK(take_photo(batch, &count) == CARDWIRE_OK || count.failed <= INPUTS / 4);
    }
    CHECK_IS(count.put, INPUTS);
    CHECK_IS(count.taken, INPUTS);
    CHECK_IS(count.failed, INPUTS / 4);
    CHECK_IS(count.most_ahead, 5);
    for (int i = 0; i < INPUTS; i++) CHECK_IS(count.seen[i], 1);
    CHECK_IS(cardwire_batch_next(batch, -1), 0);
    cardwire_batch_free(batch);

    struct count none = {.limit = 0};
    batch = photos_of(client, NULL, 0);
    CHECK_IS(cardwire_batch_next(batch, -1), CARDWIRE_BATCH_INPUT);
    put_next(batch, &none);
    CHECK_IS(cardwire_batch_next(batch, -1), 0);
    cardwire_batch_free(batch);
}

/* What is in flight when the inputs end is still given: it may be billed. */
static void a_batch_is_stopped(void) {
    struct count count = {.limit = INPUTS, .stop_after = 10};
    cardwire_batch *batch = photos_of(client, NULL, 3);
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        if (next == CARDWIRE_BATCH_INPUT) put_next(batch, &count);
        else take_photo(batch, &count);
        if (count.taken == count.stop_after) CHECK_IS(cardwire_batch_end_inputs(batch, NULL), CARDWIRE_OK);
    }
    CHECK_IS(count.taken, count.put);
    CHECK(count.put >= 10 && count.put <= 13);
    cardwire_batch_free(batch);
}

/* Every call that a cancellation ends says under which number it was sent. */
static void a_batch_is_cancelled(void) {
    struct count count = {.limit = INPUTS};
    cardwire_options *options = options_for("tencent_kyc"), *named;
    cardwire_cancellation *cancellation;
    CHECK_IS(cardwire_options_new(&named, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_cancellation(options, cancellation, NULL), CARDWIRE_OK);
    sandbox_reset();
    sandbox_hang("tencent_kyc");
    cardwire_batch *batch = photos_of(client, options, 4);
    int32_t next;
    for (; (next = cardwire_batch_next(batch, 0)) == CARDWIRE_BATCH_INPUT; count.put++) {
        char number[16];
        snprintf(number, sizeof number, "cut%d", count.put);
        CHECK_IS(cardwire_options_set_order_id_z(named, number, NULL), CARDWIRE_OK);
        CHECK_IS(cardwire_batch_put_image(batch, photo, photo_len, named, NULL), CARDWIRE_OK);
    }
    CHECK_IS(next, CARDWIRE_BATCH_WAIT);
    CHECK_IS(count.put, 4);
    while (sandbox_requests() < 4) sleep_ms(1);
    CHECK_IS(cardwire_batch_next(batch, 20), CARDWIRE_BATCH_WAIT);
    CHECK_IS(cardwire_cancellation_cancel(cancellation, NULL), CARDWIRE_OK);
    for (; (next = cardwire_batch_next(batch, -1)) != 0; count.taken++) {
        size_t index;
        cardwire_recognition *recognition;
        cardwire_error *error;
        char number[16];
        CHECK_IS(next, CARDWIRE_BATCH_RESULT);
        CHECK_IS(cardwire_batch_take_recognition(batch, &index, &recognition, &error), CARDWIRE_CANCELLED);
        snprintf(number, sizeof number, "cut%zu", index);
        CHECK_TEXT(cardwire_call_facts_order_id(cardwire_error_facts(error)), number);
        CHECK_IS(cardwire_call_facts_sent(cardwire_error_facts(error)), CARDWIRE_SENT_UNKNOWN);
        cardwire_error_free(error);
    }
    CHECK_IS(count.taken, 4);
    cardwire_batch_free(batch);
    cardwire_cancellation_free(cancellation);
    cardwire_options_free(named);
    cardwire_options_free(options);
    sandbox_reset();
}

static void the_deadline_of_each_call(void) {
    cardwire_options *options = options_for("tencent_kyc");
    CHECK_IS(cardwire_options_set_timeout_ms(options, 150, NULL), CARDWIRE_OK);
    sandbox_hang("tencent_kyc");
    cardwire_batch *batch = photos_of(client, options, 2);
    int put = 0, taken = 0;
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        size_t index;
        cardwire_recognition *recognition;
        if (next == CARDWIRE_BATCH_RESULT)
            taken += cardwire_batch_take_recognition(batch, &index, &recognition, NULL) == CARDWIRE_TIMEOUT;
        else if (put++ < 3) CHECK_IS(cardwire_batch_put_image(batch, photo, photo_len, NULL, NULL), CARDWIRE_OK);
        else CHECK_IS(cardwire_batch_end_inputs(batch, NULL), CARDWIRE_OK);
    }
    CHECK_IS(taken, 3);
    cardwire_batch_free(batch);
    cardwire_options_free(options);
    sandbox_reset();
}

static void cardholders(void) {
    cardwire_cardholder *holder;
    cardwire_batch *batch;
    size_t put = 0, taken = 0, index;
    sandbox_post("/settings", "{\"rates\":{\"tencent_faceid\":0}}");
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_many(client, NULL, 0, NULL, NULL, &batch, NULL), CARDWIRE_OK);
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        if (next == CARDWIRE_BATCH_RESULT) {
            cardwire_verification *verification;
            CHECK_IS(cardwire_batch_take_verification(batch, &index, &verification, NULL), CARDWIRE_OK);
            CHECK_IS(cardwire_verification_outcome(verification), index % 3 ? CARDWIRE_OUTCOME_MATCH : CARDWIRE_OUTCOME_MISMATCH);
            cardwire_verification_free(verification);
            taken++;
        } else if (put == INPUTS) {
            CHECK_IS(cardwire_batch_end_inputs(batch, NULL), CARDWIRE_OK);
        } else if (put++ % 3 == 2) {
            /* One that could not be made counts, and no result comes of it. */
            CHECK_IS(cardwire_batch_refuse(batch, &index, NULL), CARDWIRE_OK);
            CHECK_IS(index, put - 1);
        } else {
            /* One for all, changed between inputs. */
            const char *number = put % 3 == 1 ? "110101190001020036" : "110101190001010014";
            CHECK_IS(cardwire_cardholder_set_id_number_z(holder, number, NULL), CARDWIRE_OK);
            CHECK_IS(cardwire_batch_put_cardholder(batch, holder, NULL, NULL), CARDWIRE_OK);
        }
    }
    CHECK_IS(taken, INPUTS / 3 * 2);
    cardwire_batch_free(batch);
    cardwire_cardholder_free(holder);
    sandbox_reset();
}

/* --- Told, for a loop that waits elsewhere. --- */

struct loop {
    sem_t woken;
    cardwire_batch *batch;
    int told, free_when_told;
};

static void on_ready(void *user_data) {
    struct loop *loop = user_data;
    /* Functions of the batch may be called here. */
    int32_t next = cardwire_batch_next(loop->batch, 0);
    if (loop->free_when_told) {
        CHECK_IS(next, CARDWIRE_BATCH_INPUT);
        cardwire_batch_free(loop->batch);
    }
    __atomic_add_fetch(&loop->told, 1, __ATOMIC_RELEASE);
    sem_post(&loop->woken);
}

static void a_loop_is_woken(void) {
    struct count count = {.limit = INPUTS};
    struct loop loop = {0};
    sem_init(&loop.woken, 0, 0);
    CHECK_IS(cardwire_recognize_many(client, NULL, 5, on_ready, &loop, &loop.batch, NULL), CARDWIRE_OK);
    for (int32_t next; (next = cardwire_batch_next(loop.batch, 0)) != 0;) {
        if (next == CARDWIRE_BATCH_INPUT) put_next(loop.batch, &count);
        else if (next == CARDWIRE_BATCH_RESULT) take_photo(loop.batch, &count);
        else sem_wait(&loop.woken);
    }
    CHECK_IS(count.taken, INPUTS);
    cardwire_batch_free(loop.batch);
    /* Of the last ones it may be freed before it is told. */
    CHECK(loop.told > 0 && loop.told <= INPUTS);

    /* A batch may go while it tells. */
    struct loop last = {.free_when_told = 1};
    sem_init(&last.woken, 0, 0);
    CHECK_IS(cardwire_recognize_many(client, NULL, 5, on_ready, &last, &last.batch, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_batch_next(last.batch, 0), CARDWIRE_BATCH_INPUT);
    CHECK_IS(cardwire_batch_put_image(last.batch, photo, photo_len, NULL, NULL), CARDWIRE_OK);
    sem_wait(&last.woken);
    CHECK_IS(cardwire_batch_next(last.batch, -1), 0);
}

/* --- Several threads. --- */

static void *waits(void *batch) { return (void *)(intptr_t)cardwire_batch_next(batch, -1); }

/* Freed in the middle: nobody is told any more, a thread that waits is woken, and the journal knows every order. */
static void a_batch_is_freed_with_calls_in_flight(void) {
    char *config = sandbox_config_with("\"journal\":\"%s/freed\"", temporary_folder());
    char path[200];
    snprintf(path, sizeof path, "%s/freed", temporary_folder());
    cardwire_client *other;
    CHECK_IS(cardwire_client_new_z(config, &other, NULL), CARDWIRE_OK);
    cardwire_options *options = options_for("tencent_kyc");
    struct loop loop = {0};
    sem_init(&loop.woken, 0, 0);
    /* It has its token from here on. */
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_recognize(other, photo, photo_len, options, &recognition, NULL), CARDWIRE_OK);
    cardwire_recognition_free(recognition);
    sandbox_reset();
    /* The connections close after five seconds. */
    sandbox_post("/script", "{\"vendor\":\"tencent_kyc\",\"operation\":\"any\",\"times\":0,\"do\":{\"fault\":{\"kind\":\"never_answer\",\"every\":5000}}}");
    CHECK_IS(cardwire_recognize_many(other, options, 4, on_ready, &loop, &loop.batch, NULL), CARDWIRE_OK);
    while (cardwire_batch_next(loop.batch, 0) == CARDWIRE_BATCH_INPUT)
        CHECK_IS(cardwire_batch_put_image(loop.batch, photo, photo_len, NULL, NULL), CARDWIRE_OK);
    while (sandbox_requests() < 4) sleep_ms(1);
    pthread_t waiter;
    void *next;
    CHECK_IS(pthread_create(&waiter, NULL, waits, loop.batch), 0);
    sleep_ms(50);
    cardwire_batch_free(loop.batch);
    CHECK_IS(loop.told, 0);
    pthread_join(waiter, &next);
    CHECK(next == NULL);
    cardwire_batch_free(loop.batch);
    cardwire_client_free(other);
    CHECK_IS(loop.told, 0);

    /* Answers are waited for, though nobody wants them any more. */
    cardwire_journal *journal;
    CHECK_IS(cardwire_journal_open_z(path, &journal, NULL), CARDWIRE_OK);
    size_t unknown = 0;
    for (int i = 0; i < 3000 && unknown < 4; i++, sleep_ms(10)) {
        cardwire_order_records *records;
        CHECK_IS(cardwire_journal_unknown_orders(journal, &records, NULL), CARDWIRE_OK);
        unknown = cardwire_order_records_count(records);
        cardwire_order_records_free(records);
    }
    CHECK_IS(unknown, 4);
    cardwire_journal_free(journal);
    cardwire_options_free(options);
    free(config);
    sandbox_reset();
}

struct shared {
    cardwire_batch *batch;
    int put, taken;
};

/* Either thread may find that the other one has put in what was asked for, or taken what was there. */
static void *put_and_take(void *user_data) {
    struct shared *shared = user_data;
    for (int32_t next; (next = cardwire_batch_next(shared->batch, -1)) != 0;) {
        size_t index = 0;
        cardwire_recognition *recognition;
        if (next == CARDWIRE_BATCH_RESULT) {
            cardwire_status status = cardwire_batch_take_recognition(shared->batch, &index, &recognition, NULL);
            CHECK((status == CARDWIRE_OK) == (index != SIZE_MAX));
            __atomic_add_fetch(&shared->taken, status == CARDWIRE_OK, __ATOMIC_RELAXED);
            cardwire_recognition_free(recognition);
        } else if (__atomic_load_n(&shared->put, __ATOMIC_RELAXED) >= INPUTS) {
            CHECK_IS(cardwire_batch_end_inputs(shared->batch, NULL), CARDWIRE_OK);
        } else if (cardwire_batch_put_image(shared->batch, photo, photo_len, NULL, NULL) == CARDWIRE_OK) {
            __atomic_add_fetch(&shared->put, 1, __ATOMIC_RELAXED);
        }
    }
    return NULL;
}

static void two_threads_work_a_batch(void) {
    struct shared shared = {.batch = photos_of(client, NULL, 3)};
    pthread_t other;
    CHECK_IS(pthread_create(&other, NULL, put_and_take, &shared), 0);
    put_and_take(&shared);
    pthread_join(other, NULL);
    CHECK(shared.put >= INPUTS);
    CHECK_IS(shared.taken, shared.put);
    cardwire_batch_free(shared.batch);
}

static void *free_soon(void *other) {
    sleep_ms(150);
    cardwire_client_free(other);
    return NULL;
}

/* What is in flight is cancelled, and every input after it finds the client closed. */
static void a_client_is_freed_while_its_batch_runs(void) {
    cardwire_client *other;
    cardwire_options *options = options_for("tencent_kyc");
    pthread_t thread;
    int put = 0, taken = 0, cancelled = 0;
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &other, NULL), CARDWIRE_OK);
    sandbox_hang("tencent_kyc");
    cardwire_batch *batch = photos_of(other, options, 4);
    CHECK_IS(pthread_create(&thread, NULL, free_soon, other), 0);
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        if (next == CARDWIRE_BATCH_RESULT) {
            size_t index;
            cardwire_recognition *recognition;
            cardwire_status status = cardwire_batch_take_recognition(batch, &index, &recognition, NULL);
            CHECK(status == CARDWIRE_CANCELLED || status == CARDWIRE_CLOSED);
            cancelled += status == CARDWIRE_CANCELLED;
            taken++;
        } else if (put == 20) {
            CHECK_IS(cardwire_batch_end_inputs(batch, NULL), CARDWIRE_OK);
        } else {
            CHECK_IS(cardwire_batch_put_image(batch, photo, photo_len, NULL, NULL), CARDWIRE_OK);
            put++;
        }
    }
    pthread_join(thread, NULL);
    CHECK_IS(taken, 20);
    CHECK_IS(cancelled, 4);
    cardwire_batch_free(batch);
    cardwire_options_free(options);
    sandbox_reset();
}

/* --- A forked child. --- */

static int in_child(cardwire_batch *batch) {
    size_t index;
    cardwire_recognition *recognition;
    int taken = 0;
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        if (next == CARDWIRE_BATCH_INPUT) {
            if (taken < 5) {
                if (cardwire_batch_put_image(batch, photo, photo_len, NULL, NULL)) return 1;
            } else if (cardwire_batch_end_inputs(batch, NULL)) {
                return 2;
            }
        } else if (cardwire_batch_take_recognition(batch, &index, &recognition, NULL) == CARDWIRE_CLOSED) {
            taken++;
        } else {
            return 3;
        }
    }
    cardwire_batch_free(batch);
    return cardwire_batch_next(batch, -1) == 0 && taken >= 5 ? 0 : 4;
}

static void a_batch_does_not_survive_a_fork(void) {
    cardwire_options *options = options_for("tencent_kyc");
    sandbox_hang("tencent_kyc");
    cardwire_batch *batch = photos_of(client, options, 2);
    while (cardwire_batch_next(batch, 0) == CARDWIRE_BATCH_INPUT)
        CHECK_IS(cardwire_batch_put_image(batch, photo, photo_len, NULL, NULL), CARDWIRE_OK);
    pid_t child = fork_child();
    if (child == 0) {
        int failure = in_child(batch);
        /* A checker would take what the parent left here for lost: it ends as another program. */
        if (!failure) execlp("true", "true", (char *)NULL);
        _exit(failure ? failure : 100);
    }
    int status = -1;
    CHECK_IS(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_IS(WEXITSTATUS(status), 0);
    CHECK_IS(cardwire_batch_next(batch, 0), CARDWIRE_BATCH_WAIT);
    cardwire_batch_free(batch);
    cardwire_options_free(options);
    sandbox_reset();
}

static void a_closed_client(void) {
    cardwire_batch *batch;
    struct loop loop = {0};
    int put = 0, taken = 0;
    CHECK_IS(cardwire_client_close(client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_many(client, NULL, 0, on_ready, &loop, &batch, NULL), CARDWIRE_OK);
    for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;) {
        size_t index;
        cardwire_recognition *recognition;
        if (next == CARDWIRE_BATCH_RESULT)
            taken += cardwire_batch_take_recognition(batch, &index, &recognition, NULL) == CARDWIRE_CLOSED;
        else if (put++ < 2) CHECK_IS(cardwire_batch_put_image(batch, photo, photo_len, NULL, NULL), CARDWIRE_OK);
        else CHECK_IS(cardwire_batch_end_inputs(batch, NULL), CARDWIRE_OK);
    }
    CHECK_IS(taken, 2);
    /* A call that could not begin is known at once. */
    CHECK_IS(loop.told, 0);
    cardwire_batch_free(batch);
}

int main(void) {
    sandbox_start();
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &client, NULL), CARDWIRE_OK);
    photos();
    a_batch_is_stopped();
    a_batch_is_cancelled();
    the_deadline_of_each_call();
    cardholders();
    a_loop_is_woken();
    a_batch_is_freed_with_calls_in_flight();
    two_threads_work_a_batch();
    a_client_is_freed_while_its_batch_runs();
    a_batch_does_not_survive_a_fork();
    a_closed_client();
    cardwire_client_free(client);
    free(photo);
    return checks_end();
}
