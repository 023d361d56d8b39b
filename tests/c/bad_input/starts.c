/* Calls that end in a callback: a refusal does not call back. */
#include "bad_input.h"

static void no_recognition(cardwire_recognition *r, cardwire_error *e, void *u) { (void)r, (void)e, (void)u, abort(); }
static void no_verification(cardwire_verification *v, cardwire_error *e, void *u) { (void)v, (void)e, (void)u, abort(); }
static void no_lookup(cardwire_card_lookup *l, cardwire_error *e, void *u) { (void)l, (void)e, (void)u, abort(); }
static void no_order(cardwire_order *o, cardwire_error *e, void *u) { (void)o, (void)e, (void)u, abort(); }

void starts(void) {
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

void values_of_starts(void) {
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
