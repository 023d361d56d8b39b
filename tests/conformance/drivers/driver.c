/* The C library as a subject of the conformance suite: one line a request, fields separated by
   tabs; one line an answer. With --render it answers with everything that C shows of an error or an
   event, which is what may be logged, and then "done". */
#define _GNU_SOURCE
#include <cardwire.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_FIELDS 16

static char *fields[MOST_FIELDS];
static size_t field_count;
static int rendering;

static void split(char *line) {
    line[strcspn(line, "\r\n")] = 0;
    field_count = 0;
    for (char *rest = line, *field; field_count < MOST_FIELDS && (field = strsep(&rest, "\t"));)
        fields[field_count++] = field;
}

/* The value of an argument of the request, or NULL. */
static const char *argument(const char *name) {
    size_t length = strlen(name);
    for (size_t i = 1; i < field_count; i++)
        if (!strncmp(fields[i], name, length) && fields[i][length] == '=') return fields[i] + length + 1;
    return NULL;
}

static const char *text(const char *name) {
    const char *value = argument(name);
    return value ? value : "";
}

/* Reads a file whole; NULL where it cannot be read, which the library then refuses. */
static char *read_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    *length = 0;
    if (!file) return NULL;
    size_t room = 4096;
    char *content = malloc(room);
    for (size_t got; content && (got = fread(content + *length, 1, room - *length, file)) > 0;) {
        *length += got;
        if (*length == room) content = realloc(content, room *= 2);
    }
    fclose(file);
    return content;
}

static void answer(const char *word, const char *rest) {
    if (!rendering) printf("%s\t%s\n", word, rest);
}

static const char *shown(const char *text) { return text ? text : "-"; }

static void render_error(const cardwire_error *error) {
    printf("%s\n%s\n", shown(cardwire_error_message(error)), shown(cardwire_error_json(error)));
    printf("%s %s %s\n", shown(cardwire_error_vendor_code(error)), shown(cardwire_error_vendor_message(error)),
           shown(cardwire_error_request_id(error)));
}

static void on_event(const cardwire_event *event, void *user_data) {
    (void)user_data;
    printf("%s\n", cardwire_event_json(event));
}

/* Says what a file holds, to show that a leak would be seen. */
static void leak(void) {
    size_t length;
    char *content = read_file(text("file"), &length);
    if (!content) return;
    fwrite(content, 1, length, stdout);
    fwrite(content, 1, length, stderr);
    printf("\n");
    free(content);
}

static void *cancel_later(void *cancellation) {
    usleep((useconds_t)(strtoul(text("cancel_ms"), NULL, 10) * 1000));
    cardwire_cancellation_cancel(cancellation, NULL);
    return NULL;
}

typedef cardwire_status operation(cardwire_client *, cardwire_options *, cardwire_error **);

static cardwire_status recognize(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    const char *file = argument("file"), *url = text("url");
    cardwire_recognition *recognition;
    cardwire_status status =
        file ? cardwire_recognize_file(client, file, strlen(file), options, &recognition, error)
             : cardwire_recognize_url(client, url, strlen(url), options, &recognition, error);
    if (!status) answer("ok", cardwire_recognition_json(recognition));
    cardwire_recognition_free(recognition);
    return status;
}

static cardwire_status verify(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    const char *card_number = text("card_number"), *name = text("name"), *id_number = argument("id_number"),
               *phone = argument("phone");
    cardwire_cardholder *cardholder;
    cardwire_verification *verification = NULL;
    cardwire_status status = cardwire_cardholder_new(card_number, strlen(card_number), name, strlen(name),
                                                     &cardholder, error);
    if (!status && id_number)
        status = cardwire_cardholder_set_id_number(cardholder, id_number, strlen(id_number), error);
    if (!status && phone) status = cardwire_cardholder_set_phone(cardholder, phone, strlen(phone), error);
    if (!status) status = cardwire_verify(client, cardholder, options, &verification, error);
    if (!status) answer("ok", cardwire_verification_json(verification));
    cardwire_verification_free(verification);
    cardwire_cardholder_free(cardholder);
    return status;
}

