/* Programs with a known mistake each, to prove that the memory checkers see the C side and the
   library. The mistake is the argument; without one there is none. */
#include <cardwire.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static volatile char seen;
static char *volatile lost;

int main(int argc, char **argv) {
    const char *mistake = argc > 1 ? argv[1] : "";
    const char *config = "{\"vendors\": [{\"vendor\": \"wechat\", \"access_token\": \"invented\"}]}";
    char *copy = malloc(strlen(config) + 1);
    strcpy(copy, config);
    cardwire_client *client;
    cardwire_error *error = NULL;
    cardwire_client_new_z("{", &client, &error);
    const char *text = cardwire_error_text(error);

    if (!strcmp(mistake, "the program reads what it freed")) {
        free(copy);
        seen = copy[0];
        copy = NULL;
    } else if (!strcmp(mistake, "the program reads what the library freed")) {
        cardwire_error_free(error);
        seen = text[0];
    } else if (!strcmp(mistake, "the library reads what the program freed")) {
        free(copy);
        cardwire_client_new(copy, strlen(config), &client, NULL);
        copy = NULL;
    } else if (!strcmp(mistake, "the program loses memory")) {
        for (int i = 0; i < 50; i++) lost = malloc(77);
        lost = NULL;
    } else {
        cardwire_client_new(copy, strlen(config), &client, NULL);
    }
    cardwire_client_free(client);
    cardwire_error_free(error);
    free(copy);
    return 0;
}
