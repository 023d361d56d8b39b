/* Packed results say what the accessors say. */
#define _POSIX_C_SOURCE 200809L
#include <cardwire.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

static cardwire_client *client;

/* What is yet to be read of a packed result. */
static const uint8_t *numbers, *lengths, *texts, *numbers_end, *lengths_end, *end;

static int64_t word(const uint8_t **at) {
    int64_t word;
    memcpy(&word, *at, sizeof word);
    *at += sizeof word;
    return word;
}

static void begin(const uint8_t *packed, size_t length) {
    const uint8_t *counts = packed;
    CHECK(packed != NULL && length > 16);
    end = packed + length;
    int64_t count = word(&counts);
    numbers = counts;
    counts = numbers_end = numbers + count * 8;
    count = word(&counts);
    lengths = counts;
    texts = lengths_end = lengths + count * 8;
}

static int64_t number(void) { return word(&numbers); }

static void same_text(const char *wanted) {
    int64_t length = word(&lengths);
    CHECK_IS(length, wanted ? (int64_t)strlen(wanted) : -1);
    if (length < 0) return;
    CHECK(wanted && !memcmp(texts, wanted, (size_t)length));
    texts += length;
}

static int32_t status_named(const char *name) {
    for (int32_t status = 0; status < 100; status++)
        if (check_same(cardwire_status_name(status), name)) return status;
    return -1;
}

