/* The sandbox as a child of the test program. Its program is named by CARDWIRE_SANDBOX, the folder
   with the photos by CARDWIRE_IMAGES. A failure here ends the test program with status 2. */
#ifndef CARDWIRE_TEST_SANDBOX_H
#define CARDWIRE_TEST_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Starts it; it ends with this program. */
void sandbox_start(void);

/* The configuration that points a client at it. */
const char *sandbox_config(void);

/* The same with members of yours before its own, given as for printf; the caller frees it. */
char *sandbox_config_with(const char *members, ...) __attribute__((format(printf, 1, 2)));

/* The same with `{"provider":"tokens"}` in the place of a secret, the first of that name; `value` receives
   that secret. The caller frees both. */
char *sandbox_config_provided(const char *secret, char **value);

/* A folder for this program alone, which goes with it. */
const char *temporary_folder(void);

/* Asks the admin interface; the caller frees the answer's body. */
char *sandbox_get(const char *path);

/* Posts JSON to the admin interface. */
void sandbox_post(const char *path, const char *json);

/* Forgets everything that happened. */
void sandbox_reset(void);

/* The next requests of a vendor are never answered, until the next reset. */
void sandbox_hang(const char *vendor);

/* Connections to, or requests at, any vendor since the last reset. */
long sandbox_connections(void);
long sandbox_requests(void);

/* A photo of tests/images; the caller frees it. */
uint8_t *sandbox_photo(const char *name, size_t *length);

/* Puts two digits of the number in comm-quasi-credit.bmp in each other's place: its check digit does not
   fit then, and nobody reads it with confidence. */
void sandbox_swap_digits(uint8_t *photo);

/* Whether photos are read here: not under valgrind, which takes minutes for the arithmetic of one. */
int reads_photos(void);

/* The path of a photo of tests/images; valid until the next call. */
const char *sandbox_photo_path(const char *name);

/* Waits until `*flag` is at least `value`, and ends the program after 30 seconds. */
void wait_for(const volatile int *flag, int value);

/* Forks, with nothing left to print twice. Under AddressSanitizer it waits until no other thread runs: GCC's
   allocates with locks of its own, and a fork leaves those locked that another thread has. */
pid_t fork_child(void);

void sleep_ms(long milliseconds);

/* Milliseconds of a clock that never goes back. */
int64_t now_ms(void);

#ifdef __cplusplus
}
#endif
#endif
