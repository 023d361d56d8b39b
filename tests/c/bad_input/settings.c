/* Clients, options, cancellations and cardholders. */
#include "bad_input.h"

void clients(void) {
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

static void never(cardwire_ask *ask, void *user_data) {
    (void)user_data;
    CHECK(ask == NULL);
}

void providers(void) {
    const char *config = sandbox_config();
    size_t length = strlen(config);
    cardwire_providers *set = live[PROVIDERS];
    BAD_TEXT("config", cardwire_client_new_with_providers(p, n, set, NULL, NULL, OUT(cardwire_client), to));
    REFUSED("client", cardwire_client_new_with_providers(config, length, set, NULL, NULL, NULL, to));
    REFUSED("providers", cardwire_providers_new(NULL, to));
    FOR_BAD(handle, PROVIDERS, cardwire_providers, 0) {
        if (handle != NULL)
            REFUSED("providers", cardwire_client_new_with_providers(config, length, handle, NULL, NULL, OUT(cardwire_client), to));
        REFUSED("providers", cardwire_providers_set(handle, "a", 1, never, NULL, to));
        REFUSED("providers", cardwire_providers_set_z(handle, "a", never, NULL, to));
    }
    BAD_TEXT("name", cardwire_providers_set(set, p, n, never, NULL, to));
    BAD_Z("name", cardwire_providers_set_z(set, p, never, NULL, to));
    REFUSED("on_ask", cardwire_providers_set(set, "a", 1, NULL, NULL, to));
    FOR_BAD(handle, ASK, cardwire_ask, 0) {
        REFUSED("ask", cardwire_ask_set(handle, "a", 1, "b", 1, to));
        REFUSED("ask", cardwire_ask_set_z(handle, "a", "b", to));
        REFUSED("ask", cardwire_ask_set_expires_in_ms(handle, 1, to));
        REFUSED("ask", cardwire_ask_answer(handle, to));
        REFUSED("ask", cardwire_ask_fail(handle, NULL, NULL, to));
    }
}

void options_and_the_like(void) {
    cardwire_options *o = options;
    REFUSED("options", cardwire_options_new(NULL, to));
    REFUSED("cancellation", cardwire_cancellation_new(NULL, to));
    FOR_BAD(handle, OPTIONS, cardwire_options, 0) {
        REFUSED("options", cardwire_options_set_vendors(handle, "wechat", 6, to));
        REFUSED("options", cardwire_options_set_vendors_z(handle, "wechat", to));
        REFUSED("options", cardwire_options_set_order_id(handle, "a1", 2, to));
        REFUSED("options", cardwire_options_set_order_id_z(handle, "a1", to));
        REFUSED("options", cardwire_options_set_reference(handle, "a1", 2, to));
        REFUSED("options", cardwire_options_set_reference_z(handle, "a1", to));
        REFUSED("options", cardwire_options_set_skip_answered(handle, 1, to));
        REFUSED("options", cardwire_options_set_user_id(handle, "a1", 2, to));
        REFUSED("options", cardwire_options_set_user_id_z(handle, "a1", to));
        REFUSED("options", cardwire_options_set_timeout_ms(handle, 1, to));
        REFUSED("options", cardwire_options_set_context(handle, 1, to));
        REFUSED("options", cardwire_options_set_cancellation(handle, live[CANCELLATION], to));
    }
    BAD_TEXT("vendors", cardwire_options_set_vendors(o, p, n, to));
    BAD_Z("vendors", cardwire_options_set_vendors_z(o, p, to));
    BAD_TEXT("order_id", cardwire_options_set_order_id(o, p, n, to));
    BAD_Z("order_id", cardwire_options_set_order_id_z(o, p, to));
    BAD_TEXT("reference", cardwire_options_set_reference(o, p, n, to));
    BAD_Z("reference", cardwire_options_set_reference_z(o, p, to));
    BAD_TEXT("user_id", cardwire_options_set_user_id(o, p, n, to));
    BAD_Z("user_id", cardwire_options_set_user_id_z(o, p, to));
    REFUSED("timeout_ms", cardwire_options_set_timeout_ms(o, 86400001, to));
    REFUSED("timeout_ms", cardwire_options_set_timeout_ms(o, UINT64_MAX, to));
    const char *no_names[] = {"", " ", ",", "wechat,", ",wechat"};
    for (size_t i = 0; i < 5; i++) REFUSED("vendors", cardwire_options_set_vendors_z(o, no_names[i], to));
    FOR_BAD(handle, CANCELLATION, cardwire_cancellation, 0) {
        REFUSED("cancellation", cardwire_options_set_cancellation(o, handle, to));
        REFUSED("cancellation", cardwire_cancellation_cancel(handle, to));
    }
}

void cardholders(void) {
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
