/* Accessors of what is not there, and numbers without a name. */
#include "bad_input.h"

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

/* The same of a block of an account. */
#define ABSENT_BLOCK(field, absent)                                                                \
    do {                                                                                           \
        cover("cardwire_account_health_block_" #field);                                            \
        for (size_t which = 0; which < BADS; which++)                                              \
            CHECK(cardwire_account_health_block_##field(bad(HEALTH, which), 0, 0) == absent);      \
        CHECK(cardwire_account_health_block_##field(live[HEALTH], 0, SIZE_MAX) == absent);         \
        CHECK(cardwire_account_health_block_##field(live[HEALTH], SIZE_MAX, 0) == absent);         \
    } while (0)

#define LENT(type, object, field)                                                                  \
    ABSENT(type, object, field, NULL);                                                             \
    ABSENT(type, object, field##_len, 0)

#define FACTS(type, object)                                                                        \
    LENT(type, object, json);                                                                      \
    ABSENT(type, object, facts, NULL)

void accessors(void) {
    FACTS(RECOGNITION, recognition);
    LENT(RECOGNITION, recognition, card_number);
    ABSENT(RECOGNITION, recognition, card_number_masked, NULL);
    ABSENT(RECOGNITION, recognition, confidence, -1.0);
    LENT(RECOGNITION, recognition, issuer);
    ABSENT(RECOGNITION, recognition, issuer_source, 0);
    ABSENT(RECOGNITION, recognition, issuer_code, NULL);
    LENT(RECOGNITION, recognition, card_name);
    ABSENT(RECOGNITION, recognition, card_kind, 0);
    ABSENT(RECOGNITION, recognition, valid_thru_year, 0);
    ABSENT(RECOGNITION, recognition, valid_thru_month, 0);
    ABSENT(RECOGNITION, recognition, valid_thru_printed, NULL);
    ABSENT(RECOGNITION, recognition, clarity, -1);
    ABSENT(RECOGNITION, recognition, corner_count, 0);
    ABSENT_AT(RECOGNITION, recognition, corner_x, 0);
    ABSENT_AT(RECOGNITION, recognition, corner_y, 0);
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

    LENT(ISSUER, issuer, json);
    ABSENT(ISSUER, issuer, name, NULL);
    ABSENT(ISSUER, issuer, code, NULL);
    ABSENT(ISSUER, issuer, card_kind, 0);

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
    ABSENT(ERROR_, error, path, NULL);
    ABSENT(ERROR_, error, os_error, 0);
    ABSENT(ERROR_, error, cause_step, NULL);
    ABSENT(ERROR_, error, cause_host, NULL);
    ABSENT(ERROR_, error, cause_port, 0);
    ABSENT(ERROR_, error, cause_reason, NULL);
    ABSENT(ERROR_, error, cause_os_error, 0);
    ABSENT(ERROR_, error, candidate_count, 0);
    ABSENT_AT(ERROR_, error, candidate_card_number, NULL);
    ABSENT_AT(ERROR_, error, candidate_card_number_masked, NULL);
    ABSENT_AT(ERROR_, error, candidate_confidence, -1.0);
    ABSENT(ERROR_, error, http_status, 0);
    ABSENT(ERROR_, error, retry_after_ms, -1);
    ABSENT(ERROR_, error, retryable, 0);

    ABSENT(CALL_FACTS, call_facts, vendor, NULL);
    ABSENT(CALL_FACTS, call_facts, account, NULL);
    ABSENT(CALL_FACTS, call_facts, order_id, NULL);
    ABSENT(CALL_FACTS, call_facts, request_id, NULL);
    ABSENT(CALL_FACTS, call_facts, gateway_request_id, NULL);
    ABSENT(CALL_FACTS, call_facts, transaction_time, NULL);
    ABSENT(CALL_FACTS, call_facts, image_fitted_bytes_before, 0);
    ABSENT(CALL_FACTS, call_facts, image_fitted_bytes_after, 0);
    ABSENT(CALL_FACTS, call_facts, image_fitted_width_before, 0);
    ABSENT(CALL_FACTS, call_facts, image_fitted_height_before, 0);
    ABSENT(CALL_FACTS, call_facts, image_fitted_width_after, 0);
    ABSENT(CALL_FACTS, call_facts, image_fitted_height_after, 0);
    ABSENT(CALL_FACTS, call_facts, sent, 0);
    ABSENT(CALL_FACTS, call_facts, billed, 0);
    ABSENT(CALL_FACTS, call_facts, attempt_count, 0);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_vendor, NULL);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_account, NULL);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_outcome, NULL);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_vendor_code, NULL);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_order_id, NULL);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_sent, 0);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_billed, 0);
    ABSENT_AT(CALL_FACTS, call_facts, attempt_milliseconds, 0);

    LENT(IMAGE_CHECK, image_check, json);
    ABSENT(IMAGE_CHECK, image_check, format, 0);
    ABSENT(IMAGE_CHECK, image_check, width, 0);
    ABSENT(IMAGE_CHECK, image_check, height, 0);
    ABSENT(IMAGE_CHECK, image_check, bytes, 0);
    ABSENT(IMAGE_CHECK, image_check, look, 0);
    ABSENT(IMAGE_CHECK, image_check, vendor_count, 0);
    ABSENT_AT(IMAGE_CHECK, image_check, vendor, NULL);
    ABSENT_AT(IMAGE_CHECK, image_check, accepted, 0);
    ABSENT_AT(IMAGE_CHECK, image_check, problem, NULL);

    LENT(ORDER_RECORD, order_record, json);
    ABSENT(ORDER_RECORD, order_record, order_id, NULL);
    ABSENT(ORDER_RECORD, order_record, reference, NULL);
    ABSENT(ORDER_RECORD, order_record, vendor, NULL);
    ABSENT(ORDER_RECORD, order_record, account, NULL);
    ABSENT(ORDER_RECORD, order_record, operation, 0);
    ABSENT(ORDER_RECORD, order_record, status, 0);
    ABSENT(ORDER_RECORD, order_record, sends, 0);
    ABSENT(ORDER_RECORD, order_record, created_ms, 0);
    ABSENT(ORDER_RECORD, order_record, changed_ms, 0);
    ABSENT(ORDER_RECORD, order_record, sent, 0);
    ABSENT(ORDER_RECORD, order_record, billed, 0);
    ABSENT(ORDER_RECORD, order_record, outcome, NULL);
    ABSENT(ORDER_RECORD, order_record, vendor_code, NULL);
    ABSENT(ORDER_RECORD, order_record, request_id, NULL);
    ABSENT(ORDER_RECORD, order_record, http_status, 0);
    ABSENT(ORDER_RECORD, order_record, late, 0);
    ABSENT(ORDER_RECORD, order_record, reconciled_ms, 0);
    LENT(ORDER_RECORD, order_record, note);

    LENT(ORDER_RECORDS, order_records, json);
    ABSENT(ORDER_RECORDS, order_records, count, 0);

    ABSENT(ASK, ask, vendor, NULL);
    ABSENT(ASK, ask, account, NULL);
    ABSENT(ASK, ask, reason, 0);
    ABSENT(ASK, ask, secret_count, 0);
    cover("cardwire_ask_secret");
    for (size_t which = 0; which < BADS; which++) CHECK(cardwire_ask_secret(bad(ASK, which), 0) == NULL);
    ABSENT(ERROR_, error, provider_cause, NULL);
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
    ABSENT(EVENT, event, state, NULL);
    ABSENT(EVENT, event, milliseconds, 0);
    ABSENT(EVENT, event, level, 0);
    ABSENT(EVENT, event, text, NULL);
    ABSENT(EVENT, event, call, 0);
    ABSENT(EVENT, event, context, 0);
    ABSENT(EVENT, event, attempts, 0);
    ABSENT(EVENT, event, server_address, NULL);
    ABSENT(EVENT, event, server_port, 0);
    ABSENT(EVENT, event, http_status, 0);
    ABSENT(EVENT, event, request_id, NULL);
    ABSENT(EVENT, event, gateway_request_id, NULL);
    ABSENT(EVENT, event, billed, 0);
    ABSENT(EVENT, event, reason, NULL);
    ABSENT(EVENT, event, quota_left, -1);
    ABSENT(EVENT, event, quota_limit, 0);
    ABSENT(EVENT, event, breaker_before, 0);
    ABSENT(EVENT, event, breaker_after, 0);

    LENT(HEALTH, account_health, json);
    ABSENT(HEALTH, account_health, count, 0);
    ABSENT_AT(HEALTH, account_health, account, NULL);
    ABSENT_AT(HEALTH, account_health, vendor, NULL);
    ABSENT_AT(HEALTH, account_health, breaker, 0);
    ABSENT_AT(HEALTH, account_health, breaker_until_ms, 0);
    ABSENT_AT(HEALTH, account_health, block_count, 0);
    ABSENT_AT(HEALTH, account_health, quota_left, -1);
    ABSENT_AT(HEALTH, account_health, quota_limit, 0);
    ABSENT_AT(HEALTH, account_health, requests_per_second, 0);
    ABSENT_AT(HEALTH, account_health, in_flight, 0);
    ABSENT_AT(HEALTH, account_health, token_since_ms, 0);
    ABSENT_AT(HEALTH, account_health, token_until_ms, 0);
    ABSENT_BLOCK(scope, 0);
    ABSENT_BLOCK(outcome, NULL);
    ABSENT_BLOCK(vendor_code, NULL);
    ABSENT_BLOCK(size, 0);
    ABSENT_BLOCK(until_ms, 0);

    ABSENT(CANCELLATION, cancellation, is_cancelled, 0);
}

