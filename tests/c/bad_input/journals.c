/* The orders of a client's journal, and journals without a client. */
#define _POSIX_C_SOURCE 200809L
#include "bad_input.h"

#include <sys/stat.h>

static void handles(void) {
    FOR_BAD(handle, CLIENT, cardwire_client, 0)
        REFUSED("client", cardwire_client_journal(handle, OUT(cardwire_journal), to));
    FOR_BAD(handle, JOURNAL, cardwire_journal, 0) {
        REFUSED("journal", cardwire_journal_orders(handle, "{}", 2, OUT(cardwire_order_records), to));
        REFUSED("journal", cardwire_journal_orders_z(handle, NULL, OUT(cardwire_order_records), to));
        REFUSED("journal", cardwire_journal_unknown_orders(handle, OUT(cardwire_order_records), to));
        REFUSED("journal", cardwire_journal_find_order(handle, "a1", 2, OUT(cardwire_order_record), to));
        REFUSED("journal", cardwire_journal_find_order_z(handle, "a1", OUT(cardwire_order_record), to));
        REFUSED("journal", cardwire_journal_reconcile_order(handle, "a1", 2, "x", 1, to));
        REFUSED("journal", cardwire_journal_reconcile_order_z(handle, "a1", "x", to));
        REFUSED("journal", cardwire_journal_export_orders(handle, NULL, 0, "x", 1, NULL, to));
        REFUSED("journal", cardwire_journal_export_orders_z(handle, NULL, "x", NULL, to));
        REFUSED("journal", cardwire_journal_prune_orders(handle, 1, NULL, to));
    }
    FOR_BAD(handle, ORDER_RECORDS, cardwire_order_records, 0)
        REFUSED("records", cardwire_order_records_get(handle, 0, OUT(cardwire_order_record), to));
}

/* Every filter but NULL and 0, which is for every order. */
#define BAD_FILTER(call)                                                                           \
    do {                                                                                           \
        const char *p = NULL;                                                                      \
        size_t n = 3;                                                                              \
        REFUSED("filter", call);                                                                   \
        p = "{}", n = SIZE_MAX;                                                                    \
        REFUSED("filter_len", call);                                                               \
        p = "{\"account\":\"\xff\"}", n = strlen(p);                                                \
        REFUSED("filter", call);                                                                   \
    } while (0)

static void filters(cardwire_journal *journal) {
    BAD_FILTER(cardwire_journal_orders(journal, p, n, OUT(cardwire_order_records), to));
    BAD_FILTER(cardwire_journal_export_orders(journal, p, n, "", 0, NULL, to));
    const char *none[] = {"", "{", "null", "[]", "7", "{\"status\":\"maybe\"}", "{\"status\":1}", "{\"vendor\":\"nobody\"}",
                          "{\"account\":7}", "{\"since_ms\":-1}", "{\"until_ms\":\"now\"}", "{\"limit\":1.5}",
                          "{\"limit\":-1}", "{\"state\":\"done\"}", "{} {}", "\xff", long_digits, long_text};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        REFUSED("filter", cardwire_journal_orders_z(journal, none[i], OUT(cardwire_order_records), to));
}

