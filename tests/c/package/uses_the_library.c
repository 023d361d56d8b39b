/* What a program sees of an installed library: the header, the version, an object. */
#include <cardwire.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    cardwire_client *client;
    if (cardwire_version_number() != CARDWIRE_VERSION_NUMBER) return 1;
    if (cardwire_client_new_z("{\"vendors\": [{\"vendor\": \"wechat\", \"access_token\": \"invented\"}]}", &client, NULL)) return 1;
    cardwire_client_free(client);
    printf("cardwire %s\n", cardwire_version());
    return 0;
}
