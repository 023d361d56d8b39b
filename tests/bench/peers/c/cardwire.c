/* Cardwire from C: one blocking call at a time on each thread. */
#include "common.h"
#include <cardwire.h>

static cardwire_client *client;

static void one(const struct run *run) {
    cardwire_error *error = NULL;
    if (run->photo) {
        cardwire_recognition *card = NULL;
        if (cardwire_recognize(client, run->photo, run->photo_len, NULL, &card, &error) != CARDWIRE_OK)
            die("the call failed");
        if (strcmp(cardwire_recognition_card_number(card), "6217000000000000004") != 0) die("another card");
        cardwire_recognition_free(card);
    } else {
        cardwire_verification *verification = NULL;
        if (cardwire_verify_z(client, CARD, NAME, ID, NULL, &verification, &error) != CARDWIRE_OK)
            die("the call failed");
        if (cardwire_verification_outcome(verification) != 1) die("no match");
        cardwire_verification_free(verification);
    }
}

static void make_calls(const struct run *run, int calls, void **state) {
    (void)state;
    for (int i = 0; i < calls; i++) one(run);
}

int main(int argc, char **argv) {
    struct run run = read_args(argc, argv);
    static const char *const accounts[] = {
        "\"secret_id\":\"AKIDEXAMPLE\",\"secret_key\":\"secretkeyexample\",\"requests_per_second\":1000000",
        "\"app_code\":\"appcodeappcodeappcode\"",
        "\"app_id\":\"wx00001\",\"app_secret\":\"wxsecret\",\"daily_quota\":0",
        "\"app_id\":\"IDA00001\",\"secret\":\"kycsecret\"",
        "\"app_code\":\"appcodeappcodeappcode\"",
    };
    char config[1024];
    int len = snprintf(config, sizeof config, "{\"vendors\":[{\"vendor\":\"%s\",%s,\"base_url\":\"%s\"}]",
                       vendor_names[run.vendor], accounts[run.vendor], run.url);
    if (run.ca_file) len += snprintf(config + len, sizeof config - len, ",\"ca_file\":\"%s\"", run.ca_file);
    snprintf(config + len, sizeof config - len, "}");
    double begun = seconds_now();
    cardwire_error *error = NULL;
    if (cardwire_client_new_z(config, &client, &error) != CARDWIRE_OK) die("no client");
    return measure(&run, (seconds_now() - begun) * 1e3);
}
