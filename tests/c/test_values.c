/* Versions, numbers with their names, and the checks that need no vendor. */
#define _POSIX_C_SOURCE 200809L
#include <cardwire.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

static void versions(void) {
    char text[40];
    snprintf(text, sizeof text, "%d.%d.%d", CARDWIRE_VERSION_MAJOR, CARDWIRE_VERSION_MINOR, CARDWIRE_VERSION_PATCH);
    CHECK_TEXT(cardwire_version(), text);
    CHECK_IS(cardwire_version_number(), CARDWIRE_VERSION_NUMBER);
    CHECK_IS(cardwire_image_limit(), 64 * 1024 * 1024);
    CHECK_IS(cardwire_version_number(),
             CARDWIRE_VERSION_MAJOR * 1000000 + CARDWIRE_VERSION_MINOR * 1000 + CARDWIRE_VERSION_PATCH);
}

static void statuses(void) {
    static const struct { cardwire_status status; int number; const char *name; } kinds[] = {
        {CARDWIRE_INVALID_ARGUMENT, 1, "invalid_argument"}, {CARDWIRE_INVALID_CONFIG, 2, "invalid_config"},
        {CARDWIRE_UNSUPPORTED, 3, "unsupported"}, {CARDWIRE_UNAUTHENTICATED, 10, "unauthenticated"},
        {CARDWIRE_PERMISSION_DENIED, 11, "permission_denied"}, {CARDWIRE_QUOTA_EXHAUSTED, 12, "quota_exhausted"},
        {CARDWIRE_RATE_LIMITED, 13, "rate_limited"},
        {CARDWIRE_CREDENTIALS_UNAVAILABLE, 14, "credentials_unavailable"}, {CARDWIRE_IMAGE_REJECTED, 20, "image_rejected"},
        {CARDWIRE_CARD_NOT_FOUND, 21, "card_not_found"}, {CARDWIRE_VENDOR_UNAVAILABLE, 30, "vendor_unavailable"},
        {CARDWIRE_VENDOR_ERROR, 31, "vendor_error"}, {CARDWIRE_TIMEOUT, 32, "timeout"},
        {CARDWIRE_NETWORK, 33, "network"}, {CARDWIRE_PROTOCOL, 34, "protocol"},
        {CARDWIRE_CANCELLED, 40, "cancelled"}, {CARDWIRE_CLOSED, 41, "closed"},
        {CARDWIRE_ALREADY_ANSWERED, 42, "already_answered"}, {CARDWIRE_ALREADY_RUNNING, 43, "already_running"},
        {CARDWIRE_STORAGE, 50, "storage"}, {CARDWIRE_INTERNAL, 99, "internal"}};
    int named = 0;
    for (int status = 1; status < 200; status++) named += cardwire_status_name(status) != NULL;
    CHECK_IS(named, sizeof kinds / sizeof *kinds);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        CHECK_IS(kinds[i].status, kinds[i].number);
        CHECK_TEXT(cardwire_status_name(kinds[i].status), kinds[i].name);
        const char *advice = cardwire_status_advice(kinds[i].status);
        CHECK(advice && strlen(advice) > 10);
    }
    CHECK_IS(CARDWIRE_OK, 0);
    CHECK_TEXT(cardwire_status_name(CARDWIRE_OK), "ok");
    CHECK(cardwire_status_advice(CARDWIRE_OK) == NULL);
}

static void list(const char *(*name)(int32_t), const char *const *names) {
    int32_t number = 1;
    for (; names[number - 1]; number++) CHECK_TEXT(name(number), names[number - 1]);
    CHECK(name(number) == NULL && name(0) == NULL);
}

#define LIST(function, ...) list(function, (const char *const[]){__VA_ARGS__, NULL})

