/* The orders of a journal: through a client, and without one. */
#include <cardwire.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "support/check.h"
#include "support/sandbox.h"

static cardwire_client *client;
/* The client's own. */
static cardwire_journal *lent;
static uint8_t *photo;
static size_t photo_len;
static char path[200];
static char *config;

static struct {
    pthread_mutex_t lock;
    char order_id[40], states[100];
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void observe(const cardwire_event *event, void *user_data) {
    (void)user_data;
    if (cardwire_event_kind(event) != CARDWIRE_EVENT_ORDER_WRITTEN) {
        CHECK_TEXT(cardwire_event_state(event), NULL);
        return;
    }
    CHECK_TEXT(cardwire_event_name(event), "order_written");
    CHECK_TEXT(cardwire_event_account(event), cardwire_event_vendor(event));
    CHECK_IS(cardwire_event_operation(event), 0);
    CHECK_IS(cardwire_event_attempt(event), 0);
    CHECK_TEXT(cardwire_event_outcome(event), NULL);
    CHECK(strstr(cardwire_event_json(event), "\"state\":") != NULL);
    pthread_mutex_lock(&seen.lock);
    if (check_same(cardwire_event_order_id(event), seen.order_id)) {
        strcat(seen.states, cardwire_event_state(event));
        strcat(seen.states, " ");
    }
    pthread_mutex_unlock(&seen.lock);
}

static cardwire_status recognize(const char *order_id) {
    cardwire_options *options;
    cardwire_recognition *recognition;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, "aliyun_bankocr", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_order_id_z(options, order_id, NULL), CARDWIRE_OK);
    cardwire_status status = cardwire_recognize(client, photo, photo_len, options, &recognition, NULL);
    cardwire_recognition_free(recognition);
    cardwire_options_free(options);
    return status;
}

/* The vendor reads it whole and hangs up: nobody knows what it did with it. */
static void lose(const char *order_id) {
    sandbox_post("/script", "{\"vendor\":\"aliyun_bankocr\",\"operation\":\"any\",\"times\":1,\"do\":{\"fault\":{\"kind\":\"close_after_read\"}}}");
    CHECK_IS(recognize(order_id), CARDWIRE_NETWORK);
}

static void check_answered(cardwire_order_record *record) {
    uint64_t now = (uint64_t)time(NULL) * 1000;
    CHECK_TEXT(cardwire_order_record_order_id(record), "orders1");
    CHECK_TEXT(cardwire_order_record_reference(record), NULL);
    CHECK_TEXT(cardwire_order_record_vendor(record), "aliyun_bankocr");
    CHECK_TEXT(cardwire_order_record_account(record), "aliyun_bankocr");
    CHECK_IS(cardwire_order_record_operation(record), CARDWIRE_OPERATION_RECOGNIZE);
    CHECK_IS(cardwire_order_record_status(record), CARDWIRE_ORDER_STATUS_ANSWERED);
    CHECK_IS(cardwire_order_record_sends(record), 1);
    CHECK(cardwire_order_record_created_ms(record) + 600000 > now);
    CHECK(cardwire_order_record_changed_ms(record) >= cardwire_order_record_created_ms(record));
    CHECK_IS(cardwire_order_record_sent(record), CARDWIRE_SENT_YES);
    CHECK_IS(cardwire_order_record_billed(record), CARDWIRE_BILLED_YES);
    CHECK_TEXT(cardwire_order_record_outcome(record), "ok");
    CHECK(cardwire_order_record_request_id(record) != NULL);
    CHECK_IS(cardwire_order_record_late(record), 0);
    CHECK_IS(cardwire_order_record_reconciled_ms(record), 0);
    CHECK_TEXT(cardwire_order_record_note(record), NULL);
    CHECK_IS(cardwire_order_record_note_len(record), 0);
    const char *json = cardwire_order_record_json(record);
    CHECK_IS(cardwire_order_record_json_len(record), strlen(json));
    CHECK(strstr(json, "\"order_id\":\"orders1\"") && strstr(json, "\"status\":\"answered\""));
}

static void check_unknown(cardwire_order_record *record) {
    CHECK_TEXT(cardwire_order_record_order_id(record), "orders2");
    CHECK_IS(cardwire_order_record_status(record), CARDWIRE_ORDER_STATUS_UNKNOWN);
    CHECK_IS(cardwire_order_record_sent(record), CARDWIRE_SENT_UNKNOWN);
    CHECK_IS(cardwire_order_record_billed(record), CARDWIRE_BILLED_UNKNOWN);
    CHECK_TEXT(cardwire_order_record_vendor_code(record), NULL);
    CHECK_TEXT(cardwire_order_record_request_id(record), NULL);
    CHECK_IS(cardwire_order_record_http_status(record), 0);
}

