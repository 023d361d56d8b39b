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

struct value {
    const char *text;
    size_t length;
};

static struct {
    const char *name;
    struct value value;
} fields[MOST_FIELDS];
static size_t field_count;
static int rendering;

static char digit(char c) { return (char)(c <= '9' ? c - '0' : c - 'a' + 10); }

/* Bytes that travel in hex are put back where they stand. */
static size_t bytes_of(char *hex) {
    size_t length = strlen(hex) / 2;
    for (size_t i = 0; i < length; i++) hex[i] = (char)(digit(hex[2 * i]) * 16 + digit(hex[2 * i + 1]));
    return length;
}

/* `name=text` or `name:bytes=hex`; the first field is the operation. */
static void split(char *line) {
    line[strcspn(line, "\r\n")] = 0;
    field_count = 0;
    for (char *rest = line, *field; field_count < MOST_FIELDS && (field = strsep(&rest, "\t")); field_count++) {
        char *text = strchr(field, '=');
        size_t length = 0;
        if (text) {
            *text++ = 0;
            char *form = strchr(field, ':');
            if (form) *form = 0;
            length = form ? bytes_of(text) : strlen(text);
        }
        fields[field_count].name = field;
        fields[field_count].value.text = text;
        fields[field_count].value.length = length;
    }
}

/* The value of an argument of the request; its text is NULL where there is none. */
static struct value argument(const char *name) {
    for (size_t i = 1; i < field_count; i++)
        if (!strcmp(fields[i].name, name)) return fields[i].value;
    return (struct value){NULL, 0};
}

static struct value text(const char *name) {
    struct value value = argument(name);
    if (!value.text) value.text = "";
    return value;
}

/* A value as the pointer and length that the functions take. */
#define GIVEN(value) (value).text, (value).length

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
           shown(cardwire_call_facts_request_id(cardwire_error_facts(error))));
}

static void on_event(const cardwire_event *event, void *user_data) {
    (void)user_data;
    printf("%s\n%s\n", cardwire_event_json(event), cardwire_event_text(event));
}

/* Says what a file holds, to show that a leak would be seen. */
static void leak(void) {
    size_t length;
    char *content = read_file(text("file").text, &length);
    if (!content) return;
    fwrite(content, 1, length, stdout);
    fwrite(content, 1, length, stderr);
    printf("\n");
    free(content);
}

static void *cancel_later(void *cancellation) {
    usleep((useconds_t)(strtoul(text("cancel_ms").text, NULL, 10) * 1000));
    cardwire_cancellation_cancel(cancellation, NULL);
    return NULL;
}

typedef cardwire_status operation(cardwire_client *, cardwire_options *, cardwire_error **);

static cardwire_status recognize(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    struct value bytes = argument("bytes"), file = argument("file"), url = text("url");
    cardwire_recognition *recognition;
    cardwire_status status;
    if (bytes.text) {
        size_t length;
        char *photo = read_file(bytes.text, &length);
        status = cardwire_recognize(client, (const uint8_t *)photo, length, options, &recognition, error);
        free(photo);
    } else if (file.text) {
        status = cardwire_recognize_file(client, GIVEN(file), options, &recognition, error);
    } else {
        status = cardwire_recognize_url(client, GIVEN(url), options, &recognition, error);
    }
    if (!status) answer("ok", cardwire_recognition_json(recognition));
    cardwire_recognition_free(recognition);
    return status;
}

static cardwire_status make_cardholder(cardwire_cardholder **cardholder, cardwire_error **error) {
    struct value card_number = text("card_number"), name = text("name"), id_number = argument("id_number"),
                 phone = argument("phone");
    cardwire_status status = cardwire_cardholder_new(GIVEN(card_number), GIVEN(name), cardholder, error);
    if (!status && id_number.text) status = cardwire_cardholder_set_id_number(*cardholder, GIVEN(id_number), error);
    if (!status && phone.text) status = cardwire_cardholder_set_phone(*cardholder, GIVEN(phone), error);
    return status;
}

static cardwire_status verify(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    cardwire_cardholder *cardholder;
    cardwire_verification *verification = NULL;
    cardwire_status status = make_cardholder(&cardholder, error);
    if (!status) status = cardwire_verify(client, cardholder, options, &verification, error);
    if (!status) answer("ok", cardwire_verification_json(verification));
    cardwire_verification_free(verification);
    cardwire_cardholder_free(cardholder);
    return status;
}

