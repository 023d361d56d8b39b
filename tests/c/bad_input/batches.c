/* Batches. */
#include "bad_input.h"

static void no_document(const char *d, size_t n, const uint8_t *r, size_t m, const cardwire_error *e, void *u) {
    (void)d, (void)n, (void)r, (void)m, (void)e, (void)u, abort();
}

#define PHOTO_REQUEST "{\"operation\":\"recognize\"}"
#define HOLDER_REQUEST "{\"operation\":\"verify\",\"card_number\":\"6222020000000000000\",\"name\":\"n\"}"
#define REQUEST(text) text, sizeof text - 1

static void handles(void) {
    size_t index = 7;
    FOR_BAD(handle, CLIENT, cardwire_client, 0) {
        REFUSED("client", cardwire_recognize_many(handle, NULL, 0, NULL, NULL, OUT(cardwire_batch), to));
        REFUSED("client", cardwire_verify_many(handle, NULL, 0, NULL, NULL, OUT(cardwire_batch), to));
        REFUSED("client", cardwire_batch_start(handle, REQUEST("{}"), NULL, NULL, NULL, OUT(cardwire_batch), to));
    }
    FOR_BAD(handle, OPTIONS, cardwire_options, 1) {
        REFUSED("options", cardwire_recognize_many(client, handle, 0, NULL, NULL, OUT(cardwire_batch), to));
        REFUSED("options", cardwire_verify_many(client, handle, 0, NULL, NULL, OUT(cardwire_batch), to));
    }
    FOR_BAD(handle, CANCELLATION, cardwire_cancellation, 1)
        REFUSED("cancellation", cardwire_batch_start(client, REQUEST("{}"), handle, NULL, NULL, OUT(cardwire_batch), to));
    FOR_BAD(handle, BATCH, cardwire_batch, 0) {
        REFUSED("batch", cardwire_batch_put_image(handle, photo, photo_len, NULL, to));
        REFUSED("batch", cardwire_batch_put_file(handle, "a", 1, NULL, to));
        REFUSED("batch", cardwire_batch_put_url(handle, "a", 1, NULL, to));
        REFUSED("batch", cardwire_batch_put_cardholder(handle, holder, NULL, to));
        REFUSED("batch", cardwire_batch_put(handle, REQUEST(PHOTO_REQUEST), photo, photo_len, to));
        REFUSED("batch", cardwire_batch_refuse(handle, &index, to));
        REFUSED("batch", cardwire_batch_end_inputs(handle, to));
        REFUSED("batch", cardwire_batch_take_recognition(handle, &index, OUT(cardwire_recognition), to));
        REFUSED("batch", cardwire_batch_take_verification(handle, &index, OUT(cardwire_verification), to));
        REFUSED("batch", cardwire_batch_take(handle, &index, no_document, NULL, to));
        CHECK_IS(cardwire_batch_next(handle, -1), 0);
    }
    cover("cardwire_batch_next");
}