/* The order numbers of a list in one text, which is freed with the next call. */
static const char *numbers(cardwire_order_records *records) {
    static char text[400];
    text[0] = 0;
    for (size_t i = 0; i < cardwire_order_records_count(records); i++) {
        cardwire_order_record *record;
        CHECK_IS(cardwire_order_records_get(records, i, &record, NULL), CARDWIRE_OK);
        strcat(text, cardwire_order_record_order_id(record));
        strcat(text, " ");
        cardwire_order_record_free(record);
    }
    cardwire_order_records_free(records);
    return text;
}

static void a_client_reads_its_journal(void) {
    cardwire_order_records *records;
    cardwire_order_record *record;
    CHECK_IS(cardwire_journal_orders(lent, NULL, 0, &records, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_order_records_count(records), 0);
    CHECK_TEXT(cardwire_order_records_json(records), "[]");
    cardwire_order_records_free(records);

    strcpy(seen.order_id, "orders1");
    CHECK_IS(recognize("orders1"), CARDWIRE_OK);
    CHECK_TEXT(seen.states, "intent released done ");
    lose("orders2");
    cardwire_verification *verified;
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", NULL, &verified, NULL), CARDWIRE_OK);
    cardwire_verification_free(verified);

    CHECK_IS(cardwire_journal_orders_z(lent, NULL, &records, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_order_records_count(records), 3);
    const char *json = cardwire_order_records_json(records);
    CHECK_IS(cardwire_order_records_json_len(records), strlen(json));
    CHECK(json[0] == '[' && strstr(json, "orders1") && strstr(json, "orders2") && !strstr(json, "6222020000000000000"));
    CHECK_IS(cardwire_order_records_get(records, 2, &record, NULL), CARDWIRE_OK);
    cardwire_order_records_free(records);
    /* A record does not depend on its list. */
    check_answered(record);
    cardwire_order_record_free(record);

    const char *filter = "{\"vendor\":\"aliyun_bankocr\",\"account\":\"aliyun_bankocr\"}";
    CHECK_IS(cardwire_journal_orders(lent, filter, strlen(filter), &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "orders2 orders1 ");
    CHECK_IS(cardwire_journal_orders_z(lent, "{\"status\":\"answered\",\"vendor\":\"aliyun_bankocr\"}", &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "orders1 ");
    CHECK_IS(cardwire_journal_orders_z(lent, "{\"limit\":1,\"vendor\":\"aliyun_bankocr\"}", &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "orders2 ");
    CHECK_IS(cardwire_journal_orders_z(lent, "{\"until_ms\":1000}", &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "");
    CHECK_IS(cardwire_journal_unknown_orders(lent, &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "orders2 ");

    CHECK_IS(cardwire_journal_find_order(lent, "orders1", 7, &record, NULL), CARDWIRE_OK);
    check_answered(record);
    cardwire_order_record_free(record);
    CHECK_IS(cardwire_journal_find_order_z(lent, "orders2", &record, NULL), CARDWIRE_OK);
    check_unknown(record);
    cardwire_order_record_free(record);
    record = (cardwire_order_record *)(uintptr_t)1;
    cardwire_error *error = (cardwire_error *)(uintptr_t)1;
    CHECK_IS(cardwire_journal_find_order_z(lent, "orders9", &record, &error), CARDWIRE_OK);
    CHECK(record == NULL && error == NULL);
}

/* What this program does as another one, while the client uses the file; the number tells what failed. */
static int settle(const char *path, const char *order_id) {
    cardwire_journal *journal;
    cardwire_order_records *records;
    cardwire_order_record *record;
    if (cardwire_journal_open_z(path, &journal, NULL)) return 1;
    if (cardwire_journal_unknown_orders(journal, &records, NULL)) return 2;
    if (cardwire_order_records_count(records) != 1) return 3;
    cardwire_order_records_free(records);
    if (cardwire_journal_reconcile_order_z(journal, order_id, "not executed, case 6222020000000000000", NULL)) return 4;
    if (cardwire_journal_find_order_z(journal, order_id, &record, NULL)) return 5;
    cardwire_journal_free(journal);
    if (cardwire_order_record_reconciled_ms(record) == 0) return 6;
    if (!check_same(cardwire_order_record_note(record), "not executed, case ***")) return 7;
    cardwire_order_record_free(record);
    return 0;
}

static void check_child(pid_t child) {
    int status = -1;
    CHECK_IS(waitpid(child, &status, 0), child);
    CHECK(WIFEXITED(status));
    CHECK_IS(WEXITSTATUS(status), 0);
}

static void settle_elsewhere(const char *program, const char *order_id) {
    pid_t child = fork_child();
    if (child == 0) {
        execl(program, program, path, order_id, (char *)NULL);
        _exit(127);
    }
    check_child(child);
}

static void other_programs_settle_orders(const char *program) {
    cardwire_order_records *records;
    settle_elsewhere(program, "orders2");
    CHECK_IS(cardwire_journal_unknown_orders(lent, &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "");
    /* That one closed the file takes nothing from what is written from now on: the next one sees it. */
    lose("orders3");
    settle_elsewhere(program, "orders3");
    CHECK_IS(cardwire_journal_unknown_orders(lent, &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "");
}

static cardwire_journal *inherited;

static int use_what_was_inherited(void) {
    cardwire_order_records *records;
    cardwire_order_record *record;
    cardwire_error *error;
    if (cardwire_journal_orders(inherited, NULL, 0, &records, &error) != CARDWIRE_CLOSED) return 1;
    if (records || !strstr(cardwire_error_message(error), "fork")) return 2;
    cardwire_error_free(error);
    if (cardwire_journal_find_order(inherited, "orders1", 7, &record, NULL) != CARDWIRE_CLOSED) return 3;
    if (cardwire_journal_reconcile_order(inherited, "orders1", 7, "x", 1, NULL) != CARDWIRE_CLOSED) return 4;
    if (cardwire_journal_orders(lent, NULL, 0, &records, NULL) != CARDWIRE_CLOSED) return 5;
    if (cardwire_journal_reconcile_order(lent, "orders1", 7, "x", 1, NULL) != CARDWIRE_CLOSED) return 6;
    cardwire_journal_free(inherited);
    cardwire_client_free(client);
    cardwire_journal_free(lent);
    if (cardwire_journal_open_z(path, &inherited, NULL)) return 7;
    if (cardwire_journal_find_order(inherited, "orders1", 7, &record, NULL) || !record) return 8;
    cardwire_order_record_free(record);
    cardwire_journal_free(inherited);
    return 0;
}

static void a_journal_does_not_survive_a_fork(void) {
    cardwire_order_record *record;
    CHECK_IS(cardwire_journal_open_z(path, &inherited, NULL), CARDWIRE_OK);
    pid_t child = fork_child();
    if (child == 0) {
        int failure = use_what_was_inherited();
        /* A checker would take what the parent left here for lost: it ends as another program. */
        if (!failure) execlp("true", "true", (char *)NULL);
        _exit(failure ? failure : 100);
    }
    check_child(child);
    /* Here it goes on, and the client does. */
    CHECK_IS(recognize("orders4"), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_find_order_z(inherited, "orders4", &record, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_order_record_status(record), CARDWIRE_ORDER_STATUS_ANSWERED);
    cardwire_order_record_free(record);
    cardwire_journal_free(inherited);
}

static void settling(void) {
    cardwire_order_records *records;
    cardwire_order_record *record;
    cardwire_error *error;
    lose("orders5");
    lose("orders6");
    cardwire_journal *journal;
    CHECK_IS(cardwire_journal_open_z(path, &journal, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_orders_z(journal, "{\"status\":\"unknown\",\"limit\":2}", &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "orders6 orders5 ");
    CHECK_IS(cardwire_journal_reconcile_order(lent, "orders5", 7, "executed", 8, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_reconcile_order_z(lent, "orders6", "", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_find_order_z(journal, "orders5", &record, NULL), CARDWIRE_OK);
    CHECK(cardwire_order_record_reconciled_ms(record) >= cardwire_order_record_created_ms(record));
    CHECK_TEXT(cardwire_order_record_note(record), "executed");
    CHECK_IS(cardwire_order_record_note_len(record), 8);
    /* What is known of the call itself does not change. */
    CHECK_IS(cardwire_order_record_status(record), CARDWIRE_ORDER_STATUS_UNKNOWN);
    cardwire_order_record_free(record);
    CHECK_IS(cardwire_journal_find_order_z(lent, "orders6", &record, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_order_record_note(record), "");
    cardwire_order_record_free(record);
    CHECK_IS(cardwire_journal_unknown_orders(journal, &records, NULL), CARDWIRE_OK);
    CHECK_TEXT(numbers(records), "");
    CHECK_IS(cardwire_journal_reconcile_order(journal, "orders9", 7, "x", 1, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK_TEXT(cardwire_error_argument(error), "order_id");
    cardwire_error_free(error);
    cardwire_journal_free(journal);
}

static void an_answered_order_is_told_and_not_sent(void) {
    cardwire_options *options;
    cardwire_verification *verified;
    cardwire_error *error;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_reference(options, "row 1", 5, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_skip_answered(options, 1, NULL), CARDWIRE_OK);
    const int32_t neither[] = {2, -1, 1 << 30};
    for (size_t i = 0; i < 3; i++) {
        CHECK_IS(cardwire_options_set_skip_answered(options, neither[i], &error), CARDWIRE_INVALID_ARGUMENT);
        CHECK_TEXT(cardwire_error_argument(error), "skip");
        cardwire_error_free(error);
    }
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &verified, NULL), CARDWIRE_OK);
    const char *order_id = cardwire_call_facts_order_id(cardwire_verification_facts(verified));
    CHECK_IS(cardwire_options_set_reference_z(options, "row 1", NULL), CARDWIRE_OK);
    cardwire_verification *none;
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &none, &error), CARDWIRE_ALREADY_ANSWERED);
    CHECK(none == NULL);
    CHECK_IS(cardwire_call_facts_sent(cardwire_error_facts(error)), CARDWIRE_SENT_NO);
    cardwire_order_record *order;
    CHECK_IS(cardwire_answered_order(error, &order, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_order_record_order_id(order), order_id);
    CHECK_TEXT(cardwire_order_record_reference(order), "row 1");
    cardwire_error_free(error);
    CHECK_IS(cardwire_order_record_status(order), CARDWIRE_ORDER_STATUS_ANSWERED);
    cardwire_order_record_free(order);
    cardwire_verification_free(verified);
    CHECK_IS(cardwire_options_set_skip_answered(options, 0, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_reference_z(options, "", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &none, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK_TEXT(cardwire_error_argument(error), "reference");
    CHECK_IS(cardwire_answered_order(error, &order, NULL), CARDWIRE_OK);
    CHECK(order == NULL);
    cardwire_error_free(error);
    cardwire_options_free(options);
}

static void *read_until_freed(void *journal) {
    for (;;) {
        cardwire_order_records *records;
        cardwire_status status = cardwire_journal_orders(journal, NULL, 0, &records, NULL);
        if (status == CARDWIRE_INVALID_ARGUMENT) return NULL;
        if (status != CARDWIRE_OK || cardwire_order_records_count(records) < 6) abort();
        cardwire_order_records_free(records);
    }
}

static void a_journal_is_freed_while_others_read(void) {
    cardwire_journal *journal;
    pthread_t threads[4];
    CHECK_IS(cardwire_journal_open_z(path, &journal, NULL), CARDWIRE_OK);
    for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, read_until_freed, journal);
    sleep_ms(50);
    cardwire_journal_free(journal);
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    cardwire_journal_free(journal);
}

/* A closed client sends nothing and reads nothing: the journal's file is opened for that. */
static void a_closed_client_reads_no_orders(void) {
    cardwire_order_records *records = NULL;
    cardwire_order_record *record = NULL;
    uint64_t count = 7;
    CHECK_IS(cardwire_client_close(client, NULL), CARDWIRE_OK);
    CHECK_IS(recognize("orders7"), CARDWIRE_CLOSED);
    CHECK_IS(cardwire_journal_orders_z(lent, "{\"vendor\":\"aliyun_bankocr\"}", &records, NULL), CARDWIRE_CLOSED);
    cardwire_client_free(client);
    CHECK_IS(cardwire_journal_unknown_orders(lent, &records, NULL), CARDWIRE_CLOSED);
    CHECK_IS(cardwire_journal_find_order_z(lent, "orders1", &record, NULL), CARDWIRE_CLOSED);
    CHECK_IS(cardwire_journal_reconcile_order_z(lent, "orders1", "x", NULL), CARDWIRE_CLOSED);
    CHECK_IS(cardwire_journal_export_orders_z(lent, NULL, "x", &count, NULL), CARDWIRE_CLOSED);
    CHECK_IS(cardwire_journal_prune_orders(lent, 1, &count, NULL), CARDWIRE_CLOSED);
    CHECK(records == NULL && record == NULL && count == 0);
    cardwire_journal_free(lent);
    CHECK_IS(cardwire_client_journal(client, &lent, NULL), CARDWIRE_INVALID_ARGUMENT);
}

int main(int count, char **arguments) {
    if (count > 2) return settle(arguments[1], arguments[2]);
    sandbox_start();
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    snprintf(path, sizeof path, "%s/journal", temporary_folder());
    config = sandbox_config_with("\"journal\":\"%s\"", path);
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), observe, NULL, &client, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_journal(client, &lent, NULL), CARDWIRE_OK);
    a_client_reads_its_journal();
    other_programs_settle_orders(arguments[0]);
    a_journal_does_not_survive_a_fork();
    settling();
    an_answered_order_is_told_and_not_sent();
    a_journal_is_freed_while_others_read();
    a_closed_client_reads_no_orders();
    free(config), free(photo);
    return checks_end();
}
