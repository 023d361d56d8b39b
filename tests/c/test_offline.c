/* Cards read on this machine, and issuers looked up. No vendor is there. */
#include <cardwire.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

static cardwire_client *client;

static void a_card(void) {
    size_t length;
    uint8_t *photo = sandbox_photo("icbc-debit.jpg", &length);
    cardwire_recognition *read;
    CHECK_IS(cardwire_recognize(client, photo, length, NULL, &read, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_recognition_card_number(read), "6222020000000000000");
    CHECK(cardwire_recognition_confidence(read) >= 0.9 && cardwire_recognition_confidence(read) <= 1.0);
    CHECK_TEXT(cardwire_recognition_issuer(read), "中国工商银行");
    CHECK_IS(cardwire_recognition_issuer_source(read), CARDWIRE_ISSUER_SOURCE_TABLE);
    CHECK_TEXT(cardwire_recognition_issuer_code(read), "ICBC");
    CHECK_IS(cardwire_recognition_card_kind(read), CARDWIRE_CARD_KIND_DEBIT);
    CHECK_IS(cardwire_recognition_corner_count(read), 4);
    for (size_t i = 0; i < 4; i++) {
        /* Clockwise from the upper left one, each in its quarter of a photo of 1200 by 760 pixels. */
        CHECK_IS(cardwire_recognition_corner_x(read, i) > 600, i == 1 || i == 2);
        CHECK_IS(cardwire_recognition_corner_y(read, i) > 380, i == 2 || i == 3);
    }
    CHECK_IS(cardwire_recognition_warning_count(read), 0);
    CHECK_IS(cardwire_recognition_raw_len(read), 0);
    CHECK(strstr(cardwire_recognition_json(read), "\"issuer_source\":\"table\"") != NULL);
    const cardwire_call_facts *facts = cardwire_recognition_facts(read);
    CHECK_TEXT(cardwire_call_facts_vendor(facts), "offline");
    CHECK_IS(cardwire_call_facts_sent(facts), CARDWIRE_SENT_NO);
    CHECK_IS(cardwire_call_facts_billed(facts), CARDWIRE_BILLED_NO);
    CHECK_IS(cardwire_call_facts_attempt_count(facts), 1);
    cardwire_recognition_free(read);
    free(photo);
}

/* A refusal is free, and has a code of the library's own; the caller frees it. */
static cardwire_error *refused(const uint8_t *photo, size_t length, const char *code) {
    cardwire_recognition *read;
    cardwire_error *error;
    CHECK_IS(cardwire_recognize(client, photo, length, NULL, &read, &error), CARDWIRE_CARD_NOT_FOUND);
    CHECK(read == NULL);
    CHECK_TEXT(cardwire_error_vendor_code(error), code);
    CHECK_IS(cardwire_call_facts_sent(cardwire_error_facts(error)), CARDWIRE_SENT_NO);
    CHECK_IS(cardwire_call_facts_billed(cardwire_error_facts(error)), CARDWIRE_BILLED_NO);
    return error;
}

static void photos_that_are_not_read(void) {
    size_t length;
    uint8_t *photo = sandbox_photo("comm-quasi-credit.bmp", &length);
    sandbox_swap_digits(photo);
    cardwire_error *error = refused(photo, length, "not_sure");
    size_t count = cardwire_error_candidate_count(error);
    CHECK(count > 0);
    double before = 1.0;
    for (size_t i = 0; i < count; i++) {
        char number[20];
        double confidence = cardwire_error_candidate_confidence(error, i);
        CHECK(confidence >= 0.0 && confidence <= before);
        before = confidence;
        snprintf(number, sizeof number, "%s", cardwire_error_candidate_card_number(error, i));
        CHECK(strlen(number) >= 12 && strspn(number, "0123456789") == strlen(number));
        const char *texts[] = {cardwire_error_text(error), cardwire_error_message(error), cardwire_error_json(error),
                               cardwire_error_vendor_message(error)};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) CHECK(!texts[t] || !strstr(texts[t], number));
        CHECK_IS(cardwire_mask_card_number(number, strlen(number), NULL), CARDWIRE_OK);
        CHECK_TEXT(cardwire_error_candidate_card_number_masked(error, i), number);
    }
    CHECK_TEXT(cardwire_error_candidate_card_number(error, 0), "6222450000000004");
    cardwire_error_free(error);

    /* No card at all. */
    memset(photo + 54, 128, length - 54);
    error = refused(photo, length, "no_card");
    CHECK_IS(cardwire_error_candidate_count(error), 0);
    cardwire_error_free(error);
    free(photo);
}

static int32_t look(const uint8_t *photo, size_t length) {
    cardwire_image_check *check;
    CHECK_IS(cardwire_look_at_image(photo, length, &check, NULL), CARDWIRE_OK);
    int32_t seen = cardwire_image_check_look(check);
    CHECK(strstr(cardwire_image_check_json(check), cardwire_photo_look_name(seen)) != NULL);
    cardwire_image_check_free(check);
    return seen;
}