/* A batch of one, whose input is put in by now or was refused. */
static cardwire_status next_is_result(cardwire_batch *batch) {
    if (cardwire_batch_end_inputs(batch, NULL) || cardwire_batch_next(batch, -1) != CARDWIRE_BATCH_RESULT) abort();
    return CARDWIRE_OK;
}

/* The order number of its call, which a batch's options do not have. */
static cardwire_status number(cardwire_options **named, cardwire_error **error) {
    struct value order_id = argument("order_id");
    cardwire_status status = cardwire_options_new(named, error);
    if (!status && order_id.text) status = cardwire_options_set_order_id(*named, GIVEN(order_id), error);
    return status;
}

static cardwire_status put_photo(cardwire_batch *batch, cardwire_options *named, cardwire_error **error) {
    struct value bytes = argument("bytes"), file = argument("file"), url = text("url");
    if (!bytes.text)
        return file.text ? cardwire_batch_put_file(batch, GIVEN(file), named, error)
                         : cardwire_batch_put_url(batch, GIVEN(url), named, error);
    size_t length;
    char *photo = read_file(bytes.text, &length);
    cardwire_status status = cardwire_batch_put_image(batch, (const uint8_t *)photo, length, named, error);
    free(photo);
    return status;
}

static cardwire_status recognize_many(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    cardwire_batch *batch;
    cardwire_options *named = NULL;
    cardwire_recognition *recognition = NULL;
    size_t index;
    cardwire_status status = cardwire_recognize_many(client, options, 0, NULL, NULL, &batch, error);
    if (!status) status = number(&named, error);
    if (!status && cardwire_batch_next(batch, -1) != CARDWIRE_BATCH_INPUT) abort();
    if (!status) status = put_photo(batch, named, error);
    if (!status) status = next_is_result(batch);
    if (!status) status = cardwire_batch_take_recognition(batch, &index, &recognition, error);
    if (!status) answer("ok", cardwire_recognition_json(recognition));
    cardwire_recognition_free(recognition);
    cardwire_options_free(named);
    cardwire_batch_free(batch);
    return status;
}

static cardwire_status verify_many(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    cardwire_batch *batch;
    cardwire_options *named = NULL;
    cardwire_cardholder *cardholder = NULL;
    cardwire_verification *verification = NULL;
    size_t index;
    cardwire_status status = cardwire_verify_many(client, options, 0, NULL, NULL, &batch, error);
    if (!status) status = number(&named, error);
    if (!status) status = make_cardholder(&cardholder, error);
    if (!status && cardwire_batch_next(batch, -1) != CARDWIRE_BATCH_INPUT) abort();
    if (!status) status = cardwire_batch_put_cardholder(batch, cardholder, named, error);
    if (!status) status = next_is_result(batch);
    if (!status) status = cardwire_batch_take_verification(batch, &index, &verification, error);
    if (!status) answer("ok", cardwire_verification_json(verification));
    cardwire_verification_free(verification);
    cardwire_cardholder_free(cardholder);
    cardwire_options_free(named);
    cardwire_batch_free(batch);
    return status;
}

static cardwire_status lookup_card(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    struct value card_number = text("card_number");
    cardwire_card_lookup *lookup;
    cardwire_status status = cardwire_lookup_card(client, GIVEN(card_number), options, &lookup, error);
    if (!status) answer("ok", cardwire_card_lookup_json(lookup));
    cardwire_card_lookup_free(lookup);
    return status;
}

static cardwire_status fetch_order(cardwire_client *client, cardwire_options *options, cardwire_error **error) {
    struct value order_id = text("order_id");
    cardwire_order *order;
    cardwire_status status = cardwire_fetch_order(client, GIVEN(order_id), options, &order, error);
    if (!status) answer("ok", cardwire_order_json(order));
    cardwire_order_free(order);
    return status;
}

/* --- Checks on this machine. --- */

static const char *word(int32_t flag) { return flag ? "true" : "false"; }

static cardwire_status check_card_number(cardwire_error **error) {
    struct value card_number = text("card_number");
    int32_t well_formed, luhn;
    cardwire_status status = cardwire_check_card_number(GIVEN(card_number), &well_formed, &luhn, error);
    if (!status) printf("ok\t{\"well_formed\":%s,\"luhn\":%s}\n", word(well_formed), word(luhn));
    return status;
}