#define NO_NAME(function)                                                                          \
    do {                                                                                           \
        cover(#function);                                                                          \
        const int32_t strangers[] = {0, -1, 1000, INT32_MAX, INT32_MIN};                           \
        for (size_t i = 0; i < 5; i++) CHECK(function(strangers[i]) == NULL);                      \
    } while (0)

void names(void) {
    NO_NAME(cardwire_sent_name);
    NO_NAME(cardwire_billed_name);
    NO_NAME(cardwire_card_kind_name);
    NO_NAME(cardwire_warning_kind_name);
    NO_NAME(cardwire_issuer_source_name);
    NO_NAME(cardwire_outcome_name);
    NO_NAME(cardwire_reason_name);
    NO_NAME(cardwire_lookup_reason_name);
    NO_NAME(cardwire_operation_name);
    NO_NAME(cardwire_level_name);
    NO_NAME(cardwire_breaker_state_name);
    NO_NAME(cardwire_block_scope_name);
    NO_NAME(cardwire_ask_reason_name);
    NO_NAME(cardwire_image_format_name);
    NO_NAME(cardwire_photo_look_name);
    NO_NAME(cardwire_order_status_name);
    NO_NAME(cardwire_status_advice);
    cover("cardwire_status_name");
    CHECK_TEXT(cardwire_status_name(CARDWIRE_OK), "ok");
    CHECK(cardwire_status_name(-1) == NULL && cardwire_status_name(INT32_MIN) == NULL);
    /* They take nothing. */
    cover("cardwire_version");
    cover("cardwire_version_number");
    cover("cardwire_image_limit");
    cover("cardwire_contract");
}