static void values_of_orders(cardwire_journal *journal) {
    cardwire_order_records *records = live[ORDER_RECORDS];
    REFUSED("journal", cardwire_client_journal(client, NULL, to));
    FOR_BAD(handle, ERROR_, cardwire_error, 0) REFUSED("failure", cardwire_answered_order(handle, OUT(cardwire_order_record), to));
    REFUSED("record", cardwire_answered_order(live[ERROR_], NULL, to));
    REFUSED("records", cardwire_journal_orders(journal, NULL, 0, NULL, to));
    REFUSED("records", cardwire_journal_orders_z(journal, NULL, NULL, to));
    REFUSED("records", cardwire_journal_unknown_orders(journal, NULL, to));
    REFUSED("record", cardwire_journal_find_order(journal, "a1", 2, NULL, to));
    REFUSED("record", cardwire_journal_find_order_z(journal, "a1", NULL, to));
    REFUSED("record", cardwire_order_records_get(records, 0, NULL, to));
    const size_t past[] = {cardwire_order_records_count(records), 1u << 31, SIZE_MAX};
    for (size_t i = 0; i < 3; i++)
        REFUSED("index", cardwire_order_records_get(records, past[i], OUT(cardwire_order_record), to));

    BAD_TEXT("order_id", cardwire_journal_find_order(journal, p, n, OUT(cardwire_order_record), to));
    BAD_Z("order_id", cardwire_journal_find_order_z(journal, p, OUT(cardwire_order_record), to));
    BAD_TEXT("order_id", cardwire_journal_reconcile_order(journal, p, n, "x", 1, to));
    BAD_Z("order_id", cardwire_journal_reconcile_order_z(journal, p, "x", to));
    BAD_TEXT("note", cardwire_journal_reconcile_order(journal, "a1", 2, p, n, to));
    BAD_Z("note", cardwire_journal_reconcile_order_z(journal, "a1", p, to));

    BAD_BYTES("path", char, cardwire_journal_export_orders(journal, NULL, 0, p, n, NULL, to));
    uint64_t counted = 7;
    REFUSED("path", cardwire_journal_export_orders_z(journal, NULL, NULL, &counted, to));
    CHECK_IS(counted, 0);
    REFUSED("path", cardwire_journal_export_orders_z(journal, NULL, temporary_folder(), NULL, to));
    REFUSED("before_ms", cardwire_journal_prune_orders(journal, UINT64_MAX, &counted, to));
    REFUSED("before_ms", cardwire_journal_prune_orders(journal, UINT64_MAX, NULL, to));

    /* Numbers that no order has: nothing is found, and there is nothing to settle. */
    const char *strangers[] = {"", " ", "a-b", "'; DROP TABLE orders; --", "%", long_digits, long_text};
    for (size_t i = 0; i < sizeof strangers / sizeof *strangers; i++) {
        CHECK_IS(cardwire_journal_find_order_z(journal, strangers[i], OUT(cardwire_order_record), NULL), CARDWIRE_OK);
        CHECK(out == NULL);
        REFUSED("order_id", cardwire_journal_reconcile_order_z(journal, strangers[i], "x", to));
    }
    CHECK(cardwire_order_records_count(records) > 0);
}

static void files(void) {
    BAD_BYTES("path", char, cardwire_journal_open(p, n, OUT(cardwire_journal), to));
    REFUSED("path", cardwire_journal_open_z(NULL, OUT(cardwire_journal), to));
    REFUSED("journal", cardwire_journal_open("a", 1, NULL, to));
    REFUSED("journal", cardwire_journal_open_z("a", NULL, to));
    char missing[300], other[300];
    snprintf(missing, sizeof missing, "%s/missing/journal", temporary_folder());
    snprintf(other, sizeof other, "%s/photo.jpg", temporary_folder());
    FILE *file = fopen(other, "wb");
    CHECK(file && fwrite(photo, 1, photo_len, file) == photo_len && fclose(file) == 0 && chmod(other, 0644) == 0);
    const char *unusable[] = {"", temporary_folder(), missing, "/dev/null", other, long_text};
    for (size_t i = 0; i < sizeof unusable / sizeof *unusable; i++)
        REFUSED_AS(CARDWIRE_STORAGE, NULL, cardwire_journal_open_z(unusable[i], OUT(cardwire_journal), to));
    /* A file that is none is left as it was. */
    struct stat found;
    CHECK(stat(other, &found) == 0 && (found.st_mode & 0777) == 0644 && (size_t)found.st_size == photo_len);
    REFUSED_AS(CARDWIRE_STORAGE, NULL, cardwire_journal_open("a\0b", 3, OUT(cardwire_journal), to));
}

static void a_client_without_one(void) {
    cardwire_client *plain;
    cardwire_journal *none;
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &plain, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_journal(plain, &none, NULL), CARDWIRE_OK);
    REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_journal_orders(none, NULL, 0, OUT(cardwire_order_records), to));
    REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_journal_unknown_orders(none, OUT(cardwire_order_records), to));
    REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_journal_find_order(none, "a1", 2, OUT(cardwire_order_record), to));
    REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_journal_reconcile_order(none, "a1", 2, "x", 1, to));
    REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_journal_export_orders(none, NULL, 0, "x", 1, NULL, to));
    REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_journal_prune_orders(none, 1, NULL, to));
    cardwire_client_free(plain);
    cardwire_journal_free(none);
}

void journals(void) {
    cardwire_journal *lent;
    CHECK_IS(cardwire_client_journal(client, &lent, NULL), CARDWIRE_OK);
    cardwire_journal *both[] = {lent, live[JOURNAL]};
    handles();
    for (int i = 0; i < 2; i++) {
        filters(both[i]);
        values_of_orders(both[i]);
    }
    cardwire_journal_free(lent);
    files();
    a_client_without_one();
}
