#ifndef CARDWIRE_GO_BRIDGE_H
#define CARDWIRE_GO_BRIDGE_H

#include <cardwire.h>

/*
 * The library's functions that take a callback. Their user_data is a number here, which stands for an object of Go:
 * C keeps no address of one.
 */

cardwire_status cardwire_go_client_new(const char *config, size_t config_len, const cardwire_providers *providers,
                                       uintptr_t observer, cardwire_client **client, cardwire_error **error);

/* Whether an observer runs on this thread. */
int cardwire_go_observing(void);

cardwire_status cardwire_go_providers_set(cardwire_providers *providers, const char *name, size_t name_len,
                                          uintptr_t provider, cardwire_error **error);

cardwire_status cardwire_go_ask_fail(cardwire_ask *ask, uintptr_t cause);

uintptr_t cardwire_go_provider_cause(const cardwire_error *error);

void cardwire_go_call_start(const cardwire_client *client, const char *request, size_t request_len,
                            const uint8_t *image, size_t image_len, const cardwire_cancellation *cancellation,
                            uintptr_t call);

cardwire_status cardwire_go_batch_start(const cardwire_client *client, const char *request, size_t request_len,
                                        const cardwire_cancellation *cancellation, uintptr_t ready,
                                        cardwire_batch **batch, cardwire_error **error);

cardwire_status cardwire_go_batch_take(cardwire_batch *batch, size_t *index, uintptr_t call, cardwire_error **error);

#endif