/* The facts, and that nothing comes behind them. */
#define CHECK_FACTS(object, value)                                                                 \
    do {                                                                                           \
        same_text(cardwire_call_facts_vendor(cardwire_##object##_facts(value)));                                              \
        same_text(cardwire_call_facts_account(cardwire_##object##_facts(value)));                                             \
        same_text(cardwire_call_facts_order_id(cardwire_##object##_facts(value)));                                            \
        same_text(cardwire_call_facts_request_id(cardwire_##object##_facts(value)));                                          \
        same_text(cardwire_call_facts_gateway_request_id(cardwire_##object##_facts(value)));                                  \
        same_text(cardwire_call_facts_transaction_time(cardwire_##object##_facts(value)));                                    \
        CHECK_IS(number(), cardwire_call_facts_sent(cardwire_##object##_facts(value)));                                       \
        CHECK_IS(number(), cardwire_call_facts_billed(cardwire_##object##_facts(value)));                                     \
        size_t attempts = cardwire_call_facts_attempt_count(cardwire_##object##_facts(value));                                \
        CHECK_IS(number(), attempts);                                                              \
        for (size_t at = 0; at < attempts; at++) {                                                 \
            same_text(cardwire_call_facts_attempt_vendor(cardwire_##object##_facts(value), at));                              \
            same_text(cardwire_call_facts_attempt_account(cardwire_##object##_facts(value), at));                             \
            same_text(cardwire_call_facts_attempt_vendor_code(cardwire_##object##_facts(value), at));                         \
            same_text(cardwire_call_facts_attempt_order_id(cardwire_##object##_facts(value), at));                            \
            CHECK_IS(number(), status_named(cardwire_call_facts_attempt_outcome(cardwire_##object##_facts(value), at)));      \
            CHECK_IS(number(), cardwire_call_facts_attempt_sent(cardwire_##object##_facts(value), at));                       \
            CHECK_IS(number(), cardwire_call_facts_attempt_billed(cardwire_##object##_facts(value), at));                     \
            CHECK_IS(number(), cardwire_call_facts_attempt_milliseconds(cardwire_##object##_facts(value), at));               \
        }                                                                                          \
        CHECK(numbers == numbers_end && lengths == lengths_end && texts == end);                   \
    } while (0)

#define CHECK_READING(object, value)                                                               \
    do {                                                                                           \
        CHECK_IS(number(), cardwire_##object##_valid_thru_year(value));                            \
        CHECK_IS(number(), cardwire_##object##_valid_thru_month(value));                           \
        CHECK_IS(number(), cardwire_##object##_clarity(value));                                    \
        same_text(cardwire_##object##_valid_thru_printed(value));                                  \
        size_t warnings = cardwire_##object##_warning_count(value);                                \
        CHECK_IS(number(), warnings);                                                              \
        for (size_t at = 0; at < warnings; at++) {                                                 \
            CHECK_IS(number(), cardwire_##object##_warning_kind(value, at));                       \
            same_text(cardwire_##object##_warning_code(value, at));                                \
        }                                                                                          \
    } while (0)

static cardwire_options *only(const char *vendor, const char *order_id) {
    cardwire_options *options;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, vendor, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_order_id_z(options, order_id, NULL), CARDWIRE_OK);
    return options;
}

static void recognitions(void) {
    static const char *const vendors[] = {"tencent_kyc", "wechat", "aliyun_bankocr"};
    size_t length;
    uint8_t *photo = sandbox_photo("boc-prepaid-glare.jpg", &length);
    for (int i = 0; i < 3; i++) {
        cardwire_recognition *read;
        cardwire_options *options = only(vendors[i], "packed0001");
        CHECK_IS(cardwire_recognize(client, photo, length, options, &read, NULL), CARDWIRE_OK);
        begin(cardwire_recognition_packed(read), cardwire_recognition_packed_len(read));
        CHECK_IS(number(), cardwire_recognition_card_kind(read));
        same_text(cardwire_recognition_card_number(read));
        same_text(cardwire_recognition_issuer(read));
        same_text(cardwire_recognition_card_name(read));
        CHECK_READING(recognition, read);
        CHECK_FACTS(recognition, read);
        cardwire_recognition_free(read);
        CHECK(cardwire_recognition_packed(read) == NULL);
        CHECK_IS(cardwire_recognition_packed_len(read), 0);
        cardwire_options_free(options);
    }
    free(photo);
}

static void orders(void) {
    cardwire_order *order;
    CHECK_IS(cardwire_fetch_order_z(client, "packed0001", NULL, &order, NULL), CARDWIRE_OK);
    begin(cardwire_order_packed(order), cardwire_order_packed_len(order));
    same_text(cardwire_order_card_number(order));
    CHECK_READING(order, order);
    same_text(cardwire_order_operated_at(order));
    CHECK_FACTS(order, order);
    cardwire_order_free(order);
}

static void verifications(void) {
    static const char *const names[] = {"张三", "李四"};
    for (int i = 0; i < 2; i++) {
        cardwire_verification *verified;
        CHECK_IS(cardwire_verify_z(client, "6222020000000000000", names[i], "110101190001010014", NULL, &verified, NULL),
                 CARDWIRE_OK);
        begin(cardwire_verification_packed(verified), cardwire_verification_packed_len(verified));
        CHECK_IS(number(), cardwire_verification_outcome(verified));
        CHECK_IS(number(), cardwire_verification_reason(verified));
        same_text(cardwire_verification_vendor_code(verified));
        same_text(cardwire_verification_description(verified));
        CHECK_FACTS(verification, verified);
        cardwire_verification_free(verified);
    }
}

static void lookups(void) {
    static const char *const numbers_asked[] = {"6222020000000000000", "6228480000000000000"};
    for (int i = 0; i < 2; i++) {
        cardwire_card_lookup *lookup;
        CHECK_IS(cardwire_lookup_card_z(client, numbers_asked[i], NULL, &lookup, NULL), CARDWIRE_OK);
        begin(cardwire_card_lookup_packed(lookup), cardwire_card_lookup_packed_len(lookup));
        CHECK_IS(number(), cardwire_card_lookup_found(lookup));
        CHECK_IS(number(), cardwire_card_lookup_reason(lookup));
        CHECK_IS(number(), cardwire_card_lookup_card_kind(lookup));
        same_text(cardwire_card_lookup_issuer(lookup));
        same_text(cardwire_card_lookup_vendor_code(lookup));
        same_text(cardwire_card_lookup_description(lookup));
        CHECK_FACTS(card_lookup, lookup);
        cardwire_card_lookup_free(lookup);
    }
}

static void check_error(cardwire_error *error) {
    begin(cardwire_error_packed(error), cardwire_error_packed_len(error));
    CHECK_IS(number(), cardwire_error_status(error));
    CHECK_IS(number(), cardwire_error_http_status(error));
    CHECK_IS(number(), cardwire_error_retryable(error));
    CHECK_IS(number(), cardwire_error_retry_after_ms(error));
    CHECK_IS(number(), cardwire_error_os_error(error));
    CHECK_IS(number(), cardwire_error_cause_port(error));
    CHECK_IS(number(), cardwire_error_cause_os_error(error));
    same_text(cardwire_error_argument(error));
    same_text(cardwire_error_vendor_code(error));
    same_text(cardwire_error_vendor_message(error));
    same_text(cardwire_error_path(error));
    same_text(cardwire_error_cause_step(error));
    same_text(cardwire_error_cause_host(error));
    same_text(cardwire_error_cause_reason(error));
    CHECK_FACTS(error, error);
    cardwire_error_free(error);
}

static void errors(void) {
    cardwire_error *error;
    cardwire_card_lookup *lookup;
    cardwire_recognition *read;
    cardwire_options *options = only("aliyun_bankocr", "packed0002");
    sandbox_post("/script", "{\"vendor\":\"aliyun_bankocr\",\"operation\":\"recognize\",\"do\":{\"code\":\"B403MQ\"}}");
    CHECK_IS(cardwire_recognize_url_z(client, "https://cards.example/1.jpg", options, &read, &error),
             CARDWIRE_QUOTA_EXHAUSTED);
    CHECK_IS(cardwire_call_facts_attempt_count(cardwire_error_facts(error)), 1);
    cardwire_options_free(options);
    check_error(error);
    CHECK_IS(cardwire_lookup_card_z(client, "1", NULL, &lookup, &error), CARDWIRE_INVALID_ARGUMENT);
    check_error(error);
    CHECK_IS(cardwire_lookup_card(client, NULL, 0, NULL, &lookup, &error), CARDWIRE_INVALID_ARGUMENT);
    check_error(error);
}

int main(void) {
    sandbox_start();
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &client, NULL), CARDWIRE_OK);
    recognitions();
    orders();
    verifications();
    lookups();
    errors();
    cardwire_client_free(client);
    return checks_end();
}
