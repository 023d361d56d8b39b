/* Blocking calls. */
#include "bad_input.h"

static int document_ends;
static char refused_argument[64];

static void document_end(const char *document, size_t document_len, const uint8_t *raw, size_t raw_len,
                         const cardwire_error *failure, void *user_data) {
    document_ends++;
    CHECK(document && document_len == cardwire_error_json_len(failure) && raw == NULL && raw_len == 0);
    CHECK(user_data == &document_ends);
    CHECK_IS(cardwire_error_status(failure), CARDWIRE_INVALID_ARGUMENT);
    const char *argument = cardwire_error_argument(failure);
    snprintf(refused_argument, sizeof refused_argument, "%s", argument ? argument : "");
}

/* What is refused is told to the callback, once, before the function returns. */
#define DOCUMENT_LEN(argument, a_client, request, request_len, image, cancellation)                \
    do {                                                                                           \
        document_ends = 0;                                                                         \
        cover("cardwire_call_run");                                                                \
        cardwire_call_run(a_client, request, request_len, image, 3, cancellation, document_end, &document_ends); \
        CHECK_TEXT(refused_argument, argument);                                                    \
        cover("cardwire_call_start");                                                              \
        cardwire_call_start(a_client, request, request_len, image, 3, cancellation, document_end, &document_ends); \
        CHECK_TEXT(refused_argument, argument);                                                    \
        CHECK_IS(document_ends, 2);                                                                \
    } while (0)
#define DOCUMENT(argument, a_client, request, image, cancellation)                                 \
    DOCUMENT_LEN(argument, a_client, request, strlen(request), image, cancellation)

static void documents(void) {
    const char *good = "{\"operation\":\"recognize\"}";
    const uint8_t *three = (const uint8_t *)"abc";
    FOR_BAD(strange, CLIENT, cardwire_client, 0) DOCUMENT("client", strange, good, three, NULL);
    FOR_BAD(strange, CANCELLATION, cardwire_cancellation, 1) DOCUMENT("cancellation", client, good, three, strange);
    DOCUMENT_LEN("request", client, NULL, 0, three, NULL);
    DOCUMENT_LEN("request_len", client, good, SIZE_MAX, three, NULL);
    DOCUMENT("request", client, "a\xff", three, NULL);
    DOCUMENT("request", client, "[]", three, NULL);
    DOCUMENT("operation", client, "{}", three, NULL);
    DOCUMENT("operation", client, "{\"operation\":\"recognise\"}", three, NULL);
    DOCUMENT("image", client, good, NULL, NULL);
    /* What the arguments hold is seen later, on another thread, unless this one waits. */
    cardwire_call_run(client, good, strlen(good), three, 3, NULL, document_end, &document_ends);
    CHECK_TEXT(refused_argument, "image");
    const char *lookup = "{\"operation\":\"lookup_card\",\"card_number\":\"1\"}";
    cardwire_call_run(client, lookup, strlen(lookup), NULL, 0, NULL, document_end, &document_ends);
    CHECK_TEXT(refused_argument, "card_number");
    const char *order = "{\"operation\":\"fetch_order\",\"order_id\":\"a-b\"}";
    cardwire_call_run(client, order, strlen(order), NULL, 0, NULL, document_end, &document_ends);
    CHECK_TEXT(refused_argument, "order_id");
    DOCUMENT("image", client, "{\"operation\":\"recognize_file\"}", three, NULL);
    DOCUMENT("name", client, "{\"operation\":\"verify\",\"card_number\":\"6222020000000000000\",\"name\":7}", three, NULL);
    DOCUMENT("vendors", client, "{\"operation\":\"recognize\",\"options\":{\"vendors\":\",\"}}", three, NULL);
    DOCUMENT("timeout_ms", client, "{\"operation\":\"recognize\",\"options\":{\"timeout_ms\":86400001}}", three, NULL);
    DOCUMENT("timeout_ms", client, "{\"operation\":\"recognize\",\"options\":{\"timeout_ms\":-1}}", three, NULL);
    /* Nobody to tell: nothing is done. */
    cardwire_call_run(client, good, strlen(good), photo, photo_len, NULL, NULL, NULL);
    cardwire_call_start(client, good, strlen(good), photo, photo_len, NULL, NULL, NULL);
}

void calls(void) {
    documents();
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
        REFUSED("client", cardwire_client_health(handle, OUT(cardwire_account_health), to));
        REFUSED("client", cardwire_lookup_issuer(handle, card, 19, OUT(cardwire_issuer), to));
        REFUSED("client", cardwire_lookup_issuer_z(handle, card, OUT(cardwire_issuer), to));
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
    REFUSED("issuer", cardwire_lookup_issuer(c, card, 19, NULL, to));
    REFUSED("issuer", cardwire_lookup_issuer_z(c, card, NULL, to));
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
    REFUSED("health", cardwire_client_health(c, NULL, to));
    BAD_TEXT("card_number", cardwire_lookup_issuer(c, p, n, OUT(cardwire_issuer), to));
    BAD_Z("card_number", cardwire_lookup_issuer_z(c, p, OUT(cardwire_issuer), to));
    BAD_TEXT("order_id", cardwire_fetch_order(c, p, n, NULL, OUT(cardwire_order), to));
    BAD_Z("order_id", cardwire_fetch_order_z(c, p, NULL, OUT(cardwire_order), to));
    FOR_BAD(handle, CARDHOLDER, cardwire_cardholder, 0)
        REFUSED("cardholder", cardwire_verify(c, handle, NULL, OUT(cardwire_verification), to));
}

/* Empty, oversized and malformed values, which the call itself refuses. */
void values(void) {
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
    size_t large_len = photo_len + 16 * MEGABYTE;
    uint8_t *large = calloc(1, large_len);
    /* Half a photo cannot be made to fit. */
    memcpy(large, photo, photo_len / 2);
    cardwire_options *patient = NULL;
    CHECK_IS(cardwire_options_new(&patient, NULL), CARDWIRE_OK);
    /* Looking at it takes seconds under AddressSanitizer, and longer beside other work. */
    CHECK_IS(cardwire_options_set_timeout_ms(patient, 60000, NULL), CARDWIRE_OK);
    REFUSED("image", cardwire_recognize(c, large, large_len, patient, OUT(cardwire_recognition), to));
    cardwire_options_free(patient);
    free(large);

    const char *numbers[] = {"", " ", "62220200000", "62220200000000000000", "6222020000000000x00",
                             "6222020000000000⓪00", long_digits};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        REFUSED("card_number", cardwire_verify_z(c, numbers[i], name, id, NULL, OUT(cardwire_verification), to));
        REFUSED("card_number", cardwire_lookup_card_z(c, numbers[i], NULL, OUT(cardwire_card_lookup), to));
        REFUSED("card_number", cardwire_lookup_issuer_z(c, numbers[i], OUT(cardwire_issuer), to));
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