static void lists(void) {
    LIST(cardwire_sent_name, "no", "unknown", "yes");
    LIST(cardwire_billed_name, "no", "unknown", "yes");
    LIST(cardwire_outcome_name, "match", "mismatch", "inconclusive");
    LIST(cardwire_card_kind_name, "debit", "credit", "quasi_credit", "prepaid", "unknown");
    LIST(cardwire_warning_kind_name, "expired", "date_invalid", "border_incomplete", "glare", "photocopy", "recaptured",
         "blurred", "other", "number_doubtful");
    LIST(cardwire_issuer_source_name, "vendor", "table");
    LIST(cardwire_reason_name, "cardholder_mismatch", "name_invalid", "id_number_invalid", "phone_invalid",
         "card_number_invalid", "card_number_malformed", "no_issuer", "card_inactive", "card_lost", "card_expired",
         "card_restricted", "card_confiscated", "card_suspected_fraud", "card_abnormal", "pin_tries_exceeded",
         "cardless_payment_disabled", "issuer_unsupported", "attempts_exceeded", "id_type_unsupported", "vendor_busy",
         "no_record", "unknown");
    LIST(cardwire_lookup_reason_name, "no_record", "vendor_busy", "no_such_card", "attempts_exceeded", "card_invalid",
         "card_type_unsupported", "unknown");
    LIST(cardwire_operation_name, "recognize", "verify", "lookup_card", "fetch_order");
    LIST(cardwire_image_format_name, "jpeg", "png", "bmp", "webp");
    LIST(cardwire_photo_look_name, "readable", "no_card", "blurred", "cut", "not_sure");
    CHECK(CARDWIRE_OUTCOME_MATCH == 1 && CARDWIRE_OUTCOME_MISMATCH == 2 && CARDWIRE_OUTCOME_INCONCLUSIVE == 3);
    CHECK(CARDWIRE_BILLED_NO == 1 && CARDWIRE_BILLED_UNKNOWN == 2 && CARDWIRE_BILLED_YES == 3);
    CHECK(CARDWIRE_SENT_NO == 1 && CARDWIRE_SENT_UNKNOWN == 2 && CARDWIRE_SENT_YES == 3);
    CHECK(CARDWIRE_REASON_UNKNOWN == 22 && CARDWIRE_LOOKUP_REASON_UNKNOWN == 7 && CARDWIRE_WARNING_OTHER == 8);
}

static void numbers(void) {
    int32_t well_formed, luhn, checksum, birth_date;
    CHECK_IS(cardwire_check_card_number_z("6228480000000000000", &well_formed, &luhn, NULL), CARDWIRE_OK);
    CHECK(well_formed == 1 && luhn == 1);
    CHECK_IS(cardwire_check_card_number_z("6228480000000000001", &well_formed, &luhn, NULL), CARDWIRE_OK);
    CHECK(well_formed == 1 && luhn == 0);
    CHECK_IS(cardwire_check_card_number("6228 4800-0000 0000 000x", 23, &well_formed, &luhn, NULL), CARDWIRE_OK);
    CHECK(well_formed == 1 && luhn == 1);
    CHECK_IS(cardwire_check_card_number_z("62284800000", &well_formed, &luhn, NULL), CARDWIRE_OK);
    CHECK(well_formed == 0 && luhn == 0);
    CHECK_IS(cardwire_check_id_number_z("110101190001010014", &well_formed, &checksum, &birth_date, NULL), CARDWIRE_OK);
    CHECK(well_formed == 1 && checksum == 1 && birth_date == 1);
    CHECK_IS(cardwire_check_id_number_z("110101190002290016", &well_formed, &checksum, &birth_date, NULL), CARDWIRE_OK);
    CHECK(well_formed == 1 && birth_date == 0);
    CHECK_IS(cardwire_check_id_number("110101000101001", 15, &well_formed, &checksum, &birth_date, NULL), CARDWIRE_OK);
    CHECK(well_formed == 1 && checksum == 0 && birth_date == 1);
}

