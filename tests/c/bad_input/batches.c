/* Batches. */
#include "bad_input.h"

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
    BAD_TEXT("order_id", cardwire_batch_input_set_order_id(input, p, n, to));
    BAD_Z("order_id", cardwire_batch_input_set_order_id_z(input, p, to));
    BAD_TEXT("reference", cardwire_batch_input_set_reference(input, p, n, to));
    BAD_Z("reference", cardwire_batch_input_set_reference_z(input, p, to));
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

void batches(void) {
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
        REFUSED("input", cardwire_batch_input_set_order_id(handle, "a1", 2, to));
        REFUSED("input", cardwire_batch_input_set_order_id_z(handle, "a1", to));
        REFUSED("input", cardwire_batch_input_set_reference(handle, "a1", 2, to));
        REFUSED("input", cardwire_batch_input_set_reference_z(handle, "a1", to));
    }
    CHECK_IS(cardwire_recognize_many(c, NULL, 1, refuse_photo, no_result, NULL, NULL), CARDWIRE_OK);
    live[BATCH_INPUT] = NULL;
    CHECK_IS(cardwire_verify_many(c, NULL, 1, refuse_cardholder, no_verified, NULL, NULL), CARDWIRE_OK);
}
