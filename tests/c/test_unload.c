/* The library loaded while the program runs, and unloaded with its threads alive. Nothing here is linked
   with it. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"
#include "support/sandbox.h"

typedef int32_t open_function(const char *config, void **client, void **error);
typedef int32_t verify_function(void *client, const char *card_number, const char *name, const char *id_number,
                                void *options, void **verification, void **error);
typedef int32_t outcome_function(const void *verification);
typedef void free_function(void *object);

/* POSIX lets a pointer from dlsym be called; ISO C has no conversion for it. */
static void look_up(void *library, const char *name, void *function) {
    void *found = dlsym(library, name);
    CHECK(found != NULL);
    memcpy(function, &found, sizeof found);
}

static void use_and_unload(int keep_client) {
    void *library = dlopen("libcardwire.so.0", RTLD_NOW | RTLD_LOCAL);
    if (!library) printf("%s\n", dlerror());
    CHECK(library != NULL);
    open_function *open;
    verify_function *verify;
    outcome_function *outcome;
    free_function *free_client, *free_verification;
    look_up(library, "cardwire_client_new_z", &open);
    look_up(library, "cardwire_verify_z", &verify);
    look_up(library, "cardwire_verification_outcome", &outcome);
    look_up(library, "cardwire_client_free", &free_client);
    look_up(library, "cardwire_verification_free", &free_verification);
    void *client, *verification;
    CHECK_IS(open(sandbox_config(), &client, NULL), 0);
    CHECK_IS(verify(client, "6222020000000000000", "张三", "110101190001010014", NULL, &verification, NULL), 0);
    CHECK_IS(outcome(verification), 1);
    free_verification(verification);
    if (!keep_client) free_client(client);
    CHECK_IS(dlclose(library), 0);
    /* Its threads run on, and look after what is idle. */
    sleep_ms(1200);
    if (keep_client) free_client(client);
}

int main(void) {
    sandbox_start();
    CHECK(dlopen("libcardwire.so.0", RTLD_NOW | RTLD_NOLOAD) == NULL);
    for (int round = 0; round < 2; round++) {
        use_and_unload(0);
        use_and_unload(1);
    }
    CHECK(dlopen("libcardwire.so.0", RTLD_NOW | RTLD_NOLOAD) != NULL);
    return checks_end();
}