static void masks(void) {
    char number[] = "6222020000000000000", other[] = "card 42", none[] = "";
    CHECK_IS(cardwire_mask_card_number(number, strlen(number), NULL), CARDWIRE_OK);
    CHECK_TEXT(number, "622202*********0000");
    CHECK_IS(cardwire_mask_card_number(other, strlen(other), NULL), CARDWIRE_OK);
    CHECK_TEXT(other, "*******");
    CHECK_IS(cardwire_mask_card_number(none, 0, NULL), CARDWIRE_OK);
}

static void images(void) {
    static const struct { const char *name; int32_t format; size_t width, height; } photos[] = {
        {"icbc-debit.jpg", CARDWIRE_IMAGE_FORMAT_JPEG, 1200, 760},
        {"abc-debit.png", CARDWIRE_IMAGE_FORMAT_PNG, 640, 405},
        {"comm-quasi-credit.bmp", CARDWIRE_IMAGE_FORMAT_BMP, 400, 250}};
    for (size_t i = 0; i < 3; i++) {
        size_t length;
        uint8_t *photo = sandbox_photo(photos[i].name, &length);
        cardwire_image_check *check;
        CHECK_IS(cardwire_check_image(photo, length, &check, NULL), CARDWIRE_OK);
        CHECK_IS(cardwire_image_check_format(check), photos[i].format);
        CHECK_IS(cardwire_image_check_width(check), photos[i].width);
        CHECK_IS(cardwire_image_check_height(check), photos[i].height);
        CHECK_IS(cardwire_image_check_bytes(check), length);
        CHECK_IS(cardwire_image_check_look(check), 0);
        CHECK(cardwire_image_check_vendor_count(check) > 2);
        for (size_t v = 0; v < cardwire_image_check_vendor_count(check); v++) {
            CHECK(cardwire_image_check_vendor(check, v) != NULL);
            CHECK_IS(cardwire_image_check_accepted(check, v), cardwire_image_check_problem(check, v) == NULL);
        }
        CHECK_TEXT(cardwire_image_check_vendor(check, 0), "tencent_kyc");
        CHECK_IS(cardwire_image_check_json_len(check), strlen(cardwire_image_check_json(check)));
        CHECK(strstr(cardwire_image_check_json(check), cardwire_image_format_name(photos[i].format)) != NULL);
        cardwire_image_check_free(check);
        free(photo);
    }
    /* One vendor's limit passed. */
    size_t length;
    uint8_t *photo = sandbox_photo("icbc-debit.jpg", &length), *large = calloc(1, 2500000);
    memcpy(large, photo, length);
    cardwire_image_check *check;
    CHECK_IS(cardwire_check_image(large, 2500000, &check, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_image_check_vendor(check, 1), "wechat");
    CHECK_IS(cardwire_image_check_accepted(check, 1), 0);
    CHECK(cardwire_image_check_problem(check, 1) != NULL);
    CHECK_TEXT(cardwire_image_check_vendor(check, 2), "aliyun_bankocr");
    CHECK_IS(cardwire_image_check_accepted(check, 2), 1);
    CHECK_TEXT(cardwire_image_check_problem(check, 2), NULL);
    cardwire_image_check_free(check);
    free(photo), free(large);
}

/* Its default action would end the program when a vendor closes a connection. */
static void sigpipe(void) {
    struct sigaction action;
    CHECK_IS(sigaction(SIGPIPE, NULL, &action), 0);
    CHECK(action.sa_handler == SIG_DFL);
    cardwire_client *client;
    CHECK_IS(cardwire_client_new_z("{\"vendors\":[{\"vendor\":\"aliyun_yhkr\",\"app_code\":\"x\"}]}", &client, NULL), CARDWIRE_OK);
    CHECK_IS(sigaction(SIGPIPE, NULL, &action), 0);
    CHECK(action.sa_handler == SIG_IGN);
    cardwire_client_free(client);
}

int main(void) {
    versions();
    sigpipe();
    statuses();
    lists();
    numbers();
    masks();
    images();
    return checks_end();
}
