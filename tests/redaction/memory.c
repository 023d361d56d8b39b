/* Makes calls and frees everything, then waits at three points for its memory to be searched:
   memory CONFIG INPUT [recognize|verify VENDOR]..., where INPUT has a line each for card number, name, ID
   number, phone number and the paths of a photo and of its pixels. Nothing of it goes through buffers of the C
   library, which would keep it. */
#define _GNU_SOURCE
#include <cardwire.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char config[65536], input[65536], photo[4 << 20];

static void say(const char *text) {
    if (write(1, text, strlen(text)) < 0) _exit(3);
}

static void give_up(const char *what) {
    say(what);
    say("\n");
    _exit(2);
}

/* Says where the program is and waits for a byte. */
static void stop_at(const char *where) {
    char byte;
    say(where);
    if (read(0, &byte, 1) != 1) _exit(0);
}

static size_t load(const char *path, char *room, size_t size) {
    int file = open(path, O_RDONLY);
    size_t length = 0;
    for (ssize_t got; file >= 0 && (got = read(file, room + length, size - length)) > 0;) length += (size_t)got;
    if (file < 0 || length == size) give_up("a file cannot be read");
    close(file);
    return length;
}

static cardwire_options *with(const char *vendor, unsigned long timeout_ms) {
    cardwire_options *options = NULL;
    if (cardwire_options_new(&options, NULL) || cardwire_options_set_vendors(options, vendor, strlen(vendor), NULL) ||
        cardwire_options_set_timeout_ms(options, timeout_ms, NULL))
        give_up("no options");
    return options;
}

static void verify(cardwire_client *client, const char *vendor, char *const *person) {
    cardwire_cardholder *holder = NULL;
    cardwire_verification *verification = NULL;
    cardwire_error *error = NULL;
    cardwire_options *options = with(vendor, 10000);
    if (cardwire_cardholder_new(person[0], strlen(person[0]), person[1], strlen(person[1]), &holder, &error) ||
        cardwire_cardholder_set_id_number(holder, person[2], strlen(person[2]), &error) ||
        /* It takes three elements only. */
        (strcmp(vendor, "aliyun_yhkr") &&
         cardwire_cardholder_set_phone(holder, person[3], strlen(person[3]), &error)) ||
        cardwire_verify(client, holder, options, &verification, &error))
        give_up(cardwire_error_message(error));
    if (!cardwire_verification_json(verification)) give_up("no JSON");
    cardwire_verification_free(verification);
    cardwire_cardholder_free(holder);
    cardwire_options_free(options);
}

static void recognize(cardwire_client *client, const char *vendor, size_t length, const char *card) {
    cardwire_recognition *recognition = NULL;
    cardwire_error *error = NULL;
    cardwire_options *options = with(vendor, 10000);
    if (cardwire_recognize(client, (const uint8_t *)photo, length, options, &recognition, &error))
        give_up(cardwire_error_message(error));
    /* The photo shows this number, which offline reads, and tells it to the sandbox. */
    if (strcmp(cardwire_recognition_card_number(recognition), card)) give_up("another card was read");
    if (!cardwire_recognition_json(recognition)) give_up("no JSON");
    cardwire_recognition_free(recognition);
    cardwire_options_free(options);
}

/* A call that has no time to end, and one that is refused before it is sent. */
static void fail(cardwire_client *client, size_t length, char *const *person) {
    cardwire_recognition *recognition = NULL;
    cardwire_cardholder *holder = NULL;
    cardwire_error *error = NULL;
    cardwire_options *options = with("wechat", 1);
    if (!cardwire_recognize(client, (const uint8_t *)photo, length, options, &recognition, &error))
        cardwire_recognition_free(recognition);
    cardwire_error_free(error);
    cardwire_options_free(options);
    if (cardwire_cardholder_new(person[0], strlen(person[0]) - 8, person[1], strlen(person[1]), &holder, NULL) == 0)
        cardwire_cardholder_free(holder);
}

int main(int argc, char **argv) {
    char *lines[6] = {input};
    cardwire_client *client = NULL;
    cardwire_error *error = NULL;
    if (argc < 3) give_up("memory CONFIG INPUT [recognize|verify VENDOR]...");
    size_t config_length = load(argv[1], config, sizeof config);
    load(argv[2], input, sizeof input);
    for (int i = 0; i < 6; i++) {
        char *end = strchr(lines[i], '\n');
        if (!end) give_up("the input has six lines");
        *end = 0;
        if (i < 5) lines[i + 1] = end + 1;
    }
    /* Opened while its path is known: the path is forgotten with the rest. */
    int pixels = open(lines[5], O_RDONLY);
    if (pixels < 0) give_up("the pixels cannot be read");
    size_t photo_length = load(lines[4], photo, sizeof photo);
    if (cardwire_client_new(config, config_length, &client, &error)) give_up(cardwire_error_message(error));
    for (int round = 0; round < 3; round++) {
        for (int i = 3; i + 1 < argc; i += 2) {
            if (!strcmp(argv[i], "verify")) verify(client, argv[i + 1], lines);
            else recognize(client, argv[i + 1], photo_length, lines[0]);
        }
        fail(client, photo_length, lines);
    }
    /* The pipe keeps a card number and a piece of the photo outside of the memory, for the last search; the
       pixels are in their file. */
    enum { PIXELS = 1 << 19 };
    char *kept = malloc(2048 + PIXELS);
    if (!kept) give_up("no memory");
    int pair[2];
    if (pipe(pair) || write(pair[1], lines[0], 20) != 20 || write(pair[1], photo + 8192, 1024) != 1024)
        give_up("no pipe");
    explicit_bzero(config, sizeof config);
    explicit_bzero(input, sizeof input);
    explicit_bzero(photo, sizeof photo);
    stop_at("results freed\n");
    cardwire_client_free(client);
    stop_at("client freed\n");
    if (read(pair[0], kept, 1044) != 1044) give_up("no pipe");
    if (read(pixels, kept + 2048, PIXELS) != PIXELS) give_up("no pixels");
    stop_at("kept on purpose\n");
    free(kept);
    return 0;
}
