#include "bridge.h"
#include "_cgo_export.h"

static void done(const char *document, size_t document_len, const uint8_t *raw, size_t raw_len,
                 const cardwire_error *error, void *call) {
    /* An empty answer has an address that points nowhere, which Go's stacks may not hold. */
    if (raw != NULL && raw_len == 0) raw = (const uint8_t *)"";
    cardwireGoDone((char *)document, document_len, (uint8_t *)raw, raw_len, (cardwire_error *)error, (uintptr_t)call);
}

static void ready(void *number) { cardwireGoReady((uintptr_t)number); }

static _Thread_local int observing;

static void event(const cardwire_event *event, void *observer) {
    observing++;
    cardwireGoEvent((cardwire_event *)event, (uintptr_t)observer);
    observing--;
}

int cardwire_go_observing(void) { return observing != 0; }

static void ask(cardwire_ask *ask, void *provider) { cardwireGoAsk(ask, (uintptr_t)provider); }

static void forget(void *cause) { cardwireGoForget((uintptr_t)cause); }

cardwire_status cardwire_go_client_new(const char *config, size_t config_len, const cardwire_providers *providers,
                                       uintptr_t observer, cardwire_client **client, cardwire_error **error) {
    return cardwire_client_new_with_providers(config, config_len, providers, observer == 0 ? NULL : event,
                                              (void *)observer, client, error);
}

cardwire_status cardwire_go_providers_set(cardwire_providers *providers, const char *name, size_t name_len,
                                          uintptr_t provider, cardwire_error **error) {
    return cardwire_providers_set(providers, name, name_len, ask, (void *)provider, error);
}

cardwire_status cardwire_go_ask_fail(cardwire_ask *ask, uintptr_t cause) {
    return cardwire_ask_fail(ask, (void *)cause, forget, NULL);
}

uintptr_t cardwire_go_provider_cause(const cardwire_error *error) {
    return (uintptr_t)cardwire_error_provider_cause(error);
}

void cardwire_go_call_start(const cardwire_client *client, const char *request, size_t request_len,
                            const uint8_t *image, size_t image_len, const cardwire_cancellation *cancellation,
                            uintptr_t call) {
    cardwire_call_start(client, request, request_len, image, image_len, cancellation, done, (void *)call);
}

cardwire_status cardwire_go_batch_start(const cardwire_client *client, const char *request, size_t request_len,
                                        const cardwire_cancellation *cancellation, uintptr_t number,
                                        cardwire_batch **batch, cardwire_error **error) {
    return cardwire_batch_start(client, request, request_len, cancellation, ready, (void *)number, batch, error);
}

cardwire_status cardwire_go_batch_take(cardwire_batch *batch, size_t *index, uintptr_t call, cardwire_error **error) {
    return cardwire_batch_take(batch, index, done, (void *)call, error);
}