static cardwire_status lookup_card(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    const char *card_number = text("card_number");
    cardwire_card_lookup *lookup;
    cardwire_status status =
        cardwire_lookup_card(client, card_number, strlen(card_number), options, &lookup, error);
    if (!status) answer("ok", cardwire_card_lookup_json(lookup));
    cardwire_card_lookup_free(lookup);
    return status;
}

static cardwire_status fetch_order(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    const char *order_id = text("order_id");
    cardwire_order *order;
    cardwire_status status = cardwire_fetch_order(client, order_id, strlen(order_id), options, &order, error);
    if (!status) answer("ok", cardwire_order_json(order));
    cardwire_order_free(order);
    return status;
}

static cardwire_status set_options(cardwire_options *options, operation *run, cardwire_error **error) {
    const char *vendor = argument("vendor"), *order = argument("order_id"), *user = argument("user_id"),
               *timeout = argument("timeout_ms");
    cardwire_status status = CARDWIRE_OK;
    if (vendor) status = cardwire_options_set_vendors(options, vendor, strlen(vendor), error);
    /* The order to fetch is no option. */
    if (!status && order && run != fetch_order)
        status = cardwire_options_set_order_id(options, order, strlen(order), error);
    if (!status && user) status = cardwire_options_set_user_id(options, user, strlen(user), error);
    if (!status && timeout)
        status = cardwire_options_set_timeout_ms(options, strtoull(timeout, NULL, 10), error);
    return status;
}

static cardwire_status open_client(cardwire_client **client, cardwire_error **error) {
    size_t length;
    char *config = read_file(text("config"), &length);
    cardwire_client_free(*client);
    cardwire_status status =
        rendering ? cardwire_client_new_observed(config, length, on_event, NULL, client, error)
                  : cardwire_client_new(config, length, client, error);
    free(config);
    if (!status) answer("opened", "");
    return status;
}

static cardwire_status call(cardwire_client *client, operation *run, cardwire_error **error) {
    cardwire_options *options;
    cardwire_status status = cardwire_options_new(&options, error);
    if (!status) status = set_options(options, run, error);
    cardwire_cancellation *cancellation = NULL;
    pthread_t canceller;
    if (!status && argument("cancel_ms")) {
        status = cardwire_cancellation_new(&cancellation, error);
        if (!status) status = cardwire_options_set_cancellation(options, cancellation, error);
        if (!status && pthread_create(&canceller, NULL, cancel_later, cancellation)) abort();
    }
    if (!status) status = run(client, options, error);
    if (cancellation) pthread_join(canceller, NULL);
    cardwire_cancellation_free(cancellation);
    cardwire_options_free(options);
    return status;
}

int main(int argc, char **argv) {
    rendering = argc > 1 && !strcmp(argv[1], "--render");
    static const struct {
        const char *name;
        operation *run;
    } operations[] = {
        {"recognize", recognize}, {"verify", verify}, {"lookup_card", lookup_card}, {"fetch_order", fetch_order}};
    char *line = NULL;
    size_t room = 0;
    cardwire_client *client = NULL;
    while (getline(&line, &room, stdin) > 0) {
        cardwire_error *error = NULL;
        split(line);
        operation *run = NULL;
        for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
            if (!strcmp(operations[i].name, fields[0])) run = operations[i].run;
        if (!strcmp(fields[0], "open"))
            open_client(&client, &error);
        else if (run)
            call(client, run, &error);
        else if (!strcmp(fields[0], "leak"))
            leak();
        else if (!strcmp(fields[0], "fail"))
            printf("%s\n", text("text"));
        else
            answer("failed", "no such operation");
        if (error && rendering) render_error(error);
        if (error) answer("error", cardwire_error_json(error));
        if (error && argument("uncaught")) {
            fprintf(stderr, "not handled: %s\n", cardwire_error_message(error));
            return 1;
        }
        cardwire_error_free(error);
        if (rendering) printf("done\n");
        fflush(stdout);
    }
    cardwire_client_free(client);
    free(line);
    return 0;
}