static void values_of_batches(cardwire_batch *photos) {
    size_t index;
    REFUSED("batch", cardwire_recognize_many(client, NULL, 0, NULL, NULL, NULL, to));
    REFUSED("batch", cardwire_verify_many(client, NULL, SIZE_MAX, NULL, NULL, NULL, to));
    REFUSED("batch", cardwire_batch_start(client, REQUEST("{\"operation\":\"verify_many\"}"), NULL, NULL, NULL, NULL, to));
    BAD_TEXT("request", cardwire_batch_start(client, p, n, NULL, NULL, NULL, OUT(cardwire_batch), to));
    REFUSED("request", cardwire_batch_start(client, REQUEST("[]"), NULL, NULL, NULL, OUT(cardwire_batch), to));
    REFUSED("operation", cardwire_batch_start(client, REQUEST("{}"), NULL, NULL, NULL, OUT(cardwire_batch), to));
    REFUSED("operation", cardwire_batch_start(client, REQUEST(PHOTO_REQUEST), NULL, NULL, NULL, OUT(cardwire_batch), to));

    BAD_BYTES("image", uint8_t, cardwire_batch_put_image(photos, p, n, NULL, to));
    BAD_BYTES("image", char, cardwire_batch_put_file(photos, p, n, NULL, to));
    BAD_TEXT("image", cardwire_batch_put_url(photos, p, n, NULL, to));
    FOR_BAD(handle, OPTIONS, cardwire_options, 1) {
        REFUSED("options", cardwire_batch_put_image(photos, photo, photo_len, handle, to));
        REFUSED("options", cardwire_batch_put_file(photos, "a", 1, handle, to));
        REFUSED("options", cardwire_batch_put_url(photos, "a", 1, handle, to));
        REFUSED("options", cardwire_batch_put_cardholder(photos, holder, handle, to));
    }
    FOR_BAD(handle, CARDHOLDER, cardwire_cardholder, 0)
        REFUSED("cardholder", cardwire_batch_put_cardholder(photos, handle, NULL, to));
    BAD_TEXT("request", cardwire_batch_put(photos, p, n, photo, photo_len, to));
    BAD_BYTES("image", uint8_t, cardwire_batch_put(photos, REQUEST(PHOTO_REQUEST), p, n, to));
    REFUSED("operation", cardwire_batch_put(photos, REQUEST("{\"operation\":\"fetch_order\",\"order_id\":\"a1\"}"), NULL, 0, to));
    /* Of the other kind. */
    REFUSED("batch", cardwire_batch_put_cardholder(photos, holder, NULL, to));
    REFUSED("batch", cardwire_batch_put(photos, REQUEST(HOLDER_REQUEST), NULL, 0, to));
    REFUSED("batch", cardwire_batch_take_verification(photos, &index, OUT(cardwire_verification), to));

    /* Nothing was asked for, and no result is there. */
    REFUSED("batch", cardwire_batch_put_image(photos, photo, photo_len, NULL, to));
    REFUSED("batch", cardwire_batch_put(photos, REQUEST(PHOTO_REQUEST), photo, photo_len, to));
    index = 7;
    REFUSED("batch", cardwire_batch_refuse(photos, &index, to));
    CHECK(index == SIZE_MAX);
    index = 7;
    REFUSED("batch", cardwire_batch_take_recognition(photos, &index, OUT(cardwire_recognition), to));
    CHECK(index == SIZE_MAX);
    index = 7;
    REFUSED("batch", cardwire_batch_take(photos, &index, no_document, NULL, to));
    CHECK(index == SIZE_MAX);
    REFUSED("index", cardwire_batch_refuse(photos, NULL, to));
    REFUSED("index", cardwire_batch_take_recognition(photos, NULL, OUT(cardwire_recognition), to));
    REFUSED("index", cardwire_batch_take(photos, NULL, no_document, NULL, to));
    REFUSED("recognition", cardwire_batch_take_recognition(photos, &index, NULL, to));
    REFUSED("verification", cardwire_batch_take_verification(photos, &index, NULL, to));
    REFUSED("callback", cardwire_batch_take(photos, &index, NULL, NULL, to));
}

/* A result that was refused its place is still there. */
static void nothing_is_lost(void) {
    cardwire_batch *batch;
    size_t index;
    cardwire_verification *none;
    CHECK_IS(cardwire_verify_many(client, NULL, 1, NULL, NULL, &batch, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_batch_next(batch, INT64_MIN), CARDWIRE_BATCH_INPUT);
    REFUSED("batch", cardwire_batch_put_image(batch, photo, photo_len, NULL, to));
    REFUSED("batch", cardwire_batch_put_file(batch, "a", 1, NULL, to));
    REFUSED("batch", cardwire_batch_put_url(batch, "a", 1, NULL, to));
    REFUSED("batch", cardwire_batch_put(batch, REQUEST(PHOTO_REQUEST), photo, photo_len, to));
    REFUSED("batch", cardwire_batch_take_recognition(batch, &index, OUT(cardwire_recognition), to));
    CHECK_IS(cardwire_batch_put(batch, REQUEST("{\"operation\":\"verify\",\"card_number\":\"1\",\"name\":\"n\"}"), NULL, 0, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_batch_next(batch, INT64_MAX), CARDWIRE_BATCH_RESULT);
    REFUSED("verification", cardwire_batch_take_verification(batch, &index, NULL, to));
    REFUSED("index", cardwire_batch_take_verification(batch, NULL, OUT(cardwire_verification), to));
    REFUSED("callback", cardwire_batch_take(batch, &index, NULL, NULL, to));
    CHECK_IS(cardwire_batch_take_verification(batch, &index, &none, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK(none == NULL && index == 0);
    CHECK_TEXT(cardwire_error_argument(error), "card_number");
    cardwire_error_free(error);
    cardwire_batch_free(batch);
}

void batches(void) {
    handles();
    values_of_batches(live[BATCH]);
    nothing_is_lost();
}
