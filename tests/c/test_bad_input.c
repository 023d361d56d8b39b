/* Bad input to every public function: a status or an absent value, an error that names the argument,
   and no connection. The functions covered are compared with the list of exported ones. */
#include <cardwire.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

/* --- The functions covered. --- */

static char covered[600][64];
static size_t covered_count;

static void cover(const char *call) {
    size_t length = strcspn(call, "( ");
    for (size_t i = 0; i < covered_count; i++)
        if (strlen(covered[i]) == length && !strncmp(covered[i], call, length)) return;
    if (length >= sizeof *covered || covered_count == sizeof covered / sizeof *covered) abort();
    memcpy(covered[covered_count++], call, length);
}

static void compare_with_the_exported_ones(void) {
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

/* --- Handles that are not live ones of the type. --- */

enum type { CLIENT, OPTIONS, CANCELLATION, CARDHOLDER, RECOGNITION, VERIFICATION, CARD_LOOKUP, ORDER, ERROR_,
            IMAGE_CHECK, EVENT, BATCH_INPUT, TYPES };

/* A live one (not for events and batch inputs, which live in callbacks) and a freed one of each. */
static void *live[TYPES], *freed[TYPES];

#define MADE_UP 6
#define BADS (1 + MADE_UP + TYPES)

static void *bad(enum type type, size_t which) {
    static const uint64_t made_up[MADE_UP] = {1, 0xdeadbeefcafebabe, UINT64_MAX, 4096, 1ull << 63, 0};
    if (which == 0) return NULL;
    /* The last differs from a live one in the highest bit of the generation alone. */
    if (which == MADE_UP) return (void *)((uintptr_t)(live[type] ? live[type] : freed[type]) ^ (uintptr_t)1 << 55);
    if (which < MADE_UP) return (void *)(uintptr_t)made_up[which - 1];
    enum type other = (enum type)(which - 1 - MADE_UP);
    /* A live one of another type; for its own type, and where none lives, a freed one. */
    return other == type || !live[other] ? freed[other] : live[other];
}

static cardwire_client *client;
static cardwire_options *options;
static cardwire_cardholder *holder;
static uint8_t *photo;
static size_t photo_len;

static cardwire_status start_over(void) {
    cardwire_error *error;
    const char *config = sandbox_config();
    size_t length;
    photo = sandbox_photo("icbc-debit.jpg", &length);
    photo_len = length;
    cardwire_status status = cardwire_client_new(config, strlen(config), &client, &error);
    if (status) printf("%s\n", cardwire_error_text(error));
    return status;
}

static void keep_event(const cardwire_event *event, void *user_data) {
    (void)user_data;
    freed[EVENT] = (void *)(uintptr_t)event;
}

static int32_t keep_input(cardwire_batch_input *input, void *user_data) {
    (void)user_data;
    freed[BATCH_INPUT] = input;
    return 0;
}

static int32_t go_on(size_t index, cardwire_recognition *recognition, cardwire_error *error, void *user_data) {
    (void)index, (void)user_data;
    cardwire_recognition_free(recognition);
    cardwire_error_free(error);
    return 0;
}

/* One of everything, with nothing refused. */
static void make(void **objects) {
    const char *config = sandbox_config();
    cardwire_client *observed;
    cardwire_recognition *recognition;
    cardwire_verification *verification;
    cardwire_card_lookup *lookup;
    cardwire_order *order;
    cardwire_error *error;
    cardwire_image_check *check;
    cardwire_options *fresh;
    cardwire_cancellation *cancellation;
    cardwire_cardholder *cardholder;
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), keep_event, NULL, &observed, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(observed, photo, photo_len, NULL, &recognition, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify_z(observed, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_lookup_card_z(observed, "6222020000000000000", NULL, &lookup, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_fetch_order_z(observed, cardwire_recognition_order_id(recognition), NULL, &order, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_new_z("", (cardwire_client **)&objects[CLIENT], &error), CARDWIRE_INVALID_CONFIG);
    CHECK_IS(cardwire_check_image(photo, photo_len, &check, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&fresh, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &cardholder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize_many(observed, NULL, 1, keep_input, go_on, NULL, NULL), CARDWIRE_OK);
    objects[CLIENT] = observed, objects[OPTIONS] = fresh, objects[CANCELLATION] = cancellation;
    objects[CARDHOLDER] = cardholder, objects[RECOGNITION] = recognition, objects[VERIFICATION] = verification;
    objects[CARD_LOOKUP] = lookup, objects[ORDER] = order, objects[ERROR_] = error, objects[IMAGE_CHECK] = check;
}

#define FREE(type, name) (cover("cardwire_" #name "_free"), cardwire_##name##_free((cardwire_##name *)objects[type]))

static void free_all(void **objects) {
    FREE(CLIENT, client), FREE(OPTIONS, options), FREE(CANCELLATION, cancellation), FREE(CARDHOLDER, cardholder);
    FREE(RECOGNITION, recognition), FREE(VERIFICATION, verification), FREE(CARD_LOOKUP, card_lookup);
    FREE(ORDER, order), FREE(ERROR_, error), FREE(IMAGE_CHECK, image_check);
}

/* Frees of what is not a live handle of the type free nothing. */
static void free_what_is_not_live(void) {
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
    CHECK_IS(cardwire_options_set_timeout_ms(live[OPTIONS], 9, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_phone_z(live[CARDHOLDER], "13800000000", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_cancel(live[CANCELLATION], NULL), CARDWIRE_OK);
}

/* --- Accessors. --- */

#define ABSENT(type, object, field, absent)                                                        \
    do {                                                                                           \
        cover("cardwire_" #object "_" #field);                                                     \
        for (size_t which = 0; which < BADS; which++)                                              \
            CHECK(cardwire_##object##_##field((const cardwire_##object *)bad(type, which)) == absent); \
    } while (0)

/* The same, and past the last of a live one. */
#define ABSENT_AT(type, object, field, absent)                                                     \
    do {                                                                                           \
        cover("cardwire_" #object "_" #field);                                                     \
        for (size_t which = 0; which < BADS; which++)                                              \
            CHECK(cardwire_##object##_##field((const cardwire_##object *)bad(type, which), 0) == absent); \
        CHECK(cardwire_##object##_##field((const cardwire_##object *)live[type], 100) == absent);  \
        CHECK(cardwire_##object##_##field((const cardwire_##object *)live[type], SIZE_MAX) == absent); \
    } while (0)

#define LENT(type, object, field)                                                                  \
    ABSENT(type, object, field, NULL);                                                             \
    ABSENT(type, object, field##_len, 0)

#define FACTS(type, object)                                                                        \
    LENT(type, object, json);                                                                      \
    ABSENT(type, object, vendor, NULL);                                                            \
    ABSENT(type, object, account, NULL);                                                           \
    ABSENT(type, object, order_id, NULL);                                                          \
    ABSENT(type, object, request_id, NULL);                                                        \
    ABSENT(type, object, sent, 0);                                                                 \
    ABSENT(type, object, billed, 0);                                                               \
    ABSENT(type, object, attempt_count, 0);                                                        \
    ABSENT_AT(type, object, attempt_vendor, NULL);                                                 \
    ABSENT_AT(type, object, attempt_account, NULL);                                                \
    ABSENT_AT(type, object, attempt_outcome, NULL);                                                \
    ABSENT_AT(type, object, attempt_vendor_code, NULL);                                            \
    ABSENT_AT(type, object, attempt_order_id, NULL);                                               \
    ABSENT_AT(type, object, attempt_sent, 0);                                                      \
    ABSENT_AT(type, object, attempt_billed, 0);                                                    \
    ABSENT_AT(type, object, attempt_milliseconds, 0)

static void accessors(void) {
    FACTS(RECOGNITION, recognition);
    LENT(RECOGNITION, recognition, card_number);
    ABSENT(RECOGNITION, recognition, card_number_masked, NULL);
    LENT(RECOGNITION, recognition, issuer);
    LENT(RECOGNITION, recognition, card_name);
    ABSENT(RECOGNITION, recognition, card_kind, 0);
    ABSENT(RECOGNITION, recognition, valid_thru_year, 0);
    ABSENT(RECOGNITION, recognition, valid_thru_month, 0);
    ABSENT(RECOGNITION, recognition, valid_thru_printed, NULL);
    ABSENT(RECOGNITION, recognition, clarity, -1);
    ABSENT(RECOGNITION, recognition, warning_count, 0);
    ABSENT_AT(RECOGNITION, recognition, warning_kind, 0);
    ABSENT_AT(RECOGNITION, recognition, warning_code, NULL);
    LENT(RECOGNITION, recognition, number_photo);
    LENT(RECOGNITION, recognition, raw);

    FACTS(VERIFICATION, verification);
    ABSENT(VERIFICATION, verification, outcome, 0);
    ABSENT(VERIFICATION, verification, reason, 0);
    ABSENT(VERIFICATION, verification, vendor_code, NULL);
    LENT(VERIFICATION, verification, description);
    LENT(VERIFICATION, verification, raw);

    FACTS(CARD_LOOKUP, card_lookup);
    ABSENT(CARD_LOOKUP, card_lookup, found, 0);
    ABSENT(CARD_LOOKUP, card_lookup, reason, 0);
    LENT(CARD_LOOKUP, card_lookup, issuer);
    ABSENT(CARD_LOOKUP, card_lookup, card_kind, 0);
    ABSENT(CARD_LOOKUP, card_lookup, vendor_code, NULL);
    LENT(CARD_LOOKUP, card_lookup, description);
    LENT(CARD_LOOKUP, card_lookup, raw);

    FACTS(ORDER, order);
    LENT(ORDER, order, card_number);
    ABSENT(ORDER, order, card_number_masked, NULL);
    ABSENT(ORDER, order, valid_thru_year, 0);
    ABSENT(ORDER, order, valid_thru_month, 0);
    ABSENT(ORDER, order, valid_thru_printed, NULL);
    ABSENT(ORDER, order, clarity, -1);
    ABSENT(ORDER, order, warning_count, 0);
    ABSENT_AT(ORDER, order, warning_kind, 0);
    ABSENT_AT(ORDER, order, warning_code, NULL);
    ABSENT(ORDER, order, operated_at, NULL);
    LENT(ORDER, order, original_photo);
    LENT(ORDER, order, card_photo);
    LENT(ORDER, order, number_photo);
    LENT(ORDER, order, raw);

    FACTS(ERROR_, error);
    ABSENT(ERROR_, error, status, 0);
    ABSENT(ERROR_, error, text, NULL);
    LENT(ERROR_, error, message);
    ABSENT(ERROR_, error, argument, NULL);
    ABSENT(ERROR_, error, vendor_code, NULL);
    ABSENT(ERROR_, error, vendor_message, NULL);
    ABSENT(ERROR_, error, http_status, 0);
    ABSENT(ERROR_, error, retry_after_ms, -1);
    ABSENT(ERROR_, error, retryable, 0);

    LENT(IMAGE_CHECK, image_check, json);
    ABSENT(IMAGE_CHECK, image_check, format, 0);
    ABSENT(IMAGE_CHECK, image_check, width, 0);
    ABSENT(IMAGE_CHECK, image_check, height, 0);
    ABSENT(IMAGE_CHECK, image_check, bytes, 0);
    ABSENT(IMAGE_CHECK, image_check, vendor_count, 0);
    ABSENT_AT(IMAGE_CHECK, image_check, vendor, NULL);
    ABSENT_AT(IMAGE_CHECK, image_check, accepted, 0);
    ABSENT_AT(IMAGE_CHECK, image_check, problem, NULL);

    LENT(EVENT, event, json);
    ABSENT(EVENT, event, kind, 0);
    ABSENT(EVENT, event, name, NULL);
    ABSENT(EVENT, event, vendor, NULL);
    ABSENT(EVENT, event, account, NULL);
    ABSENT(EVENT, event, operation, 0);
    ABSENT(EVENT, event, order_id, NULL);
    ABSENT(EVENT, event, attempt, 0);
    ABSENT(EVENT, event, outcome, NULL);
    ABSENT(EVENT, event, vendor_code, NULL);
    ABSENT(EVENT, event, sent, 0);
    ABSENT(EVENT, event, milliseconds, 0);

    ABSENT(CANCELLATION, cancellation, is_cancelled, 0);
}

#define NO_NAME(function)                                                                          \
    do {                                                                                           \
        cover(#function);                                                                          \
        const int32_t strangers[] = {0, -1, 1000, INT32_MAX, INT32_MIN};                           \
        for (size_t i = 0; i < 5; i++) CHECK(function(strangers[i]) == NULL);                      \
    } while (0)

static void names(void) {
    NO_NAME(cardwire_sent_name);
    NO_NAME(cardwire_billed_name);
    NO_NAME(cardwire_card_kind_name);
    NO_NAME(cardwire_warning_kind_name);
    NO_NAME(cardwire_outcome_name);
    NO_NAME(cardwire_reason_name);
    NO_NAME(cardwire_lookup_reason_name);
    NO_NAME(cardwire_operation_name);
    NO_NAME(cardwire_image_format_name);
    NO_NAME(cardwire_status_advice);
    cover("cardwire_status_name");
    CHECK_TEXT(cardwire_status_name(CARDWIRE_OK), "ok");
    CHECK(cardwire_status_name(-1) == NULL && cardwire_status_name(INT32_MIN) == NULL);
    /* They take nothing. */
    cover("cardwire_version");
    cover("cardwire_version_number");
}

/* --- Functions with a status. --- */

static cardwire_error *error;
static cardwire_error **to;
static void *out;

/* The error of a refusal names the argument, in its text too. */
static void refused(const char *call, const char *argument, cardwire_status status, cardwire_status wanted) {
    cover(call);
    int named = argument == NULL;
    if (to && argument) {
        const char *message = cardwire_error_message(error), *found = cardwire_error_argument(error);
        size_t length = strlen(argument);
        named = check_same(found, argument) && message && !strncmp(message, argument, length) &&
                message[length] == ':' && strstr(cardwire_error_text(error), message) &&
                cardwire_error_sent(error) == CARDWIRE_SENT_NO && cardwire_error_billed(error) == CARDWIRE_BILLED_NO;
    }
    int holds = status == wanted && out == NULL && (!to || (named && cardwire_error_status(error) == wanted));
    if (!holds)
        printf("%s gives %d, out %p, \"%s\"; wanted %d for %s\n", call, status, out,
               to ? cardwire_error_text(error) : "", wanted, argument ? argument : "nothing");
    CHECK(holds);
    cardwire_error_free(error);
    error = NULL;
}

/* A call that gives nothing, with an error and without; what `out` and `error` held is replaced. */
#define REFUSED_AS(wanted, argument, call)                                                         \
    do {                                                                                           \
        for (int told = 1; told >= 0; told--) {                                                    \
            error = told ? (cardwire_error *)(uintptr_t)77 : NULL;                                 \
            to = told ? &error : NULL;                                                             \
            out = NULL;                                                                            \
            cardwire_status status = call;                                                         \
            refused(#call, argument, status, wanted);                                              \
        }                                                                                          \
    } while (0)
#define REFUSED(argument, call) REFUSED_AS(CARDWIRE_INVALID_ARGUMENT, argument, call)

/* Where an object is to be put. It holds rubbish before the call. */
static void **rubbish(void) {
    out = (void *)(uintptr_t)99;
    return &out;
}
#define OUT(type) (type **)rubbish()

#define FOR_BAD(variable, type, handle, from)                                                      \
    for (size_t which = from; which < BADS; which++)                                               \
        for (handle *variable = bad(type, which), *once = (handle *)1; once; once = NULL)

/* Every text argument: NULL, a length that no object has, no UTF-8. `call` uses p and n. */
#define BAD_TEXT(argument, call)                                                                   \
    do {                                                                                           \
        const char *p = NULL;                                                                      \
        size_t n = 0;                                                                              \
        REFUSED(argument, call);                                                                   \
        n = 3;                                                                                     \
        REFUSED(argument, call);                                                                   \
        p = "abc", n = SIZE_MAX;                                                                   \
        REFUSED(argument "_len", call);                                                            \
        n = SIZE_MAX / 2 + 1;                                                                      \
        REFUSED(argument "_len", call);                                                            \
        p = "a\xff\xfe", n = 3;                                                                    \
        REFUSED(argument, call);                                                                   \
    } while (0)

#define BAD_BYTES(argument, byte, call)                                                            \
    do {                                                                                           \
        const byte *p = NULL;                                                                      \
        size_t n = 0;                                                                              \
        REFUSED(argument, call);                                                                   \
        n = 3;                                                                                     \
        REFUSED(argument, call);                                                                   \
        p = (const byte *)"abc", n = SIZE_MAX;                                                     \
        REFUSED(argument "_len", call);                                                            \
        n = SIZE_MAX / 2 + 1;                                                                      \
        REFUSED(argument "_len", call);                                                            \
    } while (0)

#define BAD_Z(argument, call)                                                                      \
    do {                                                                                           \
        const char *p = NULL;                                                                      \
        REFUSED(argument, call);                                                                   \
        p = "a\xff\xfe";                                                                           \
        REFUSED(argument, call);                                                                   \
    } while (0)

#define MEGABYTE 1048576
static char long_digits[MEGABYTE + 1], long_text[MEGABYTE + 1];

static void clients(void) {
    const char *config = sandbox_config();
    size_t n = strlen(config);
    BAD_TEXT("config", cardwire_client_new(p, n, OUT(cardwire_client), to));
    BAD_TEXT("config", cardwire_client_new_observed(p, n, keep_event, NULL, OUT(cardwire_client), to));
    BAD_Z("config", cardwire_client_new_z(p, OUT(cardwire_client), to));
    REFUSED("client", cardwire_client_new(config, n, NULL, to));
    REFUSED("client", cardwire_client_new_observed(config, n, keep_event, NULL, NULL, to));
    REFUSED("client", cardwire_client_new_z(config, NULL, to));
    REFUSED("on_event", cardwire_client_new_observed(config, n, NULL, NULL, OUT(cardwire_client), to));
    const char *documents[] = {"", "{", "null", "[]", "{}", "{\"vendors\":[]}", "{\"vendors\":[{\"vendor\":\"nobody\"}]}",
                               "{\"vendors\":[{\"vendor\":\"wechat\",\"appid\":\"x\"}]}", long_digits, long_text};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        const char *p = documents[i];
        REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_client_new(p, strlen(p), OUT(cardwire_client), to));
        REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL, cardwire_client_new_z(p, OUT(cardwire_client), to));
        REFUSED_AS(CARDWIRE_INVALID_CONFIG, NULL,
                   cardwire_client_new_observed(p, strlen(p), keep_event, NULL, OUT(cardwire_client), to));
    }
    FOR_BAD(handle, CLIENT, cardwire_client, 0) REFUSED("client", cardwire_client_close(handle, to));
}

static void options_and_the_like(void) {
    cardwire_options *o = options;
    REFUSED("options", cardwire_options_new(NULL, to));
    REFUSED("cancellation", cardwire_cancellation_new(NULL, to));
    FOR_BAD(handle, OPTIONS, cardwire_options, 0) {
        REFUSED("options", cardwire_options_set_vendors(handle, "wechat", 6, to));
        REFUSED("options", cardwire_options_set_vendors_z(handle, "wechat", to));
        REFUSED("options", cardwire_options_set_order_id(handle, "a1", 2, to));
        REFUSED("options", cardwire_options_set_order_id_z(handle, "a1", to));
        REFUSED("options", cardwire_options_set_user_id(handle, "a1", 2, to));
        REFUSED("options", cardwire_options_set_user_id_z(handle, "a1", to));
        REFUSED("options", cardwire_options_set_timeout_ms(handle, 1, to));
        REFUSED("options", cardwire_options_set_cancellation(handle, live[CANCELLATION], to));
    }
    BAD_TEXT("vendors", cardwire_options_set_vendors(o, p, n, to));
    BAD_Z("vendors", cardwire_options_set_vendors_z(o, p, to));
    BAD_TEXT("order_id", cardwire_options_set_order_id(o, p, n, to));
    BAD_Z("order_id", cardwire_options_set_order_id_z(o, p, to));
    BAD_TEXT("user_id", cardwire_options_set_user_id(o, p, n, to));
    BAD_Z("user_id", cardwire_options_set_user_id_z(o, p, to));
    const char *no_names[] = {"", " ", ",", "wechat,", ",wechat"};
    for (size_t i = 0; i < 5; i++) REFUSED("vendors", cardwire_options_set_vendors_z(o, no_names[i], to));
    FOR_BAD(handle, CANCELLATION, cardwire_cancellation, 0) {
        REFUSED("cancellation", cardwire_options_set_cancellation(o, handle, to));
        REFUSED("cancellation", cardwire_cancellation_cancel(handle, to));
    }
}

static void cardholders(void) {
    BAD_TEXT("card_number", cardwire_cardholder_new(p, n, "x", 1, OUT(cardwire_cardholder), to));
    BAD_TEXT("name", cardwire_cardholder_new("x", 1, p, n, OUT(cardwire_cardholder), to));
    BAD_Z("card_number", cardwire_cardholder_new_z(p, "x", OUT(cardwire_cardholder), to));
    BAD_Z("name", cardwire_cardholder_new_z("x", p, OUT(cardwire_cardholder), to));
    REFUSED("cardholder", cardwire_cardholder_new("x", 1, "x", 1, NULL, to));
    REFUSED("cardholder", cardwire_cardholder_new_z("x", "x", NULL, to));
    FOR_BAD(handle, CARDHOLDER, cardwire_cardholder, 0) {
        REFUSED("cardholder", cardwire_cardholder_set_id_number(handle, "x", 1, to));
        REFUSED("cardholder", cardwire_cardholder_set_id_number_z(handle, "x", to));
        REFUSED("cardholder", cardwire_cardholder_set_phone(handle, "x", 1, to));
        REFUSED("cardholder", cardwire_cardholder_set_phone_z(handle, "x", to));
    }
    BAD_TEXT("id_number", cardwire_cardholder_set_id_number(holder, p, n, to));
    BAD_Z("id_number", cardwire_cardholder_set_id_number_z(holder, p, to));
    BAD_TEXT("phone", cardwire_cardholder_set_phone(holder, p, n, to));
    BAD_Z("phone", cardwire_cardholder_set_phone_z(holder, p, to));
}

static void calls(void) {
    cardwire_client *c = client;
    const char *card = "6222020000000000000", *name = "张三", *id = "110101190001010014", *url = "https://cards.example/a.jpg";
    FOR_BAD(handle, CLIENT, cardwire_client, 0) {
        REFUSED("client", cardwire_recognize(handle, photo, photo_len, NULL, OUT(cardwire_recognition), to));
        REFUSED("client", cardwire_recognize_file(handle, "a", 1, NULL, OUT(cardwire_recognition), to));
        REFUSED("client", cardwire_recognize_file_z(handle, "a", NULL, OUT(cardwire_recognition), to));
        REFUSED("client", cardwire_recognize_url(handle, url, strlen(url), NULL, OUT(cardwire_recognition), to));
        REFUSED("client", cardwire_recognize_url_z(handle, url, NULL, OUT(cardwire_recognition), to));
        REFUSED("client", cardwire_verify(handle, holder, NULL, OUT(cardwire_verification), to));
        REFUSED("client", cardwire_verify_z(handle, card, name, id, NULL, OUT(cardwire_verification), to));
        REFUSED("client", cardwire_lookup_card(handle, card, 19, NULL, OUT(cardwire_card_lookup), to));
        REFUSED("client", cardwire_lookup_card_z(handle, card, NULL, OUT(cardwire_card_lookup), to));
        REFUSED("client", cardwire_fetch_order(handle, "a1", 2, NULL, OUT(cardwire_order), to));
        REFUSED("client", cardwire_fetch_order_z(handle, "a1", NULL, OUT(cardwire_order), to));
    }
    FOR_BAD(handle, OPTIONS, cardwire_options, 1) {
        REFUSED("options", cardwire_recognize(c, photo, photo_len, handle, OUT(cardwire_recognition), to));
        REFUSED("options", cardwire_recognize_file(c, "a", 1, handle, OUT(cardwire_recognition), to));
        REFUSED("options", cardwire_recognize_file_z(c, "a", handle, OUT(cardwire_recognition), to));
        REFUSED("options", cardwire_recognize_url(c, url, strlen(url), handle, OUT(cardwire_recognition), to));
        REFUSED("options", cardwire_recognize_url_z(c, url, handle, OUT(cardwire_recognition), to));
        REFUSED("options", cardwire_verify(c, holder, handle, OUT(cardwire_verification), to));
        REFUSED("options", cardwire_verify_z(c, card, name, id, handle, OUT(cardwire_verification), to));
        REFUSED("options", cardwire_lookup_card(c, card, 19, handle, OUT(cardwire_card_lookup), to));
        REFUSED("options", cardwire_lookup_card_z(c, card, handle, OUT(cardwire_card_lookup), to));
        REFUSED("options", cardwire_fetch_order(c, "a1", 2, handle, OUT(cardwire_order), to));
        REFUSED("options", cardwire_fetch_order_z(c, "a1", handle, OUT(cardwire_order), to));
    }
    REFUSED("recognition", cardwire_recognize(c, photo, photo_len, NULL, NULL, to));
    REFUSED("recognition", cardwire_recognize_file(c, "a", 1, NULL, NULL, to));
    REFUSED("recognition", cardwire_recognize_file_z(c, "a", NULL, NULL, to));
    REFUSED("recognition", cardwire_recognize_url(c, url, strlen(url), NULL, NULL, to));
    REFUSED("recognition", cardwire_recognize_url_z(c, url, NULL, NULL, to));
    REFUSED("verification", cardwire_verify(c, holder, NULL, NULL, to));
    REFUSED("verification", cardwire_verify_z(c, card, name, id, NULL, NULL, to));
    REFUSED("lookup", cardwire_lookup_card(c, card, 19, NULL, NULL, to));
    REFUSED("lookup", cardwire_lookup_card_z(c, card, NULL, NULL, to));
    REFUSED("order", cardwire_fetch_order(c, "a1", 2, NULL, NULL, to));
    REFUSED("order", cardwire_fetch_order_z(c, "a1", NULL, NULL, to));

    BAD_BYTES("image", uint8_t, cardwire_recognize(c, p, n, NULL, OUT(cardwire_recognition), to));
    BAD_BYTES("image", char, cardwire_recognize_file(c, p, n, NULL, OUT(cardwire_recognition), to));
    BAD_TEXT("image", cardwire_recognize_url(c, p, n, NULL, OUT(cardwire_recognition), to));
    BAD_Z("image", cardwire_recognize_file_z(c, p, NULL, OUT(cardwire_recognition), to));
    BAD_Z("image", cardwire_recognize_url_z(c, p, NULL, OUT(cardwire_recognition), to));
    BAD_Z("card_number", cardwire_verify_z(c, p, name, id, NULL, OUT(cardwire_verification), to));
    BAD_Z("name", cardwire_verify_z(c, card, p, id, NULL, OUT(cardwire_verification), to));
    REFUSED("id_number", cardwire_verify_z(c, card, name, "\xff", NULL, OUT(cardwire_verification), to));
    BAD_TEXT("card_number", cardwire_lookup_card(c, p, n, NULL, OUT(cardwire_card_lookup), to));
    BAD_Z("card_number", cardwire_lookup_card_z(c, p, NULL, OUT(cardwire_card_lookup), to));
    BAD_TEXT("order_id", cardwire_fetch_order(c, p, n, NULL, OUT(cardwire_order), to));
    BAD_Z("order_id", cardwire_fetch_order_z(c, p, NULL, OUT(cardwire_order), to));
    FOR_BAD(handle, CARDHOLDER, cardwire_cardholder, 0)
        REFUSED("cardholder", cardwire_verify(c, handle, NULL, OUT(cardwire_verification), to));
}

/* Empty, oversized and malformed values, which the call itself refuses. */
static void values(void) {
    cardwire_client *c = client;
    const char *card = "6222020000000000000", *name = "张三", *id = "110101190001010014";
    const uint8_t *none = (const uint8_t *)"";
    REFUSED("image", cardwire_recognize(c, none, 0, NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize(c, (const uint8_t *)long_text, MEGABYTE, NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize_file(c, "", 0, NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize_file_z(c, long_text, NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize_file_z(c, "/", NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize_file(c, "a\0b", 3, NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize_url(c, "", 0, NULL, OUT(cardwire_recognition), to));
    REFUSED("image", cardwire_recognize_url_z(c, long_text, NULL, OUT(cardwire_recognition), to));
    size_t large_len = photo_len + 6 * MEGABYTE;
    uint8_t *large = calloc(1, large_len);
    memcpy(large, photo, photo_len);
    REFUSED("image", cardwire_recognize(c, large, large_len, NULL, OUT(cardwire_recognition), to));
    free(large);

    const char *numbers[] = {"", " ", "62220200000", "62220200000000000000", "6222020000000000x00",
                             "６２２２０２０００００００００００００", long_digits};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        REFUSED("card_number", cardwire_verify_z(c, numbers[i], name, id, NULL, OUT(cardwire_verification), to));
        REFUSED("card_number", cardwire_lookup_card_z(c, numbers[i], NULL, OUT(cardwire_card_lookup), to));
    }
    const char *names[] = {"", " ", long_text};
    for (size_t i = 0; i < 3; i++)
        REFUSED("name", cardwire_verify_z(c, card, names[i], id, NULL, OUT(cardwire_verification), to));
    const char *ids[] = {"", " ", long_digits};
    for (size_t i = 0; i < 3; i++)
        REFUSED("id_number", cardwire_verify_z(c, card, name, ids[i], NULL, OUT(cardwire_verification), to));
    CHECK_IS(cardwire_cardholder_set_id_number_z(holder, id, NULL), CARDWIRE_OK);
    const char *phones[] = {"", long_digits};
    for (size_t i = 0; i < 2; i++) {
        CHECK_IS(cardwire_cardholder_set_phone_z(holder, phones[i], NULL), CARDWIRE_OK);
        REFUSED("phone", cardwire_verify(c, holder, NULL, OUT(cardwire_verification), to));
    }
    const char *orders[] = {"", " ", "123456789012345678901234567890123", "a-b", "../a", "a\xe2\x98\x83", long_digits};
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        REFUSED("order_id", cardwire_fetch_order_z(c, orders[i], NULL, OUT(cardwire_order), to));
        CHECK_IS(cardwire_options_set_order_id_z(options, orders[i], NULL), CARDWIRE_OK);
        REFUSED("order_id", cardwire_recognize(c, photo, photo_len, options, OUT(cardwire_recognition), to));
    }
    CHECK_IS(cardwire_options_set_order_id_z(options, "a1", NULL), CARDWIRE_OK);
    const char *users[] = {"", "a b", "123456789012345678901234567890123", long_digits};
    for (size_t i = 0; i < 4; i++) {
        CHECK_IS(cardwire_options_set_user_id_z(options, users[i], NULL), CARDWIRE_OK);
        REFUSED("user_id", cardwire_recognize(c, photo, photo_len, options, OUT(cardwire_recognition), to));
    }
    CHECK_IS(cardwire_options_set_user_id_z(options, "a1", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, "nobody", NULL), CARDWIRE_OK);
    REFUSED("vendors", cardwire_recognize(c, photo, photo_len, options, OUT(cardwire_recognition), to));
    CHECK_IS(cardwire_options_set_vendors_z(options, long_text, NULL), CARDWIRE_OK);
    REFUSED("vendors", cardwire_recognize(c, photo, photo_len, options, OUT(cardwire_recognition), to));
    CHECK_IS(cardwire_options_set_vendors_z(options, "aliyun_yhkr", NULL), CARDWIRE_OK);
    REFUSED_AS(CARDWIRE_UNSUPPORTED, NULL, cardwire_recognize(c, photo, photo_len, options, OUT(cardwire_recognition), to));
    /* A deadline that passed already. */
    CHECK_IS(cardwire_options_set_vendors_z(options, "wechat", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_timeout_ms(options, 0, NULL), CARDWIRE_OK);
    REFUSED_AS(CARDWIRE_TIMEOUT, NULL, cardwire_recognize(c, photo, photo_len, options, OUT(cardwire_recognition), to));
}

/* --- Asynchronous calls: a refusal does not call back. --- */

static void no_recognition(cardwire_recognition *r, cardwire_error *e, void *u) { (void)r, (void)e, (void)u, abort(); }
static void no_verification(cardwire_verification *v, cardwire_error *e, void *u) { (void)v, (void)e, (void)u, abort(); }
static void no_lookup(cardwire_card_lookup *l, cardwire_error *e, void *u) { (void)l, (void)e, (void)u, abort(); }
static void no_order(cardwire_order *o, cardwire_error *e, void *u) { (void)o, (void)e, (void)u, abort(); }

static void starts(void) {
    cardwire_client *c = client;
    FOR_BAD(handle, CLIENT, cardwire_client, 0) {
        REFUSED("client", cardwire_recognize_start(handle, photo, photo_len, NULL, no_recognition, NULL, to));
        REFUSED("client", cardwire_recognize_file_start(handle, "a", 1, NULL, no_recognition, NULL, to));
        REFUSED("client", cardwire_recognize_url_start(handle, "a", 1, NULL, no_recognition, NULL, to));
        REFUSED("client", cardwire_verify_start(handle, holder, NULL, no_verification, NULL, to));
        REFUSED("client", cardwire_lookup_card_start(handle, "a", 1, NULL, no_lookup, NULL, to));
        REFUSED("client", cardwire_fetch_order_start(handle, "a", 1, NULL, no_order, NULL, to));
    }
    FOR_BAD(handle, OPTIONS, cardwire_options, 1) {
        REFUSED("options", cardwire_recognize_start(c, photo, photo_len, handle, no_recognition, NULL, to));
        REFUSED("options", cardwire_recognize_file_start(c, "a", 1, handle, no_recognition, NULL, to));
        REFUSED("options", cardwire_recognize_url_start(c, "a", 1, handle, no_recognition, NULL, to));
        REFUSED("options", cardwire_verify_start(c, holder, handle, no_verification, NULL, to));
        REFUSED("options", cardwire_lookup_card_start(c, "6222020000000000000", 19, handle, no_lookup, NULL, to));
        REFUSED("options", cardwire_fetch_order_start(c, "a", 1, handle, no_order, NULL, to));
    }
    FOR_BAD(handle, CARDHOLDER, cardwire_cardholder, 0)
        REFUSED("cardholder", cardwire_verify_start(c, handle, NULL, no_verification, NULL, to));
    REFUSED("callback", cardwire_recognize_start(c, photo, photo_len, NULL, NULL, NULL, to));
    REFUSED("callback", cardwire_recognize_file_start(c, "a", 1, NULL, NULL, NULL, to));
    REFUSED("callback", cardwire_recognize_url_start(c, "a", 1, NULL, NULL, NULL, to));
    REFUSED("callback", cardwire_verify_start(c, holder, NULL, NULL, NULL, to));
    REFUSED("callback", cardwire_lookup_card_start(c, "6222020000000000000", 19, NULL, NULL, NULL, to));
    REFUSED("callback", cardwire_fetch_order_start(c, "a", 1, NULL, NULL, NULL, to));
    BAD_BYTES("image", uint8_t, cardwire_recognize_start(c, p, n, NULL, no_recognition, NULL, to));
    BAD_BYTES("image", char, cardwire_recognize_file_start(c, p, n, NULL, no_recognition, NULL, to));
    BAD_TEXT("image", cardwire_recognize_url_start(c, p, n, NULL, no_recognition, NULL, to));
    BAD_TEXT("card_number", cardwire_lookup_card_start(c, p, n, NULL, no_lookup, NULL, to));
    BAD_TEXT("order_id", cardwire_fetch_order_start(c, p, n, NULL, no_order, NULL, to));
}

struct ended { int count; cardwire_error *error; };

#define KEEPS_ERROR(name, type)                                                                    \
    static void name(type *result, cardwire_error *told, void *user_data) {                        \
        struct ended *ended = user_data;                                                           \
        CHECK(result == NULL);                                                                     \
        ended->error = told;                                                                       \
        __atomic_store_n(&ended->count, 1, __ATOMIC_RELEASE);                                      \
    }
KEEPS_ERROR(recognition_ended, cardwire_recognition)
KEEPS_ERROR(verification_ended, cardwire_verification)
KEEPS_ERROR(lookup_ended, cardwire_card_lookup)
KEEPS_ERROR(order_ended, cardwire_order)

/* A value that the call itself refuses is told by the function or, once, by the callback. */
#define ENDS(argument_, call)                                                                      \
    do {                                                                                           \
        struct ended ended = {0, NULL};                                                            \
        cardwire_error *told = NULL;                                                               \
        cardwire_status status = call;                                                             \
        if (status == CARDWIRE_OK) wait_for(&ended.count, 1), told = ended.error;                  \
        CHECK_IS(cardwire_error_status(told), CARDWIRE_INVALID_ARGUMENT);                          \
        CHECK_TEXT(cardwire_error_argument(told), argument_);                                      \
        cardwire_error_free(told);                                                                 \
    } while (0)

static void values_of_starts(void) {
    cardwire_client *c = client;
    ENDS("image", cardwire_recognize_start(c, (const uint8_t *)"", 0, NULL, recognition_ended, &ended, &told));
    ENDS("image", cardwire_recognize_start(c, (const uint8_t *)long_text, MEGABYTE, NULL, recognition_ended, &ended, &told));
    ENDS("image", cardwire_recognize_file_start(c, "", 0, NULL, recognition_ended, &ended, &told));
    ENDS("image", cardwire_recognize_file_start(c, long_text, MEGABYTE, NULL, recognition_ended, &ended, &told));
    ENDS("image", cardwire_recognize_url_start(c, "", 0, NULL, recognition_ended, &ended, &told));
    ENDS("image", cardwire_recognize_url_start(c, long_text, MEGABYTE, NULL, recognition_ended, &ended, &told));
    ENDS("phone", cardwire_verify_start(c, holder, NULL, verification_ended, &ended, &told));
    ENDS("card_number", cardwire_lookup_card_start(c, "", 0, NULL, lookup_ended, &ended, &told));
    ENDS("card_number", cardwire_lookup_card_start(c, long_digits, MEGABYTE, NULL, lookup_ended, &ended, &told));
    ENDS("order_id", cardwire_fetch_order_start(c, "", 0, NULL, order_ended, &ended, &told));
    ENDS("order_id", cardwire_fetch_order_start(c, long_digits, MEGABYTE, NULL, order_ended, &ended, &told));
}

/* --- Batches. --- */

static int32_t no_result(size_t i, cardwire_recognition *r, cardwire_error *e, void *u) { (void)i, (void)r, (void)e, (void)u, abort(); }
static int32_t no_verified(size_t i, cardwire_verification *v, cardwire_error *e, void *u) { (void)i, (void)v, (void)e, (void)u, abort(); }
static int32_t nothing_filled(cardwire_batch_input *input, void *u) { return (void)input, (void)u, 1; }

/* Within the callbacks an input is live. */
static int32_t refuse_photo(cardwire_batch_input *input, void *u) {
    (void)u;
    live[BATCH_INPUT] = input;
    BAD_BYTES("image", uint8_t, cardwire_batch_input_set_image(input, p, n, to));
    BAD_BYTES("image", char, cardwire_batch_input_set_file(input, p, n, to));
    BAD_TEXT("image", cardwire_batch_input_set_url(input, p, n, to));
    REFUSED("input", cardwire_batch_input_set_cardholder(input, holder, to));
    FOR_BAD(handle, CLIENT, cardwire_client, 0) REFUSED("client", cardwire_client_close(handle, to));
    return 0;
}

static int32_t refuse_cardholder(cardwire_batch_input *input, void *u) {
    (void)u;
    REFUSED("input", cardwire_batch_input_set_image(input, photo, photo_len, to));
    REFUSED("input", cardwire_batch_input_set_file(input, "a", 1, to));
    REFUSED("input", cardwire_batch_input_set_url(input, "a", 1, to));
    FOR_BAD(handle, CARDHOLDER, cardwire_cardholder, 0)
        REFUSED("cardholder", cardwire_batch_input_set_cardholder(input, handle, to));
    return 0;
}

static void batches(void) {
    cardwire_client *c = client;
    FOR_BAD(handle, CLIENT, cardwire_client, 0) {
        REFUSED("client", cardwire_recognize_many(handle, NULL, 0, nothing_filled, no_result, NULL, to));
        REFUSED("client", cardwire_verify_many(handle, NULL, 0, nothing_filled, no_verified, NULL, to));
    }
    FOR_BAD(handle, OPTIONS, cardwire_options, 1) {
        REFUSED("options", cardwire_recognize_many(c, handle, 0, nothing_filled, no_result, NULL, to));
        REFUSED("options", cardwire_verify_many(c, handle, 0, nothing_filled, no_verified, NULL, to));
    }
    REFUSED("next_image", cardwire_recognize_many(c, NULL, 0, NULL, no_result, NULL, to));
    REFUSED("next_cardholder", cardwire_verify_many(c, NULL, 0, NULL, no_verified, NULL, to));
    REFUSED("on_result", cardwire_recognize_many(c, NULL, 0, nothing_filled, NULL, NULL, to));
    REFUSED("on_result", cardwire_verify_many(c, NULL, 0, nothing_filled, NULL, NULL, to));
    REFUSED("next_image", cardwire_recognize_many(c, NULL, 0, nothing_filled, no_result, NULL, to));
    REFUSED("next_cardholder", cardwire_verify_many(c, NULL, SIZE_MAX, nothing_filled, no_verified, NULL, to));
    FOR_BAD(handle, BATCH_INPUT, cardwire_batch_input, 0) {
        REFUSED("input", cardwire_batch_input_set_image(handle, photo, photo_len, to));
        REFUSED("input", cardwire_batch_input_set_file(handle, "a", 1, to));
        REFUSED("input", cardwire_batch_input_set_url(handle, "a", 1, to));
        REFUSED("input", cardwire_batch_input_set_cardholder(handle, holder, to));
    }
    CHECK_IS(cardwire_recognize_many(c, NULL, 1, refuse_photo, no_result, NULL, NULL), CARDWIRE_OK);
    live[BATCH_INPUT] = NULL;
    CHECK_IS(cardwire_verify_many(c, NULL, 1, refuse_cardholder, no_verified, NULL, NULL), CARDWIRE_OK);
}

/* --- Local checks. --- */

static void local_checks(void) {
    int32_t a = 7, b = 7, d = 7;
    BAD_TEXT("card_number", cardwire_check_card_number(p, n, &a, &b, to));
    CHECK(a == 0 && b == 0);
    BAD_Z("card_number", cardwire_check_card_number_z(p, &a, &b, to));
    REFUSED("well_formed", cardwire_check_card_number("1", 1, NULL, &b, to));
    REFUSED("luhn", cardwire_check_card_number("1", 1, &a, NULL, to));
    REFUSED("well_formed", cardwire_check_card_number_z("1", NULL, &b, to));
    REFUSED("luhn", cardwire_check_card_number_z("1", &a, NULL, to));
    a = b = d = 7;
    BAD_TEXT("id_number", cardwire_check_id_number(p, n, &a, &b, &d, to));
    CHECK(a == 0 && b == 0 && d == 0);
    BAD_Z("id_number", cardwire_check_id_number_z(p, &a, &b, &d, to));
    REFUSED("well_formed", cardwire_check_id_number("1", 1, NULL, &b, &d, to));
    REFUSED("checksum", cardwire_check_id_number("1", 1, &a, NULL, &d, to));
    REFUSED("birth_date", cardwire_check_id_number("1", 1, &a, &b, NULL, to));
    REFUSED("well_formed", cardwire_check_id_number_z("1", NULL, &b, &d, to));
    REFUSED("checksum", cardwire_check_id_number_z("1", &a, NULL, &d, to));
    REFUSED("birth_date", cardwire_check_id_number_z("1", &a, &b, NULL, to));
    const char *numbers[] = {"", long_digits, long_text};
    for (size_t i = 0; i < 3; i++) {
        a = b = 7;
        CHECK_IS(cardwire_check_card_number(numbers[i], strlen(numbers[i]), &a, &b, NULL), CARDWIRE_OK);
        CHECK(a == 0 && b == 0);
        a = b = d = 7;
        CHECK_IS(cardwire_check_id_number(numbers[i], strlen(numbers[i]), &a, &b, &d, NULL), CARDWIRE_OK);
        CHECK(a == 0 && b == 0 && d == 0);
    }
    BAD_BYTES("image", uint8_t, cardwire_check_image(p, n, OUT(cardwire_image_check), to));
    REFUSED("image", cardwire_check_image((const uint8_t *)"", 0, OUT(cardwire_image_check), to));
    REFUSED("image", cardwire_check_image((const uint8_t *)long_text, MEGABYTE, OUT(cardwire_image_check), to));
    REFUSED("image_check", cardwire_check_image(photo, photo_len, NULL, to));
}

int main(void) {
    memset(long_digits, '6', MEGABYTE);
    memset(long_text, 'a', MEGABYTE);
    sandbox_start();
    CHECK_IS(start_over(), CARDWIRE_OK);
    make(freed);
    free_all(freed);
    make(live);
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_new_z("6222020000000000000", "张三", &holder, NULL), CARDWIRE_OK);
    CHECK(freed[EVENT] && freed[BATCH_INPUT]);
    long connections = sandbox_connections(), requests = sandbox_requests();
    CHECK(connections > 0 && requests > 0);

    free_what_is_not_live();
    accessors();
    names();
    clients();
    options_and_the_like();
    cardholders();
    calls();
    values();
    starts();
    values_of_starts();
    batches();
    local_checks();
    compare_with_the_exported_ones();

    CHECK_IS(sandbox_connections(), connections);
    CHECK_IS(sandbox_requests(), requests);
    free_all(live);
    cardwire_options_free(options);
    cardwire_cardholder_free(holder);
    cardwire_client_free(client);
    free(photo);
    return checks_end();
}
