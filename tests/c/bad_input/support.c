/* The functions covered, the handles, and how a refusal looks. */
#include "bad_input.h"

/* --- The functions covered. --- */

static char covered[600][64];
static size_t covered_count;

void cover(const char *call) {
    size_t length = strcspn(call, "( ");
    for (size_t i = 0; i < covered_count; i++)
        if (strlen(covered[i]) == length && !strncmp(covered[i], call, length)) return;
    if (length >= sizeof *covered || covered_count == sizeof covered / sizeof *covered) abort();
    memcpy(covered[covered_count++], call, length);
}

void compare_with_the_exported_ones(void) {
    const char *path = getenv("CARDWIRE_SYMBOLS");
    FILE *file = path ? fopen(path, "r") : NULL;
    CHECK(file != NULL);
    if (!file) return;
    char line[200];
    size_t exported = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, " \t\n")] = 0;
        if (!*line || *line == '#') continue;
        exported++;
        int found = 0;
        for (size_t i = 0; i < covered_count; i++) found |= !strcmp(covered[i], line);
        if (!found) printf("%s is not tested with bad input\n", line);
        CHECK(found);
    }
    fclose(file);
    CHECK_IS(covered_count, exported);
}

/* --- Handles. --- */

void *live[TYPES], *freed[TYPES];

void *bad(enum type type, size_t which) {
    static const uint64_t made_up[MADE_UP] = {1, 0xdeadbeefcafebabe, UINT64_MAX, 4096, 1ull << 63, 0};
    if (which == 0) return NULL;
    /* The last differs from a live one in the highest bit of the generation alone. */
    if (which == MADE_UP) return (void *)((uintptr_t)(live[type] ? live[type] : freed[type]) ^ (uintptr_t)1 << 55);
    if (which < MADE_UP) return (void *)(uintptr_t)made_up[which - 1];
    enum type other = (enum type)(which - 1 - MADE_UP);
    /* A live one of another type; for its own type, and where none lives, a freed one. */
    return other == type || !live[other] ? freed[other] : live[other];
}

cardwire_client *client;
cardwire_options *options;
cardwire_cardholder *holder;
uint8_t *photo;
size_t photo_len;

static void refuse_ask(cardwire_ask *ask, void *user_data) {
    (void)user_data;
    CHECK_IS(cardwire_ask_fail(ask, NULL, NULL, NULL), CARDWIRE_OK);
    freed[ASK] = ask;
}

/* One with a journal, so that every function of it gets as far as it can. */
static char *config;

void start(void) {
    memset(long_digits, '6', MEGABYTE);
    memset(long_text, 'a', MEGABYTE);
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    config = sandbox_config_with("\"journal\":\"%s/journal\"", temporary_folder());
    cardwire_error *why = NULL;
    CHECK_IS(cardwire_client_new_z(config, &client, &why), CARDWIRE_OK);
    if (why) printf("%s\n", cardwire_error_text(why));
    make(freed);
    free_all(freed);
    make(live);
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL), CARDWIRE_OK);
    cardwire_client *asking;
    cardwire_verification *none;
    const char *asks = "{\"vendors\": [{\"vendor\": \"aliyun_yhkr\", \"app_code\": {\"provider\": \"codes\"}}]}";
    CHECK_IS(cardwire_client_new_with_providers(asks, strlen(asks), live[PROVIDERS], NULL, NULL, &asking, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_z(asking, "6222020000000000000", "张三", "110101190001010014", NULL, &none, NULL), CARDWIRE_CREDENTIALS_UNAVAILABLE);
    cardwire_client_free(asking);
    CHECK(freed[EVENT] && freed[ASK]);
}

void end(void) {
    free_all(live);
    cardwire_options_free(options);
    cardwire_cardholder_free(holder);
    cardwire_client_free(client);
    free(config), free(photo);
}

void keep_event(const cardwire_event *event, void *user_data) {
    (void)user_data;
    freed[EVENT] = (void *)(uintptr_t)event;
}

