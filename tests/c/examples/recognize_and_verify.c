/* Reads a card or verifies its holder with the vendors that it is told, a line of JSON for each call:
   cc recognize_and_verify.c $(pkg-config --cflags --libs cardwire) && ./a.out CONFIG_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]... */
#include <cardwire.h>
#include <stdio.h>
#include <string.h>
#define TEXT(text) ((text) ? (text) : "")
static void row(char **call, const char *card, const char *issuer, const char *outcome, const cardwire_call_facts *facts, const char *error) {
    const char *order_id = cardwire_call_facts_order_id(facts), *billed = cardwire_billed_name(cardwire_call_facts_billed(facts));
    const char *vendor = cardwire_call_facts_vendor(facts);
    uint64_t milliseconds = cardwire_call_facts_attempt_milliseconds(facts, 0);
    printf("{\"language\":\"C\",\"vendor\":\"%s\",\"operation\":\"%s\",\"card\":\"%s\",\"issuer\":\"%s\",", vendor ? vendor : call[1], call[0], card, TEXT(issuer));
    printf("\"outcome\":\"%s\",\"billed\":\"%s\",\"order_id\":\"%s\",\"milliseconds\":%d", outcome, billed, TEXT(order_id), (int)milliseconds);
    printf(error ? ",\"error\":\"%s\"}\n" : "}\n", error);
}
int main(int argc, char **argv) {
    cardwire_client *client; cardwire_options *options; cardwire_recognition *r; cardwire_verification *v; cardwire_error *error;
    static char config[65536];
    FILE *file = argc >= 3 ? fopen(argv[1], "rb") : NULL;
    if (!file) return fprintf(stderr, "usage: recognize_and_verify CONFIG_FILE PHOTO [recognize|verify VENDOR[,VENDOR]...]...\n"), 2;
    if (cardwire_client_new(config, fread(config, 1, sizeof config, file), &client, &error) || cardwire_options_new(&options, &error))
        return fprintf(stderr, "%s\n", cardwire_error_text(error)), 1;
    for (char **call = argv + 3; call + 1 < argv + argc; call += 2) {
        cardwire_options_set_vendors_z(options, call[1], NULL);
        cardwire_status status = strcmp(call[0], "recognize") == 0
            ? cardwire_recognize_file_z(client, argv[2], options, &r, &error)
            : cardwire_verify_z(client, "6222020000000000000", "张三", "110101190001010014", options, &v, &error);
        if (status) {
            row(call, "", NULL, cardwire_status_name(status), cardwire_error_facts(error), cardwire_error_message(error));
            cardwire_error_free(error);
        } else if (strcmp(call[0], "recognize") == 0) {
            row(call, cardwire_recognition_card_number_masked(r), cardwire_recognition_issuer(r), "ok", cardwire_recognition_facts(r), NULL);
            cardwire_recognition_free(r);
        } else {
            row(call, "622202*********0000", NULL, cardwire_outcome_name(cardwire_verification_outcome(v)), cardwire_verification_facts(v), NULL);
            cardwire_verification_free(v);
        }
    }
    cardwire_options_free(options); cardwire_client_free(client); return fclose(file);
}
