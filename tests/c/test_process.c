/* What the process around the library may do: small stacks, signals, few descriptors, an end with calls
   in flight. */
#define _GNU_SOURCE
#include <cardwire.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/check.h"
#include "support/sandbox.h"

static const char *config;
static uint8_t *photo;
static size_t photo_len;

static cardwire_client *make(void) {
    cardwire_client *client;
    CHECK_IS(cardwire_client_new_z(config, &client, NULL), CARDWIRE_OK);
    return client;
}

/* Runs in a child that ends by itself, with this status. */
static void check_child(pid_t child, int wanted) {
    int status = -1;
    CHECK_IS(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_IS(WEXITSTATUS(status), wanted);
}

/* --- Descriptors. --- */

static int taken[64];
static size_t taken_count;

static void take_every_descriptor(void) {
    int descriptor;
    while (taken_count < 64 && (descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0) taken[taken_count++] = descriptor;
}

static void give_them_back(void) {
    while (taken_count) close(taken[--taken_count]);
}

static cardwire_status recognize(cardwire_client *client, cardwire_error **error) {
    cardwire_recognition *recognition;
    cardwire_status status = cardwire_recognize(client, photo, photo_len, NULL, &recognition, error);
    cardwire_recognition_free(recognition);
    return status;
}

/* The first call of a process, which starts the threads, without a descriptor left; the number tells
   what failed. */
static int first_call_without_descriptors(void) {
    cardwire_client *client;
    cardwire_error *error;
    struct rlimit before, few;
    if (getrlimit(RLIMIT_NOFILE, &before)) return 1;
    few = before;
    few.rlim_cur = 16;
    if (setrlimit(RLIMIT_NOFILE, &few)) return 1;
    take_every_descriptor();
    if (cardwire_client_new_z(config, &client, NULL)) return 2;
    if (recognize(client, &error) != CARDWIRE_INTERNAL) return 3;
    if (cardwire_call_facts_sent(cardwire_error_facts(error)) != CARDWIRE_SENT_NO || cardwire_call_facts_billed(cardwire_error_facts(error)) != CARDWIRE_BILLED_NO) return 4;
    cardwire_error_free(error);
    give_them_back();
    if (setrlimit(RLIMIT_NOFILE, &before)) return 5;
    if (recognize(client, NULL)) return 6;
    cardwire_client_free(client);
    return 0;
}

static void few_descriptors(void) {
    pid_t child = fork_child();
    if (child == 0) {
        int failure = first_call_without_descriptors();
        if (!failure) execlp("true", "true", (char *)NULL);
        _exit(failure ? failure : 100);
    }
    check_child(child, 0);

    struct rlimit before, few;
    CHECK_IS(getrlimit(RLIMIT_NOFILE, &before), 0);
    cardwire_client *client = make();
    CHECK_IS(recognize(client, NULL), CARDWIRE_OK);
    cardwire_client_free(client);
    few = before;
    few.rlim_cur = 16;
    CHECK_IS(setrlimit(RLIMIT_NOFILE, &few), 0);
    /* Too few for two connections, perhaps: then nothing is sent either. */
    client = make();
    for (int i = 0; i < 3; i++) {
        cardwire_error *error = NULL;
        cardwire_status status = recognize(client, &error);
        CHECK(status == CARDWIRE_OK || (status == CARDWIRE_NETWORK && cardwire_call_facts_sent(cardwire_error_facts(error)) == CARDWIRE_SENT_NO));
        cardwire_error_free(error);
    }
    cardwire_client_free(client);
    /* None is left: nothing is sent, and nothing stays broken. */
    client = make();
    /* What earlier calls held is given up by then. */
    sleep_ms(3000);
    take_every_descriptor();
    cardwire_error *error = NULL;
    CHECK_IS(recognize(client, &error), CARDWIRE_INTERNAL);
    CHECK_IS(cardwire_call_facts_sent(cardwire_error_facts(error)), CARDWIRE_SENT_NO);
    CHECK_IS(cardwire_call_facts_billed(cardwire_error_facts(error)), CARDWIRE_BILLED_NO);
    cardwire_error_free(error);
    give_them_back();
    CHECK_IS(setrlimit(RLIMIT_NOFILE, &before), 0);
    CHECK_IS(recognize(client, NULL), CARDWIRE_OK);
    cardwire_client_free(client);
}

/* --- Stacks. --- */

/* A sanitizer's frames are several times as large. */
#if defined(__SANITIZE_ADDRESS__)
#define STACK (1024 * 1024)
#else
#define STACK (64 * 1024)
#endif

static void *call_everything(void *user_data) {
    char **texts = user_data;
    cardwire_client *client;
    cardwire_recognition *recognition;
    cardwire_verification *verification;
    cardwire_card_lookup *lookup;
    cardwire_order *order;
    cardwire_order_records *records;
    cardwire_image_check *check;
    cardwire_journal *journal;
    cardwire_error *error;
    CHECK_IS(cardwire_client_new_z("{", &client, &error), CARDWIRE_INVALID_CONFIG);
    cardwire_error_free(error);
    CHECK_IS(cardwire_client_new_z(texts[0], &client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(client, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_recognition_card_number(recognition), "6222020000000000000");
    CHECK(cardwire_recognition_json(recognition) != NULL);
    CHECK_IS(cardwire_fetch_order_z(client, cardwire_call_facts_order_id(cardwire_recognition_facts(recognition)), NULL, &order, NULL), CARDWIRE_OK);
    CHECK(cardwire_order_json(order) != NULL);
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_lookup_card_z(client, "6222020000000000000", NULL, &lookup, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_check_image(photo, photo_len, &check, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_journal(client, &journal, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_orders(journal, NULL, 0, &records, NULL), CARDWIRE_OK);
    cardwire_journal_free(journal);
    CHECK_IS(cardwire_order_records_count(records), 3);
    CHECK_IS(cardwire_journal_open_z(texts[1], &journal, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_reconcile_order_z(journal, cardwire_call_facts_order_id(cardwire_recognition_facts(recognition)), "seen", NULL), CARDWIRE_OK);
    cardwire_journal_free(journal);
    cardwire_order_records_free(records);
    cardwire_image_check_free(check);
    cardwire_card_lookup_free(lookup);
    cardwire_verification_free(verification);
    cardwire_order_free(order);
    cardwire_recognition_free(recognition);
    cardwire_client_free(client);
    return NULL;
}

static void small_stacks(void) {
    char path[200];
    snprintf(path, sizeof path, "%s/journal", temporary_folder());
    char *texts[] = {sandbox_config_with("\"journal\":\"%s\"", path), path};
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    CHECK_IS(pthread_attr_setstacksize(&attributes, STACK), 0);
    CHECK_IS(pthread_create(&thread, &attributes, call_everything, texts), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    free(texts[0]);
}

/* --- Signals. --- */

static volatile sig_atomic_t handled;
static int waiting;

static void handle(int signal) {
    (void)signal;
    handled++;
}

static void *wait_long(void *client) {
    cardwire_verification *verification;
    __atomic_store_n(&waiting, 1, __ATOMIC_RELEASE);
    cardwire_status status = cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL);
    CHECK_IS(cardwire_verification_outcome(verification), CARDWIRE_OUTCOME_MATCH);
    cardwire_verification_free(verification);
    __atomic_store_n(&waiting, 2, __ATOMIC_RELEASE);
    return (void *)(intptr_t)status;
}

/* A handler without SA_RESTART makes system calls end early; the library's call goes on. */
static void signals_do_not_end_a_call(void) {
    struct sigaction action = {.sa_handler = handle}, before;
    CHECK_IS(sigaction(SIGUSR1, &action, &before), 0);
    cardwire_client *client = make();
    sandbox_post("/script", "{\"vendor\":\"tencent_faceid\",\"operation\":\"any\",\"times\":1,\"do\":{\"fault\":{\"kind\":\"delay_ms\",\"n\":400}}}");
    pthread_t thread;
    void *status;
    CHECK_IS(pthread_create(&thread, NULL, wait_long, client), 0);
    wait_for(&waiting, 1);
    for (int i = 0; i < 100 && __atomic_load_n(&waiting, __ATOMIC_ACQUIRE) < 2; i++) {
        CHECK_IS(pthread_kill(thread, SIGUSR1), 0);
        sleep_ms(5);
    }
    pthread_join(thread, &status);
    CHECK_IS((intptr_t)status, CARDWIRE_OK);
    CHECK(handled >= 10);
    cardwire_client_free(client);
    CHECK_IS(sigaction(SIGUSR1, &before, NULL), 0);
    sandbox_reset();
}

/* --- A daemon. --- */

#define DAEMONS 200
#define FILES 48

static struct {
    cardwire_client *client, *observed, *provided;
    cardwire_journal *journal;
    cardwire_cancellation *cancellation;
    /* Asked, and not answered yet. */
    cardwire_ask *question;
} inherited;
static char *app_code;
static char files[FILES][300];
static int opened[FILES];

static void unheard(const cardwire_event *event, void *user_data) {
    (void)event;
    (void)user_data;
}

/* Answers the first question, and keeps the next one. */
static void give_once(cardwire_ask *ask, void *asked) {
    if ((*(int *)asked)++ == 0) {
        cardwire_ask_set_z(ask, "app_code", app_code, NULL);
        cardwire_ask_set_expires_in_ms(ask, 0, NULL);
        CHECK_IS(cardwire_ask_answer(ask, NULL), CARDWIRE_OK);
    } else {
        __atomic_store_n(&inherited.question, ask, __ATOMIC_RELEASE);
    }
}

static void unread(cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    (void)user_data;
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
}

static void make_provided(void) {
    static int asked;
    char *config = sandbox_config_provided("app_code", &app_code);
    cardwire_providers *providers;
    cardwire_options *options;
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_providers_new(&providers, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_providers_set_z(providers, "tokens", give_once, &asked, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_new_with_providers(config, strlen(config), providers, NULL, NULL, &inherited.provided, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, "aliyun_bankocr", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(inherited.provided, photo, photo_len, options, &recognition, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_start(inherited.provided, photo, photo_len, options, unread, NULL, NULL), CARDWIRE_OK);
    while (!__atomic_load_n(&inherited.question, __ATOMIC_ACQUIRE)) sleep_ms(1);
    cardwire_recognition_free(recognition);
    cardwire_options_free(options);
    cardwire_providers_free(providers);
    free(config);
}

static void write_files(void) {
    for (int i = 0; i < FILES; i++) {
        FILE *file = fopen(files[i], "w");
        if (file) fputs("untouched", file), fclose(file);
    }
}

static int is_untouched(int descriptor) {
    char content[20] = "";
    return read(descriptor, content, sizeof content) == 9 && !memcmp(content, "untouched", 9);
}

static void let_go(void) {
    cardwire_cancellation_cancel(inherited.cancellation, NULL);
    cardwire_cancellation_free(inherited.cancellation);
    cardwire_client_close(inherited.observed, NULL);
    cardwire_client_free(inherited.observed);
    cardwire_client_free(inherited.client);
    cardwire_ask_set_z(inherited.question, "app_code", app_code, NULL);
    cardwire_ask_answer(inherited.question, NULL);
    cardwire_client_free(inherited.provided);
    cardwire_journal_free(inherited.journal);
}

/* Another program ends in its place: a checker would take what the library leaves alone for lost. */
static void end_daemon(void) {
    int touched = 0;
    for (int i = 0; i < FILES; i++) touched += !is_untouched(opened[i]);
    execl("/bin/sh", "sh", "-c", touched ? "exit 1" : "exit 0", (char *)NULL);
}

/* Closes every descriptor that it inherited, opens files of its own under their numbers, and ends. */
static void daemon_of(int round) {
    alarm(60);
    for (int i = 3; i < 1024; i++) close(i);
    for (int i = 0; i < FILES; i++) opened[i] = open(files[i], O_RDWR);
    atexit(end_daemon);
    if (round % 3 == 0) let_go();
    if (round % 3 == 1) atexit(let_go);
    exit(2);
}

static void counted(cardwire_verification *verification, cardwire_error *error, void *user_data) {
    CHECK_IS(cardwire_error_status(error), CARDWIRE_CANCELLED);
    cardwire_error_free(error);
    cardwire_verification_free(verification);
    __atomic_add_fetch((int *)user_data, 1, __ATOMIC_RELEASE);
}

/* What the library holds open is, in a forked child, bare numbers that name the child's own files. */
static void daemons_write_to_no_descriptor(void) {
    char path[200];
    snprintf(path, sizeof path, "%s/daemon.db", temporary_folder());
    char *journaled = sandbox_config_with("\"journal\":\"%s\"", path);
    cardwire_cardholder *holder;
    cardwire_options *options;
    int answered = 0;
    for (int i = 0; i < FILES; i++) snprintf(files[i], sizeof files[i], "%s/file%d", temporary_folder(), i);
    inherited.client = make();
    CHECK_IS(recognize(inherited.client, NULL), CARDWIRE_OK);
    make_provided();
    CHECK_IS(cardwire_client_new_observed(journaled, strlen(journaled), unheard, NULL, &inherited.observed, NULL), CARDWIRE_OK);
    CHECK_IS(recognize(inherited.observed, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_open_z(path, &inherited.journal, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&inherited.cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_cancellation(options, inherited.cancellation, NULL), CARDWIRE_OK);
    /* They are in flight as long as the daemons take, which may be minutes under a checker. */
    CHECK_IS(cardwire_options_set_timeout_ms(options, 600 * 1000, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_id_number_z(holder, "110101190001010014", NULL), CARDWIRE_OK);
    sandbox_hang("tencent_faceid");
    for (int i = 0; i < 4; i++) CHECK_IS(cardwire_verify_start(inherited.client, holder, options, counted, &answered, NULL), CARDWIRE_OK);
    sleep_ms(200);
    int written = 0, failed = 0;
    write_files();
    for (int round = 0; round < DAEMONS; round++) {
        int status = -1;
        pid_t child = fork_child();
        if (child == 0) daemon_of(round);
        waitpid(child, &status, 0);
        failed += !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        for (int i = 0; i < FILES; i++) {
            int file = open(files[i], O_RDONLY);
            written += !is_untouched(file);
            close(file);
        }
    }
    CHECK_IS(failed, 0);
    CHECK_IS(written, 0);
    /* The parent's calls go on, and it ends them itself. */
    CHECK_IS(__atomic_load_n(&answered, __ATOMIC_ACQUIRE), 0);
    CHECK_IS(cardwire_cancellation_cancel(inherited.cancellation, NULL), CARDWIRE_OK);
    wait_for(&answered, 4);
    CHECK_IS(recognize(inherited.observed, NULL), CARDWIRE_OK);
    cardwire_cardholder_free(holder);
    cardwire_options_free(options);
    let_go();
    free(app_code);
    free(journaled);
    sandbox_reset();
}

/* --- The end of the process. --- */

static cardwire_client *last;

static void *call_for_ever(void *unused) {
    (void)unused;
    recognize(last, NULL);
    return NULL;
}

static void dropped(cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    (void)user_data;
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
}

static void end_here(cardwire_verification *verification, cardwire_error *error, void *user_data) {
    (void)user_data;
    cardwire_error_free(error);
    cardwire_verification_free(verification);
    exit(7);
}

static void free_last(void) { cardwire_client_free(last); }

/* This program as another one, whose calls will never be answered; `from` is how it ends. */
static int end_with_calls_in_flight(const char *from) {
    /* Without an end it is killed, which is another status. */
    alarm(60);
    cardwire_options *options;
    cardwire_cardholder *holder;
    pthread_t thread;
    last = make();
    if (!strcmp(from, "a handler of the end that frees the client")) atexit(free_last);
    cardwire_options_new(&options, NULL);
    cardwire_options_set_vendors_z(options, "tencent_kyc", NULL);
    for (int i = 0; i < 10; i++) cardwire_recognize_start(last, photo, photo_len, options, dropped, NULL, NULL);
    cardwire_options_free(options);
    for (int i = 0; i < 2; i++) pthread_create(&thread, NULL, call_for_ever, NULL), pthread_detach(thread);
    sleep_ms(200);
    if (strcmp(from, "a callback")) return 7;
    cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL);
    cardwire_cardholder_set_id_number_z(holder, "110101190001010014", NULL);
    cardwire_verify_start(last, holder, NULL, end_here, NULL, NULL);
    cardwire_cardholder_free(holder);
    for (;;) pause();
}

static void ends_with_calls_in_flight(const char *program) {
    const char *ends[] = {"main", "a handler of the end that frees the client", "a callback"};
    sandbox_hang("tencent_kyc");
    for (size_t i = 0; i < 3; i++) {
        pid_t child = fork_child();
        if (child == 0) {
            execl(program, program, ends[i], config, (char *)NULL);
            _exit(127);
        }
        check_child(child, 7);
    }
    sandbox_reset();
}

int main(int count, char **arguments) {
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    if (count > 2) {
        config = arguments[2];
        return end_with_calls_in_flight(arguments[1]);
    }
    sandbox_start();
    config = sandbox_config();
    few_descriptors();
    small_stacks();
    signals_do_not_end_a_call();
    daemons_write_to_no_descriptor();
    ends_with_calls_in_flight(arguments[0]);
    free(photo);
    return checks_end();
}