/* One of everything, with nothing refused. */
void make(void **objects) {
    cardwire_client *observed;
    cardwire_recognition *recognition;
    cardwire_verification *verification;
    cardwire_card_lookup *lookup;
    cardwire_order *order;
    cardwire_error *failure;
    cardwire_image_check *check;
    cardwire_order_record *record;
    cardwire_order_records *records;
    cardwire_journal *journal;
    cardwire_providers *providers;
    cardwire_batch *batch;
    cardwire_issuer *issuer;
    cardwire_account_health *health;
    char path[200];
    cardwire_options *fresh;
    cardwire_cancellation *cancellation;
    cardwire_cardholder *cardholder;
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), keep_event, NULL, &observed, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(observed, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_z(observed, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_lookup_card_z(observed, "6222020000000000000", NULL, &lookup, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_fetch_order_z(observed, cardwire_call_facts_order_id(cardwire_recognition_facts(recognition)), NULL, &order, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_new_z("", (cardwire_client **)&objects[CLIENT], &failure), CARDWIRE_INVALID_CONFIG);
    CHECK_IS(cardwire_check_image(photo, photo_len, &check, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&fresh, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_providers_new(&providers, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_providers_set_z(providers, "codes", refuse_ask, NULL, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &cardholder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_many(observed, NULL, 1, NULL, NULL, &batch, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_lookup_issuer_z(observed, "6222020000000000000", &issuer, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_health(observed, &health, NULL), CARDWIRE_OK);
    snprintf(path, sizeof path, "%s/journal", temporary_folder());
    CHECK_IS(cardwire_journal_open_z(path, &journal, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_orders_z(journal, NULL, &records, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_order_records_get(records, 0, &record, NULL), CARDWIRE_OK);
    objects[CLIENT] = observed, objects[OPTIONS] = fresh, objects[CANCELLATION] = cancellation;
    objects[CARDHOLDER] = cardholder, objects[RECOGNITION] = recognition, objects[VERIFICATION] = verification;
    objects[CARD_LOOKUP] = lookup, objects[ORDER] = order, objects[ERROR_] = failure, objects[IMAGE_CHECK] = check;
    objects[ORDER_RECORD] = record, objects[ORDER_RECORDS] = records, objects[JOURNAL] = journal;
    objects[PROVIDERS] = providers, objects[CALL_FACTS] = (void *)(uintptr_t)cardwire_recognition_facts(recognition);
    objects[BATCH] = batch, objects[ISSUER] = issuer, objects[HEALTH] = health;
}

#define FREE(type, name) (cover("cardwire_" #name "_free"), cardwire_##name##_free((cardwire_##name *)objects[type]))

void free_all(void **objects) {
    FREE(CLIENT, client), FREE(OPTIONS, options), FREE(CANCELLATION, cancellation), FREE(CARDHOLDER, cardholder);
    FREE(RECOGNITION, recognition), FREE(VERIFICATION, verification), FREE(CARD_LOOKUP, card_lookup);
    FREE(ORDER, order), FREE(ERROR_, error), FREE(IMAGE_CHECK, image_check);
    FREE(ORDER_RECORD, order_record), FREE(ORDER_RECORDS, order_records), FREE(JOURNAL, journal);
    FREE(PROVIDERS, providers), FREE(BATCH, batch), FREE(ISSUER, issuer);
    FREE(HEALTH, account_health);
}

/* Frees of what is not a live handle of the type free nothing. */
void free_what_is_not_live(void) {
    for (size_t which = 0; which < BADS; which++) {
        void *objects[TYPES];
        for (int type = 0; type < TYPES; type++) objects[type] = bad((enum type)type, which);
        free_all(objects);
    }
    CHECK_TEXT(cardwire_recognition_card_number(live[RECOGNITION]), "6222020000000000000");
    CHECK_IS(cardwire_verification_outcome(live[VERIFICATION]), CARDWIRE_OUTCOME_MATCH);
    CHECK_IS(cardwire_card_lookup_found(live[CARD_LOOKUP]), 1);
    CHECK_TEXT(cardwire_order_card_number(live[ORDER]), "6222020000000000000");
    CHECK_IS(cardwire_error_status(live[ERROR_]), CARDWIRE_INVALID_CONFIG);
    CHECK_IS(cardwire_image_check_format(live[IMAGE_CHECK]), CARDWIRE_IMAGE_FORMAT_JPEG);
    CHECK_IS(cardwire_order_record_status(live[ORDER_RECORD]), CARDWIRE_ORDER_STATUS_ANSWERED);
    CHECK(cardwire_order_records_count(live[ORDER_RECORDS]) > 0);
    CHECK_TEXT(cardwire_issuer_code(live[ISSUER]), "ICBC");
    CHECK(cardwire_account_health_count(live[HEALTH]) > 1);
    cardwire_order_record *none = live[ORDER_RECORD];
    CHECK_IS(cardwire_journal_find_order_z(live[JOURNAL], "nothere", &none, NULL), CARDWIRE_OK);
    CHECK(none == NULL);
    CHECK_IS(cardwire_options_set_timeout_ms(live[OPTIONS], 9, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_phone_z(live[CARDHOLDER], "13800000000", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_cancel(live[CANCELLATION], NULL), CARDWIRE_OK);
}

/* --- Refusals. --- */

cardwire_error *error;
cardwire_error **to;
void *out;
char long_digits[MEGABYTE + 1], long_text[MEGABYTE + 1];

/* The error of a refusal names the argument, in its text too. */
void refused(const char *call, const char *argument, cardwire_status status, cardwire_status wanted) {
    cover(call);
    int named = argument == NULL;
    if (to && argument) {
        const char *message = cardwire_error_message(error), *found = cardwire_error_argument(error);
        const cardwire_call_facts *facts = cardwire_error_facts(error);
        size_t length = strlen(argument);
        named = check_same(found, argument) && message && !strncmp(message, argument, length) &&
                message[length] == ':' && strstr(cardwire_error_text(error), message) &&
                cardwire_call_facts_sent(facts) == CARDWIRE_SENT_NO && cardwire_call_facts_billed(facts) == CARDWIRE_BILLED_NO;
    }
    int holds = status == wanted && out == NULL && (!to || (named && cardwire_error_status(error) == wanted));
    if (!holds)
        printf("%s gives %d, out %p, \"%s\"; wanted %d for %s\n", call, status, out,
               to ? cardwire_error_text(error) : "", wanted, argument ? argument : "nothing");
    CHECK(holds);
    cardwire_error_free(error);
    error = NULL;
}

void **rubbish(void) {
    out = (void *)(uintptr_t)99;
    return &out;
}
