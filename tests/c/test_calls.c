/* Blocking calls and every accessor of what they give. */
#include <cardwire.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

static cardwire_client *client;
static uint8_t *photo;
static size_t photo_len;

static int starts_with(const char *text, const char *start) {
    return text && !strncmp(text, start, strlen(start));
}

static cardwire_options *only(const char *vendors) {
    cardwire_options *options;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_vendors_z(options, vendors, NULL), CARDWIRE_OK);
    return options;
}

/* One attempt that went well. */
#define CHECK_FACTS(object, value, vendor_name, billed_)                                           \
    do {                                                                                           \
        const cardwire_call_facts *facts = cardwire_##object##_facts(value);                       \
        CHECK_TEXT(cardwire_call_facts_vendor(facts), vendor_name);                                \
        CHECK_TEXT(cardwire_call_facts_account(facts), vendor_name);                               \
        CHECK_IS(cardwire_call_facts_sent(facts), CARDWIRE_SENT_YES);                              \
        CHECK_IS(cardwire_call_facts_billed(facts), billed_);                                      \
        CHECK_IS(cardwire_call_facts_attempt_count(facts), 1);                                     \
        CHECK_TEXT(cardwire_call_facts_attempt_vendor(facts, 0), vendor_name);                     \
        CHECK_TEXT(cardwire_call_facts_attempt_account(facts, 0), vendor_name);                    \
        CHECK_TEXT(cardwire_call_facts_attempt_outcome(facts, 0), "ok");                           \
        CHECK_TEXT(cardwire_call_facts_attempt_vendor_code(facts, 0), NULL);                       \
        CHECK_IS(cardwire_call_facts_attempt_sent(facts, 0), CARDWIRE_SENT_YES);                   \
        CHECK(cardwire_call_facts_attempt_milliseconds(facts, 0) < 10000);                         \
        CHECK_IS(cardwire_##object##_json_len(value), strlen(cardwire_##object##_json(value)));    \
        CHECK(strstr(cardwire_##object##_json(value), "\"account\":\"" vendor_name "\"") != NULL); \
    } while (0)

/* APP1 with the EXIF orientation 6: the photo is shown a quarter turn on. */
static const uint8_t ON_ITS_SIDE[] = {0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'I', 'I', '*', 0, 8, 0, 0, 0,
                                      1,    0,    0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0};

static void fitted_photos(void) {
    size_t length;
    uint8_t *photo = sandbox_photo("icbc-debit.jpg", &length);
    uint8_t *turned = malloc(length + sizeof ON_ITS_SIDE);
    CHECK(turned != NULL);
    memcpy(turned, photo, 2);
    memcpy(turned + 2, ON_ITS_SIDE, sizeof ON_ITS_SIDE);
    memcpy(turned + 2 + sizeof ON_ITS_SIDE, photo + 2, length - 2);
    cardwire_options *options = only("wechat");
    cardwire_recognition *read;
    CHECK_IS(cardwire_recognize(client, turned, length + sizeof ON_ITS_SIDE, options, &read, NULL), CARDWIRE_OK);
    const cardwire_call_facts *facts = cardwire_recognition_facts(read);
    CHECK_IS(cardwire_call_facts_image_fitted_bytes_before(facts), length + sizeof ON_ITS_SIDE);
    CHECK(cardwire_call_facts_image_fitted_bytes_after(facts) > 10000);
    CHECK_IS(cardwire_call_facts_image_fitted_width_before(facts), 1200);
    CHECK_IS(cardwire_call_facts_image_fitted_height_before(facts), 760);
    CHECK_IS(cardwire_call_facts_image_fitted_width_after(facts), 760);
    CHECK_IS(cardwire_call_facts_image_fitted_height_after(facts), 1200);
    cardwire_recognition_free(read);
    CHECK_IS(cardwire_recognize(client, photo, length, options, &read, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_call_facts_image_fitted_bytes_before(cardwire_recognition_facts(read)), 0);
    cardwire_recognition_free(read);
    cardwire_options_free(options);
    free(turned);
    free(photo);
}

static void recognitions(void) {
    cardwire_recognition *read;
    cardwire_error *error = (cardwire_error *)(uintptr_t)1;
    size_t length;
    uint8_t *glare = sandbox_photo("boc-prepaid-glare.jpg", &length);
    cardwire_options *options = only("tencent_kyc");
    CHECK_IS(cardwire_options_set_order_id_z(options, "calls0001", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_user_id_z(options, "user1", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(client, glare, length, options, &read, &error), CARDWIRE_OK);
    CHECK(error == NULL);
    CHECK_FACTS(recognition, read, "tencent_kyc", CARDWIRE_BILLED_YES);
    CHECK_TEXT(cardwire_call_facts_order_id(cardwire_recognition_facts(read)), "calls0001");
    CHECK(cardwire_call_facts_request_id(cardwire_recognition_facts(read)) != NULL);
    const char *answered = cardwire_call_facts_transaction_time(cardwire_recognition_facts(read));
    CHECK(answered && strlen(answered) == 14 && starts_with(answered, "20"));
    CHECK_TEXT(cardwire_call_facts_gateway_request_id(cardwire_recognition_facts(read)), NULL);
    CHECK_TEXT(cardwire_recognition_card_number(read), "6200400000000000006");
    CHECK_IS(cardwire_recognition_card_number_len(read), 19);
    CHECK_TEXT(cardwire_recognition_card_number_masked(read), "620040*********0006");
    /* The vendor says nothing of the issuer. */
    CHECK_TEXT(cardwire_recognition_issuer(read), "中国银行");
    CHECK_IS(cardwire_recognition_issuer_len(read), strlen("中国银行"));
    CHECK_IS(cardwire_recognition_issuer_source(read), CARDWIRE_ISSUER_SOURCE_TABLE);
    CHECK_IS(cardwire_recognition_card_kind(read), CARDWIRE_CARD_KIND_PREPAID);
    CHECK(cardwire_recognition_confidence(read) == -1.0);
    CHECK_IS(cardwire_recognition_corner_count(read), 0);
    CHECK_TEXT(cardwire_recognition_card_name(read), NULL);
    CHECK_IS(cardwire_recognition_card_name_len(read), 0);
    CHECK_IS(cardwire_recognition_clarity(read), 64);
    CHECK_IS(cardwire_recognition_warning_count(read), 1);
    CHECK_IS(cardwire_recognition_warning_kind(read, 0), CARDWIRE_WARNING_GLARE);
    CHECK_TEXT(cardwire_recognition_warning_code(read, 0), "-9112");
    int32_t year = cardwire_recognition_valid_thru_year(read), month = cardwire_recognition_valid_thru_month(read);
    char printed[20];
    snprintf(printed, sizeof printed, "%02d/%d", (int)month, (int)year);
    CHECK(year >= 2026 && month >= 1 && month <= 12);
    CHECK_TEXT(cardwire_recognition_valid_thru_printed(read), printed);
    const uint8_t *number = cardwire_recognition_number_photo(read);
    CHECK(cardwire_recognition_number_photo_len(read) > 500 && number && number[0] == 0xff && number[1] == 0xd8);
    const uint8_t *raw = cardwire_recognition_raw(read);
    CHECK(cardwire_recognition_raw_len(read) > 10 && raw && raw[0] == '{');
    cardwire_recognition_free(read);
    cardwire_options_free(options);
    free(glare);

    options = only("aliyun_bankocr");
    CHECK_IS(cardwire_recognize_file_z(client, sandbox_photo_path("icbc-debit.jpg"), options, &read, NULL), CARDWIRE_OK);
    CHECK_FACTS(recognition, read, "aliyun_bankocr", CARDWIRE_BILLED_YES);
    CHECK_TEXT(cardwire_recognition_card_number(read), "6222020000000000000");
    CHECK_TEXT(cardwire_recognition_issuer(read), "中国工商银行");
    CHECK_IS(cardwire_recognition_issuer_len(read), strlen("中国工商银行"));
    CHECK_IS(cardwire_recognition_issuer_source(read), CARDWIRE_ISSUER_SOURCE_VENDOR);
    CHECK_TEXT(cardwire_recognition_issuer_code(read), "ICBC");
    CHECK(starts_with(cardwire_recognition_card_name(read), "中国工商银行"));
    CHECK_IS(cardwire_recognition_card_name_len(read), strlen(cardwire_recognition_card_name(read)));
    CHECK_IS(cardwire_recognition_card_kind(read), CARDWIRE_CARD_KIND_DEBIT);
    CHECK_IS(cardwire_recognition_clarity(read), -1);
    CHECK_IS(cardwire_recognition_valid_thru_year(read), 0);
    CHECK_IS(cardwire_recognition_valid_thru_month(read), 0);
    CHECK_TEXT(cardwire_recognition_valid_thru_printed(read), NULL);
    CHECK_IS(cardwire_recognition_warning_count(read), 0);
    CHECK(cardwire_recognition_number_photo(read) == NULL);
    CHECK_IS(cardwire_recognition_number_photo_len(read), 0);
    CHECK_IS(strlen(cardwire_call_facts_order_id(cardwire_recognition_facts(read))), 32);
    cardwire_recognition_free(read);

    /* A list is tried in order, and an address goes to the first that takes one. */
    CHECK_IS(cardwire_options_set_vendors_z(options, "tencent_kyc, wechat", NULL), CARDWIRE_OK);
    const char *url = "https://cards.example/card/6228480000000000000.jpg";
    CHECK_IS(cardwire_recognize_url(client, url, strlen(url), options, &read, NULL), CARDWIRE_OK);
    CHECK_FACTS(recognition, read, "wechat", CARDWIRE_BILLED_YES);
    CHECK_TEXT(cardwire_recognition_card_number(read), "6228480000000000000");
    cardwire_recognition_free(read);
    CHECK_IS(cardwire_recognize_url_z(client, url, NULL, &read, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_call_facts_vendor(cardwire_recognition_facts(read)), "wechat");
    cardwire_recognition_free(read);
    cardwire_options_free(options);
}

static void verifications(void) {
    cardwire_verification *verified;
    CHECK_IS(cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", NULL, &verified, NULL), CARDWIRE_OK);
    CHECK_FACTS(verification, verified, "tencent_faceid", CARDWIRE_BILLED_YES);
    CHECK_IS(cardwire_verification_outcome(verified), CARDWIRE_OUTCOME_MATCH);
    CHECK_IS(cardwire_verification_reason(verified), 0);
    CHECK_TEXT(cardwire_verification_vendor_code(verified), "0");
    CHECK_TEXT(cardwire_verification_description(verified), "Authentication passed");
    CHECK_IS(cardwire_verification_description_len(verified), strlen("Authentication passed"));
    CHECK(cardwire_call_facts_request_id(cardwire_verification_facts(verified)) && cardwire_call_facts_order_id(cardwire_verification_facts(verified)));
    CHECK(cardwire_verification_raw(verified) && cardwire_verification_raw(verified)[0] == '{');
    CHECK(cardwire_verification_raw_len(verified) > 10);
    cardwire_verification_free(verified);

    cardwire_cardholder *holder;
    CHECK_IS(cardwire_cardholder_new_z("6222 0200 0000 0000 000", "李四", &holder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_id_number_z(holder, "110101190001010014", NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify(client, holder, NULL, &verified, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verification_outcome(verified), CARDWIRE_OUTCOME_MISMATCH);
    CHECK_IS(cardwire_verification_reason(verified), CARDWIRE_REASON_CARDHOLDER_MISMATCH);
    CHECK_TEXT(cardwire_verification_vendor_code(verified), "-1");
    cardwire_verification_free(verified);
    cardwire_options *options = only("aliyun_yhkr");
    CHECK_IS(cardwire_verify(client, holder, options, &verified, NULL), CARDWIRE_OK);
    CHECK_FACTS(verification, verified, "aliyun_yhkr", CARDWIRE_BILLED_YES);
    CHECK_IS(cardwire_verification_outcome(verified), CARDWIRE_OUTCOME_MISMATCH);
    cardwire_verification_free(verified);
    cardwire_cardholder_free(holder);

    /* Four elements. */
    CHECK_IS(cardwire_cardholder_new("6222020000000000000", 19, "张三", strlen("张三"), &holder, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_id_number(holder, "110101190001010014", 18, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cardholder_set_phone(holder, "13800000000", 11, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verify(client, holder, NULL, &verified, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verification_outcome(verified), CARDWIRE_OUTCOME_MATCH);
    cardwire_verification_free(verified);
    cardwire_cardholder_free(holder);

    /* No record of a card with another prefix: it says nothing about whose it is. */
    CHECK_IS(cardwire_verify_z(client, "6228480000000000000", "张三", "110101190001010014", options, &verified, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_verification_outcome(verified), CARDWIRE_OUTCOME_INCONCLUSIVE);
    CHECK_IS(cardwire_verification_reason(verified), CARDWIRE_REASON_NO_RECORD);
    cardwire_verification_free(verified);
    cardwire_options_free(options);
}

static void lookups(void) {
    cardwire_card_lookup *lookup;
    CHECK_IS(cardwire_lookup_card_z(client, "6222020000000000000", NULL, &lookup, NULL), CARDWIRE_OK);
    CHECK_FACTS(card_lookup, lookup, "tencent_faceid", CARDWIRE_BILLED_YES);
    CHECK_IS(cardwire_card_lookup_found(lookup), 1);
    CHECK_IS(cardwire_card_lookup_reason(lookup), 0);
    CHECK_TEXT(cardwire_card_lookup_issuer(lookup), "中国工商银行");
    CHECK_IS(cardwire_card_lookup_issuer_len(lookup), strlen("中国工商银行"));
    CHECK_IS(cardwire_card_lookup_card_kind(lookup), CARDWIRE_CARD_KIND_DEBIT);
    CHECK_TEXT(cardwire_card_lookup_vendor_code(lookup), "0");
    CHECK_TEXT(cardwire_card_lookup_description(lookup), "Query succeeded");
    CHECK_IS(cardwire_card_lookup_description_len(lookup), strlen("Query succeeded"));
    CHECK(cardwire_call_facts_order_id(cardwire_card_lookup_facts(lookup)) && cardwire_call_facts_request_id(cardwire_card_lookup_facts(lookup)));
    CHECK(cardwire_card_lookup_raw(lookup) && cardwire_card_lookup_raw_len(lookup) > 10);
    cardwire_card_lookup_free(lookup);
    CHECK_IS(cardwire_lookup_card(client, "6228480000000000000", 19, NULL, &lookup, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_card_lookup_found(lookup), 0);
    CHECK_IS(cardwire_card_lookup_reason(lookup), CARDWIRE_LOOKUP_REASON_NO_RECORD);
    CHECK_TEXT(cardwire_card_lookup_issuer(lookup), NULL);
    cardwire_card_lookup_free(lookup);
}

static void orders(void) {
    cardwire_options *options = only("tencent_kyc");
    cardwire_recognition *read;
    cardwire_order *order;
    CHECK_IS(cardwire_options_set_order_id(options, "calls0002", 9, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(client, photo, photo_len, options, &read, NULL), CARDWIRE_OK);
    cardwire_recognition_free(read);
    CHECK_IS(cardwire_fetch_order(client, "calls0002", 9, NULL, &order, NULL), CARDWIRE_OK);
    CHECK_FACTS(order, order, "tencent_kyc", CARDWIRE_BILLED_NO);
    CHECK_TEXT(cardwire_call_facts_order_id(cardwire_order_facts(order)), "calls0002");
    (void)cardwire_call_facts_request_id(cardwire_order_facts(order));
    CHECK_TEXT(cardwire_order_card_number(order), "6222020000000000000");
    CHECK_IS(cardwire_order_card_number_len(order), 19);
    CHECK_TEXT(cardwire_order_card_number_masked(order), "622202*********0000");
    CHECK_IS(cardwire_order_valid_thru_year(order), 2030);
    CHECK_IS(cardwire_order_valid_thru_month(order), 12);
    CHECK_TEXT(cardwire_order_valid_thru_printed(order), "12/2030");
    CHECK(cardwire_order_clarity(order) == -1 || cardwire_order_clarity(order) == 92);
    CHECK_IS(cardwire_order_warning_count(order), 0);
    CHECK(cardwire_order_operated_at(order) == NULL || *cardwire_order_operated_at(order));
    CHECK_IS(cardwire_order_original_photo_len(order), photo_len);
    CHECK(!memcmp(cardwire_order_original_photo(order), photo, photo_len));
    CHECK(cardwire_order_card_photo_len(order) > 500 && cardwire_order_card_photo(order)[0] == 0xff);
    CHECK(cardwire_order_number_photo_len(order) > 500 && cardwire_order_number_photo(order)[0] == 0xff);
    CHECK(cardwire_order_raw_len(order) > 10 && cardwire_order_raw(order)[0] == '{');
    cardwire_order_free(order);
    cardwire_options_free(options);
}

static void errors(void) {
    cardwire_recognition *read = (cardwire_recognition *)(uintptr_t)1;
    cardwire_error *error;
    cardwire_options *options = only("aliyun_bankocr");
    const char *url = "https://cards.example/answer/B403MQ.jpg";
    sandbox_post("/script", "{\"vendor\":\"aliyun_bankocr\",\"operation\":\"recognize\",\"do\":{\"code\":\"B403MQ\"}}");
    CHECK_IS(cardwire_recognize_url_z(client, url, options, &read, &error), CARDWIRE_QUOTA_EXHAUSTED);
    CHECK(read == NULL);
    CHECK_IS(cardwire_error_status(error), CARDWIRE_QUOTA_EXHAUSTED);
    const cardwire_call_facts *facts = cardwire_error_facts(error);
    CHECK_TEXT(cardwire_call_facts_vendor(facts), "aliyun_bankocr");
    CHECK_TEXT(cardwire_call_facts_account(facts), "aliyun_bankocr");
    CHECK_TEXT(cardwire_error_vendor_code(error), "B403MQ");
    CHECK_TEXT(cardwire_error_argument(error), NULL);
    CHECK_IS(cardwire_error_http_status(error), 403);
    CHECK_IS(cardwire_call_facts_sent(facts), CARDWIRE_SENT_YES);
    CHECK_IS(cardwire_call_facts_billed(facts), CARDWIRE_BILLED_NO);
    CHECK_IS(cardwire_error_retryable(error), 0);
    CHECK_IS(cardwire_error_retry_after_ms(error), -1);
    CHECK_IS(strlen(cardwire_call_facts_order_id(facts)), 32);
    CHECK(cardwire_call_facts_request_id(facts) != NULL);
    CHECK_TEXT(cardwire_call_facts_gateway_request_id(facts), cardwire_call_facts_request_id(facts));
    CHECK_TEXT(cardwire_call_facts_transaction_time(facts), NULL);
    CHECK_IS(cardwire_call_facts_attempt_count(facts), 1);
    CHECK_TEXT(cardwire_call_facts_attempt_vendor(facts, 0), "aliyun_bankocr");
    CHECK_TEXT(cardwire_call_facts_attempt_account(facts, 0), "aliyun_bankocr");
    CHECK_TEXT(cardwire_call_facts_attempt_outcome(facts, 0), "quota_exhausted");
    CHECK_TEXT(cardwire_call_facts_attempt_vendor_code(facts, 0), "B403MQ");
    CHECK_IS(cardwire_call_facts_attempt_sent(facts, 0), CARDWIRE_SENT_YES);
    CHECK(cardwire_call_facts_attempt_milliseconds(facts, 0) < 10000);
    CHECK_IS(cardwire_error_message_len(error), strlen(cardwire_error_message(error)));
    CHECK(starts_with(cardwire_error_text(error), "quota_exhausted: "));
    CHECK(strstr(cardwire_error_text(error), cardwire_error_message(error)) != NULL);
    CHECK_IS(cardwire_error_json_len(error), strlen(cardwire_error_json(error)));
    CHECK(strstr(cardwire_error_json(error), "\"kind\":\"quota_exhausted\"") != NULL);
    (void)cardwire_error_vendor_message(error);
    CHECK(cardwire_error_facts(error) == facts);
    cardwire_error_free(error);
    /* They end with their error. */
    CHECK_IS(cardwire_call_facts_sent(facts), 0);
    /* The caller may not want to know. */
    sandbox_post("/script", "{\"vendor\":\"aliyun_bankocr\",\"operation\":\"recognize\",\"do\":{\"code\":\"B403MQ\"}}");
    CHECK_IS(cardwire_recognize_url_z(client, url, options, &read, NULL), CARDWIRE_QUOTA_EXHAUSTED);
    cardwire_options_free(options);
    cardwire_client *none;
    CHECK_IS(cardwire_client_new_z("{\"vendors\":[{\"vendor\":\"wechat\",\"app_idd\":\"x\"}]}", &none, &error), CARDWIRE_INVALID_CONFIG);
    CHECK(none == NULL && strstr(cardwire_error_message(error), "app_id") != NULL);
    facts = cardwire_error_facts(error);
    CHECK_TEXT(cardwire_call_facts_vendor(facts), NULL);
    CHECK_IS(cardwire_error_http_status(error), 0);
    CHECK_IS(cardwire_call_facts_sent(facts), CARDWIRE_SENT_NO);
    CHECK_IS(cardwire_call_facts_attempt_count(facts), 0);
    cardwire_error_free(error);
}

/* A port at which nobody listens. */
static void a_cause_has_its_step_and_its_address(void) {
    static const char config[] =
        "{\"vendors\":[{\"vendor\":\"aliyun_bankocr\",\"app_code\":\"c\",\"base_url\":\"http://127.0.0.1:1\"}]}";
    cardwire_client *nowhere;
    cardwire_recognition *read;
    cardwire_error *error;
    CHECK_IS(cardwire_client_new_z(config, &nowhere, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(nowhere, photo, photo_len, NULL, &read, &error), CARDWIRE_NETWORK);
    CHECK_TEXT(cardwire_error_cause_step(error), "connect");
    CHECK_TEXT(cardwire_error_cause_host(error), "127.0.0.1");
    CHECK_IS(cardwire_error_cause_port(error), 1);
    CHECK_IS(cardwire_error_cause_os_error(error), ECONNREFUSED);
    const char *reason = cardwire_error_cause_reason(error);
    CHECK(reason && strstr(reason, "refused") != NULL && strstr(cardwire_error_message(error), reason) != NULL);
    cardwire_error_free(error);
    cardwire_client_free(nowhere);
}

/* What one call in one piece was told. */
static struct { char document[4096], raw[4096]; int ends; cardwire_status status; } whole;

static void whole_end(const char *document, size_t document_len, const uint8_t *raw, size_t raw_len,
                      const cardwire_error *error, void *user_data) {
    CHECK(user_data == &whole && document_len < sizeof whole.document && raw_len < sizeof whole.raw);
    memcpy(whole.document, document, document_len), whole.document[document_len] = 0;
    if (raw) memcpy(whole.raw, raw, raw_len);
    whole.raw[raw_len] = 0;
    whole.status = cardwire_error_status(error);
    whole.ends++;
}

static void calls_in_one_piece(void) {
    const char *request = "{\"operation\":\"verify\",\"card_number\":\"6222020000000000000\",\"name\":\"张三\","
                          "\"id_number\":\"110101190001010014\",\"options\":{\"vendors\":\"tencent_faceid\",\"order_id\":\"whole0001\"}}";
    whole.ends = 0;
    cardwire_call_run(client, request, strlen(request), NULL, 0, NULL, whole_end, &whole);
    CHECK_IS(whole.ends, 1);
    CHECK_IS(whole.status, 0);
    CHECK(strstr(whole.document, "\"outcome\":\"match\"") && strstr(whole.document, "\"order_id\":\"whole0001\""));
    CHECK(strstr(whole.raw, "RequestId") != NULL);
    /* An error is told the same way. */
    request = "{\"operation\":\"recognize_url\",\"image\":\"https://cards.example/answer/B403MQ.jpg\",\"options\":{\"vendors\":\"aliyun_bankocr\"}}";
    sandbox_post("/script", "{\"vendor\":\"aliyun_bankocr\",\"operation\":\"recognize\",\"do\":{\"code\":\"B403MQ\"}}");
    cardwire_call_run(client, request, strlen(request), NULL, 0, NULL, whole_end, &whole);
    CHECK_IS(whole.ends, 2);
    CHECK_IS(whole.status, CARDWIRE_QUOTA_EXHAUSTED);
    CHECK(strstr(whole.document, "\"kind\":\"quota_exhausted\"") && strstr(whole.document, "\"billed\":\"no\""));
    CHECK_TEXT(whole.raw, "");
}

static void an_image_that_is_no_path(void) {
    static const char *const given[][2] = {
        {"HTTPS://cards.example/1.jpg", "image: expected the path of a file, found an http address"},
        {"data:image/jpeg;base64", "image: expected a data: address with a comma before its content, found none"},
        {"file://server/card.jpg", "image: expected a file: address of this machine, found another one"},
        {"s3://bucket/card.jpg", "image: expected the path of a file, found an address, and not of http or https"},
        {"/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw", "image: expected the path of a file, found base64 text"},
    };
    cardwire_recognition *read;
    cardwire_error *error;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        CHECK_IS(cardwire_recognize_file_z(client, given[i][0], NULL, &read, &error), CARDWIRE_INVALID_ARGUMENT);
        CHECK(starts_with(cardwire_error_message(error), given[i][1]));
        CHECK_TEXT(cardwire_error_path(error), NULL);
        CHECK_IS(cardwire_error_os_error(error), 0);
        cardwire_error_free(error);
    }
    CHECK_IS(cardwire_recognize_file_z(client, "/no/such/card.jpg", NULL, &read, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK(strstr(cardwire_error_message(error), "/no/such/card.jpg") != NULL);
    CHECK_TEXT(cardwire_error_path(error), "/no/such/card.jpg");
    CHECK_IS(cardwire_error_os_error(error), ENOENT);
    cardwire_error_free(error);
}

static void results_outlive_their_client(void) {
    cardwire_client *other;
    cardwire_recognition *read, *none;
    cardwire_error *error;
    CHECK_IS(cardwire_client_new_z(sandbox_config(), &other, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(other, photo, photo_len, NULL, &read, NULL), CARDWIRE_OK);
    const char *number = cardwire_recognition_card_number(read);
    CHECK_IS(cardwire_client_close(other, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_close(other, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(other, photo, photo_len, NULL, &none, &error), CARDWIRE_CLOSED);
    cardwire_client_free(other);
    cardwire_client_free(other);
    CHECK_TEXT(number, "6222020000000000000");
    CHECK(cardwire_recognition_card_number(read) == number);
    CHECK(cardwire_recognition_json_len(read) > 100);
    CHECK_IS(cardwire_error_status(error), CARDWIRE_CLOSED);
    cardwire_error_free(error);
    cardwire_recognition_free(read);
    CHECK_TEXT(cardwire_recognition_card_number(read), NULL);
    cardwire_recognition_free(read);
}

/* --- Providers. --- */

static struct {
    char *app_code;
    char reasons[40];
    int slow, left;
} provider;

/* What it gives first ends at once; what it gives then the vendor refuses. */
static void give_codes(cardwire_ask *ask, void *user_data) {
    CHECK(user_data == &provider);
    CHECK_TEXT(cardwire_ask_vendor(ask), "aliyun_bankocr");
    CHECK_TEXT(cardwire_ask_account(ask), "aliyun_bankocr");
    CHECK_IS(cardwire_ask_secret_count(ask), 1);
    CHECK_TEXT(cardwire_ask_secret(ask, 0), "app_code");
    int32_t reason = cardwire_ask_reason(ask);
    strcat(strcat(provider.reasons, cardwire_ask_reason_name(reason)), " ");
    if (provider.slow) sleep_ms(1500);
    const char *code = reason == CARDWIRE_ASK_EXPIRED ? "00000000000000000000000000000000" : provider.app_code;
    CHECK_IS(cardwire_ask_set_z(ask, "app_code", code, NULL), CARDWIRE_OK);
    if (reason == CARDWIRE_ASK_FIRST) CHECK_IS(cardwire_ask_set_expires_in_ms(ask, 0, NULL), CARDWIRE_OK);
    __atomic_store_n(&provider.left, 1, __ATOMIC_RELEASE);
    CHECK_IS(cardwire_ask_answer(ask, NULL), CARDWIRE_OK);
}

static cardwire_client *provided(void) {
    char *config = sandbox_config_provided("app_code", &provider.app_code);
    cardwire_client *asking;
    cardwire_providers *providers;
    CHECK_IS(cardwire_providers_new(&providers, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_providers_set_z(providers, "tokens", give_codes, &provider, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_client_new_with_providers(config, strlen(config), providers, NULL, NULL, &asking, NULL), CARDWIRE_OK);
    cardwire_providers_free(providers);
    free(config);
    return asking;
}

static void a_provider_is_told_why_it_is_asked(void) {
    sandbox_reset();
    cardwire_client *asking = provided();
    cardwire_options *options = only("aliyun_bankocr");
    const int attempts[] = {1, 2, 1};
    for (int call = 0; call < 3; call++) {
        cardwire_recognition *read;
        CHECK_IS(cardwire_recognize(asking, photo, photo_len, options, &read, NULL), CARDWIRE_OK);
        CHECK_IS(cardwire_call_facts_attempt_count(cardwire_recognition_facts(read)), attempts[call]);
        cardwire_recognition_free(read);
    }
    CHECK_TEXT(provider.reasons, "first expired refused ");
    cardwire_options_free(options);
    cardwire_client_free(asking);
    free(provider.app_code);
}

static void a_slow_provider_is_bounded_by_the_deadline(void) {
    memset(&provider, 0, sizeof provider);
    provider.slow = 1;
    cardwire_client *asking = provided();
    cardwire_options *options = only("aliyun_bankocr");
    cardwire_recognition *read;
    cardwire_error *error;
    CHECK_IS(cardwire_options_set_timeout_ms(options, 100, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_recognize(asking, photo, photo_len, options, &read, &error), CARDWIRE_TIMEOUT);
    CHECK(read == NULL && !__atomic_load_n(&provider.left, __ATOMIC_ACQUIRE));
    const cardwire_call_facts *facts = cardwire_error_facts(error);
    CHECK_IS(cardwire_call_facts_sent(facts), CARDWIRE_SENT_NO);
    CHECK_IS(cardwire_call_facts_billed(facts), CARDWIRE_BILLED_NO);
    CHECK_IS(cardwire_call_facts_attempt_count(facts), 0);
    cardwire_error_free(error);
    /* Waits for the provider. */
    cardwire_client_free(asking);
    CHECK_TEXT(provider.reasons, "first ");
    CHECK(provider.left);
    cardwire_options_free(options);
    free(provider.app_code);
}

int main(void) {
    sandbox_start();
    cardwire_error *error;
    if (cardwire_client_new_z(sandbox_config(), &client, &error)) printf("%s\n", cardwire_error_text(error));
    photo = sandbox_photo("icbc-debit.jpg", &photo_len);
    fitted_photos();
    recognitions();
    verifications();
    lookups();
    orders();
    errors();
    calls_in_one_piece();
    a_cause_has_its_step_and_its_address();
    an_image_that_is_no_path();
    results_outlive_their_client();
    a_provider_is_told_why_it_is_asked();
    a_slow_provider_is_bounded_by_the_deadline();
    cardwire_client_free(client);
    free(photo);
    return checks_end();
}
