/* Reads a card photo with three vendors and verifies a cardholder with two, a line of JSON each:
   cc recognize_and_verify.c $(pkg-config --cflags --libs cardwire) && ./a.out CONFIG_FILE PHOTO */
#include <cardwire.h>
#include <stdio.h>
#define TEXT(text) ((text) ? (text) : "")
static void row(const char *vendor, const char *operation, const char *card, const char *issuer, const char *outcome,
                const cardwire_call_facts *facts, const char *error) {
    const char *order_id = cardwire_call_facts_order_id(facts), *billed = cardwire_billed_name(cardwire_call_facts_billed(facts));
    uint64_t milliseconds = cardwire_call_facts_attempt_milliseconds(facts, 0);
    printf("{\"language\":\"C\",\"vendor\":\"%s\",\"operation\":\"%s\",\"card\":\"%s\",\"issuer\":\"%s\",", vendor, operation, card, TEXT(issuer));
    printf("\"outcome\":\"%s\",\"billed\":\"%s\",\"order_id\":\"%s\",\"milliseconds\":%d", outcome, billed, TEXT(order_id), (int)milliseconds);
    printf(error ? ",\"error\":\"%s\"}\n" : "}\n", error);
}
static void error_row(const char *vendor, const char *operation, cardwire_error *e) {
    row(vendor, operation, "", NULL, cardwire_status_name(cardwire_error_status(e)), cardwire_error_facts(e), cardwire_error_message(e));
    cardwire_error_free(e);
}
int main(int argc, char **argv) {
    const char *readers[] = {"tencent_kyc", "wechat", "aliyun_bankocr"}, *verifiers[] = {"tencent_faceid", "aliyun_yhkr"};
    cardwire_client *client; cardwire_options *options; cardwire_recognition *r; cardwire_verification *v; cardwire_error *error;
    static char config[65536];
    FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!file) return fprintf(stderr, "usage: recognize_and_verify CONFIG_FILE PHOTO\n"), 2;
    if (cardwire_client_new(config, fread(config, 1, sizeof config, file), &client, &error) || cardwire_options_new(&options, &error))
        return fprintf(stderr, "%s\n", cardwire_error_text(error)), 1;
    for (int i = 0; i < 3; i++) {
        cardwire_options_set_vendors_z(options, readers[i], NULL);
        if (cardwire_recognize_file_z(client, argv[2], options, &r, &error)) { error_row(readers[i], "recognize", error); continue; }
        row(readers[i], "recognize", cardwire_recognition_card_number_masked(r), cardwire_recognition_issuer(r), "ok",
            cardwire_recognition_facts(r), NULL);
        cardwire_recognition_free(r);
    }
    for (int i = 0; i < 2; i++) {
        cardwire_options_set_vendors_z(options, verifiers[i], NULL);
        if (cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &v, &error)) { error_row(verifiers[i], "verify", error); continue; }
        row(verifiers[i], "verify", "622202*********0000", NULL, cardwire_outcome_name(cardwire_verification_outcome(v)), cardwire_verification_facts(v), NULL);
        cardwire_verification_free(v);
    }
    cardwire_options_free(options); cardwire_client_free(client); return fclose(file);
}
