/* What the parts of the program share: values that are not live handles, and calls that are refused. */
#ifndef CARDWIRE_TEST_BAD_INPUT_H
#define CARDWIRE_TEST_BAD_INPUT_H

#include <cardwire.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../support/check.h"
#include "../support/sandbox.h"

/* Notes that a function was called with bad input: its name, or the text of a call. */
void cover(const char *call);

/* Every exported function was noted, and nothing else. */
void compare_with_the_exported_ones(void);

enum type { CLIENT, OPTIONS, CANCELLATION, CARDHOLDER, RECOGNITION, VERIFICATION, CARD_LOOKUP, ORDER, ERROR_,
            IMAGE_CHECK, ORDER_RECORD, ORDER_RECORDS, JOURNAL, PROVIDERS, CALL_FACTS, BATCH, ISSUER, HEALTH, EVENT, ASK, TYPES };

/* A live one (not for events and questions, which live in callbacks) and a freed one of each. */
extern void *live[TYPES], *freed[TYPES];

/* Handles that are not live ones of the type: bad(type, 0) to bad(type, BADS - 1). */
#define MADE_UP 6
#define BADS (1 + MADE_UP + TYPES)
void *bad(enum type type, size_t which);

/* One of everything, and what a call needs besides. */
extern cardwire_client *client;
extern cardwire_options *options;
extern cardwire_cardholder *holder;
extern uint8_t *photo;
extern size_t photo_len;
void start(void);
void end(void);
void make(void **objects);
void free_all(void **objects);
void keep_event(const cardwire_event *event, void *user_data);

/* The error of a refused call, where it is to be told, and what it gave. */
extern cardwire_error *error;
extern cardwire_error **to;
extern void *out;
void refused(const char *call, const char *argument, cardwire_status status, cardwire_status wanted);

/* A call that gives nothing, with an error and without; what `out` and `error` held is replaced. */
#define REFUSED_AS(wanted, argument, call)                                                         \
    do {                                                                                           \
        for (int told = 1; told >= 0; told--) {                                                    \
            error = told ? (cardwire_error *)(uintptr_t)77 : NULL;                                 \
            to = told ? &error : NULL;                                                             \
            out = NULL;                                                                            \
            cardwire_status status = call;                                                         \
            refused(#call, argument, status, wanted);                                              \
        }                                                                                          \
    } while (0)
#define REFUSED(argument, call) REFUSED_AS(CARDWIRE_INVALID_ARGUMENT, argument, call)

/* Where an object is to be put. It holds rubbish before the call. */
void **rubbish(void);
#define OUT(type) (type **)rubbish()

#define FOR_BAD(variable, type, handle, from)                                                      \
    for (size_t which = from; which < BADS; which++)                                               \
        for (handle *variable = bad(type, which), *once = (handle *)1; once; once = NULL)

/* Every text argument: NULL, a length that no object has, no UTF-8. `call` uses p and n. */
#define BAD_TEXT(argument, call)                                                                   \
    do {                                                                                           \
        const char *p = NULL;                                                                      \
        size_t n = 0;                                                                              \
        REFUSED(argument, call);                                                                   \
        n = 3;                                                                                     \
        REFUSED(argument, call);                                                                   \
        p = "abc", n = SIZE_MAX;                                                                   \
        REFUSED(argument "_len", call);                                                            \
        n = SIZE_MAX / 2 + 1;                                                                      \
        REFUSED(argument "_len", call);                                                            \
        p = "a\xff\xfe", n = 3;                                                                    \
        REFUSED(argument, call);                                                                   \
    } while (0)

#define BAD_BYTES(argument, byte, call)                                                            \
    do {                                                                                           \
        const byte *p = NULL;                                                                      \
        size_t n = 0;                                                                              \
        REFUSED(argument, call);                                                                   \
        n = 3;                                                                                     \
        REFUSED(argument, call);                                                                   \
        p = (const byte *)"abc", n = SIZE_MAX;                                                     \
        REFUSED(argument "_len", call);                                                            \
        n = SIZE_MAX / 2 + 1;                                                                      \
        REFUSED(argument "_len", call);                                                            \
    } while (0)

#define BAD_Z(argument, call)                                                                      \
    do {                                                                                           \
        const char *p = NULL;                                                                      \
        REFUSED(argument, call);                                                                   \
        p = "a\xff\xfe";                                                                           \
        REFUSED(argument, call);                                                                   \
    } while (0)

#define MEGABYTE 1048576
extern char long_digits[MEGABYTE + 1], long_text[MEGABYTE + 1];

/* The parts. */
void free_what_is_not_live(void);
void accessors(void);
void names(void);
void clients(void);
void providers(void);
void options_and_the_like(void);
void cardholders(void);
void calls(void);
void values(void);
void starts(void);
void values_of_starts(void);
void batches(void);
void journals(void);
void local_checks(void);

#endif