static cardwire_status check_id_number(cardwire_error **error) {
    struct value id_number = text("id_number");
    int32_t well_formed, checksum, birth_date;
    cardwire_status status = cardwire_check_id_number(GIVEN(id_number), &well_formed, &checksum, &birth_date, error);
    if (!status)
        printf("ok\t{\"well_formed\":%s,\"checksum\":%s,\"birth_date\":%s}\n", word(well_formed), word(checksum),
               word(birth_date));
    return status;
}

static cardwire_status image_checked(cardwire_status (*checks)(const uint8_t *, size_t, cardwire_image_check **, cardwire_error **),
                                     cardwire_error **error) {
    size_t length;
    char *photo = read_file(text("bytes").text, &length);
    cardwire_image_check *check;
    cardwire_status status = checks((const uint8_t *)photo, length, &check, error);
    if (!status) answer("ok", cardwire_image_check_json(check));
    cardwire_image_check_free(check);
    free(photo);
    return status;
}

static cardwire_status check_image(cardwire_error **error) { return image_checked(cardwire_check_image, error); }

static cardwire_status look_at_image(cardwire_error **error) { return image_checked(cardwire_look_at_image, error); }

static cardwire_status set_options(cardwire_options *options, operation *run, cardwire_error **error) {
    struct value vendor = argument("vendor"), order = argument("order_id"), user = argument("user_id"),
                 timeout = argument("timeout_ms");
    cardwire_status status = CARDWIRE_OK;
    if (vendor.text) status = cardwire_options_set_vendors(options, GIVEN(vendor), error);
    /* The order to fetch is no option. */
    if (!status && order.text && run != fetch_order)
        status = cardwire_options_set_order_id(options, GIVEN(order), error);
    if (!status && user.text) status = cardwire_options_set_user_id(options, GIVEN(user), error);
    if (!status && timeout.text)
        status = cardwire_options_set_timeout_ms(options, strtoull(timeout.text, NULL, 10), error);
    return status;
}

static cardwire_status open_client(cardwire_client **client, cardwire_error **error) {
    struct value config = text("config");
    cardwire_client_free(*client);
    cardwire_status status =
        rendering ? cardwire_client_new_observed(GIVEN(config), on_event, NULL, client, error)
                  : cardwire_client_new(GIVEN(config), client, error);
    cardwire_account_health *health;
    if (!status && rendering && !cardwire_client_health(*client, &health, NULL)) {
        printf("%s\n", cardwire_account_health_json(health));
        cardwire_account_health_free(health);
    }
    if (!status) answer("opened", "");
    return status;
}

static cardwire_status call(cardwire_client *client, operation *run, cardwire_error **error) {
    cardwire_options *options;
    cardwire_status status = cardwire_options_new(&options, error);
    if (!status) status = set_options(options, run, error);
    cardwire_cancellation *cancellation = NULL;
    pthread_t canceller;
    if (!status && argument("cancel_ms").text) {
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
    } operations[] = {{"recognize", recognize},           {"verify", verify},
                      {"lookup_card", lookup_card},       {"fetch_order", fetch_order},
                      {"recognize_many", recognize_many}, {"verify_many", verify_many}};
    static const struct {
        const char *name;
        cardwire_status (*run)(cardwire_error **);
    } checks[] = {{"check_card_number", check_card_number},
                  {"check_id_number", check_id_number},
                  {"check_image", check_image},
                  {"look_at_image", look_at_image}};
    char *line = NULL;
    size_t room = 0;
    cardwire_client *client = NULL;
    while (getline(&line, &room, stdin) > 0) {
        cardwire_error *error = NULL;
        split(line);
        const char *asked = fields[0].name;
        int known = 1;
        if (!strcmp(asked, "open")) {
            open_client(&client, &error);
        } else if (!strcmp(asked, "leak")) {
            leak();
        } else if (!strcmp(asked, "fail")) {
            printf("%s\n", text("text").text);
        } else {
            known = 0;
            for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
                if (!strcmp(operations[i].name, asked)) known = 1, call(client, operations[i].run, &error);
            for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
                if (!strcmp(checks[i].name, asked)) known = 1, checks[i].run(&error);
        }
        if (!known) answer("failed", "no such operation");
        if (error && rendering) render_error(error);
        if (error) answer("error", cardwire_error_json(error));
        if (error && argument("uncaught").text) {
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