static void photos_that_are_looked_at(void) {
    size_t length;
    uint8_t *photo = sandbox_photo("icbc-debit.jpg", &length);
    CHECK_IS(look(photo, length), CARDWIRE_PHOTO_LOOK_READABLE);
    cardwire_image_check *check;
    cardwire_error *error;
    CHECK_IS(cardwire_look_at_image(photo, length / 2, &check, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK(check == NULL);
    CHECK_TEXT(cardwire_error_argument(error), "image");
    cardwire_error_free(error);
    free(photo);
    photo = sandbox_photo("comm-quasi-credit.bmp", &length);
    memset(photo + 54, 128, length - 54);
    CHECK_IS(look(photo, length), CARDWIRE_PHOTO_LOOK_NO_CARD);
    free(photo);
}

/* What ends a reading while it runs. */
struct reading {
    volatile int begun;
    cardwire_cancellation *cancellation;
};

static void reading_begins(const cardwire_event *event, void *reading) {
    if (cardwire_event_kind(event) == CARDWIRE_EVENT_ATTEMPT_STARTED) ((struct reading *)reading)->begun = 1;
}

static void *cancel_when_begun(void *user_data) {
    struct reading *reading = user_data;
    wait_for(&reading->begun, 1);
    CHECK_IS(cardwire_cancellation_cancel(reading->cancellation, NULL), CARDWIRE_OK);
    return NULL;
}

static void ends_with(cardwire_client *reader, const cardwire_options *options, cardwire_status status) {
    cardwire_recognition *read;
    cardwire_error *error;
    size_t length;
    uint8_t *large = sandbox_photo("ccb-debit-large.jpg", &length);
    CHECK_IS(cardwire_recognize(reader, large, length, options, &read, &error), status);
    CHECK_IS(cardwire_call_facts_sent(cardwire_error_facts(error)), CARDWIRE_SENT_NO);
    CHECK_IS(cardwire_call_facts_billed(cardwire_error_facts(error)), CARDWIRE_BILLED_NO);
    cardwire_error_free(error);
    free(large);
}

static void a_deadline_and_a_cancellation_end_a_reading(void) {
    const char *config = "{\"vendors\":[{\"vendor\":\"offline\"}]}";
    struct reading reading = {0};
    cardwire_client *reader;
    cardwire_options *options;
    pthread_t thread;
    CHECK_IS(cardwire_client_new_observed(config, strlen(config), reading_begins, &reading, &reader, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_timeout_ms(options, 20, NULL), CARDWIRE_OK);
    ends_with(reader, options, CARDWIRE_TIMEOUT);
    cardwire_options_free(options);

    reading.begun = 0;
    CHECK_IS(cardwire_options_new(&options, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_timeout_ms(options, 240000, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_cancellation_new(&reading.cancellation, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_options_set_cancellation(options, reading.cancellation, NULL), CARDWIRE_OK);
    pthread_create(&thread, NULL, cancel_when_begun, &reading);
    ends_with(reader, options, CARDWIRE_CANCELLED);
    pthread_join(thread, NULL);
    cardwire_cancellation_free(reading.cancellation);
    cardwire_options_free(options);
    cardwire_client_free(reader);
}

static void issuers(void) {
    cardwire_issuer *issuer;
    CHECK_IS(cardwire_lookup_issuer(client, "6222 0200 0000 0000 000", 23, &issuer, NULL), CARDWIRE_OK);
    CHECK_TEXT(cardwire_issuer_name(issuer), "中国工商银行");
    CHECK_TEXT(cardwire_issuer_code(issuer), "ICBC");
    CHECK_IS(cardwire_issuer_card_kind(issuer), CARDWIRE_CARD_KIND_DEBIT);
    CHECK_TEXT(cardwire_issuer_json(issuer), "{\"name\":\"中国工商银行\",\"code\":\"ICBC\",\"card_kind\":\"debit\"}");
    CHECK_IS(cardwire_issuer_json_len(issuer), strlen(cardwire_issuer_json(issuer)));
    cardwire_issuer_free(issuer);
    CHECK_IS(cardwire_lookup_issuer_z(client, "1234560000000000", &issuer, NULL), CARDWIRE_OK);
    CHECK(issuer == NULL);
    cardwire_error *error;
    CHECK_IS(cardwire_lookup_issuer_z(client, "6222", &issuer, &error), CARDWIRE_INVALID_ARGUMENT);
    CHECK(issuer == NULL);
    CHECK_TEXT(cardwire_error_argument(error), "card_number");
    cardwire_error_free(error);
}

static void nothing_is_written_down(void) {
    cardwire_journal *journal;
    cardwire_order_records *records;
    CHECK_IS(cardwire_client_journal(client, &journal, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_journal_orders_z(journal, NULL, &records, NULL), CARDWIRE_OK);
    CHECK_IS(cardwire_order_records_count(records), 0);
    cardwire_order_records_free(records);
    cardwire_journal_free(journal);
}

int main(void) {
    char config[200];
    /* A checker of memory takes its time. */
    snprintf(config, sizeof config, "{\"journal\":\"%s/journal\",\"timeout_ms\":240000,\"vendors\":[{\"vendor\":\"offline\"}]}",
             temporary_folder());
    CHECK_IS(cardwire_client_new_z(config, &client, NULL), CARDWIRE_OK);
    if (reads_photos()) {
        a_card();
        photos_that_are_not_read();
        photos_that_are_looked_at();
    }
    a_deadline_and_a_cancellation_end_a_reading();
    issuers();
    nothing_is_written_down();
    cardwire_client_free(client);
    return checks_end();
}
