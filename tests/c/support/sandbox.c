#define _GNU_SOURCE
#include "sandbox.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char *config;
static int admin_port;

static void die(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(2);
}

static const char *environment(const char *name) {
    const char *value = getenv(name);
    if (!value) die("%s is not set", name);
    return value;
}

void sandbox_start(void) {
    const char *program = environment("CARDWIRE_SANDBOX");
    int to[2], from[2];
    /* The end that keeps it alive must not survive in programs that this one starts. */
    if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC)) die("pipe");
    pid_t child = fork();
    if (child < 0) die("fork");
    if (child == 0) {
        dup2(to[0], 0);
        dup2(from[1], 1);
        execl(program, program, "--exit-with-stdin", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    FILE *said = fdopen(from[0], "r");
    size_t room = 0;
    char *line = NULL;
    if (!said || getline(&line, &room, said) <= 0) die("%s does not start", program);
    line[strcspn(line, "\n")] = 0;
    /* What is sent again is tested elsewhere; a dead token is replaced here too. */
    const char *once = "{\"retry\":{\"attempts\":2,\"breaker\":false},";
    config = malloc(strlen(once) + strlen(line));
    if (!config) die("no memory");
    strcpy(config, once);
    strcat(config, line + 1);
    if (getline(&line, &room, said) <= 0 || sscanf(line, "admin http://127.0.0.1:%d", &admin_port) != 1)
        die("%s names no admin address", program);
    free(line);
    fclose(said);
}

const char *sandbox_config(void) { return config; }

char *sandbox_config_with(const char *members, ...) {
    char *given, *whole;
    va_list arguments;
    va_start(arguments, members);
    if (vasprintf(&given, members, arguments) < 0 || asprintf(&whole, "{%s,%s", given, config + 1) < 0) die("no memory");
    va_end(arguments);
    free(given);
    return whole;
}

char *sandbox_config_provided(const char *secret, char **value) {
    char *whole, *key;
    if (asprintf(&key, "\"%s\":\"", secret) < 0) die("no memory");
    const char *found = strstr(config, key);
    if (!found) die("no %s in the configuration", secret);
    const char *begin = found + strlen(key), *end = strchr(begin, '"');
    *value = strndup(begin, (size_t)(end - begin));
    if (asprintf(&whole, "%.*s{\"provider\":\"tokens\"}%s", (int)(begin - 1 - config), config, end + 1) < 0) die("no memory");
    free(key);
    return whole;
}

static char folder[] = "/tmp/cardwire-test-XXXXXX";
static pid_t folder_owner;

static void remove_folder(void) {
    /* Not in a forked child that ends. */
    if (getpid() != folder_owner) return;
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries && (entry = readdir(entries));) unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries) closedir(entries);
    rmdir(folder);
}

const char *temporary_folder(void) {
    if (!folder_owner) {
        if (!mkdtemp(folder)) die("%s cannot be made", folder);
        folder_owner = getpid();
        atexit(remove_folder);
    }
    return folder;
}

static char *ask(const char *method, const char *path, const char *body) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)admin_port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection < 0 || connect(connection, (struct sockaddr *)&address, sizeof address))
        die("the sandbox's admin interface does not answer");
    char *request;
    int length = asprintf(&request,
                          "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n"
                          "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s",
                          method, path, admin_port, strlen(body), body);
    for (int sent = 0; sent < length;) {
        ssize_t more = send(connection, request + sent, (size_t)(length - sent), MSG_NOSIGNAL);
        if (more <= 0) die("%s %s: the request breaks", method, path);
        sent += (int)more;
    }
    free(request);
    size_t filled = 0, room = 1 << 16;
    char *answer = malloc(room);
    for (;;) {
        if (room - filled < 2) answer = realloc(answer, room *= 2);
        ssize_t more = recv(connection, answer + filled, room - filled - 1, 0);
        if (more < 0) die("%s %s: the answer breaks", method, path);
        if (more == 0) break;
        filled += (size_t)more;
    }
    close(connection);
    answer[filled] = 0;
    char *blank = strstr(answer, "\r\n\r\n");
    if (strncmp(answer, "HTTP/1.1 200", 12) || !blank) die("%s %s: %s", method, path, answer);
    memmove(answer, blank + 4, strlen(blank + 4) + 1);
    return answer;
}

char *sandbox_get(const char *path) { return ask("GET", path, ""); }

void sandbox_post(const char *path, const char *json) { free(ask("POST", path, json)); }

void sandbox_reset(void) { sandbox_post("/reset", "{}"); }

void sandbox_hang(const char *vendor) {
    char script[200];
    snprintf(script, sizeof script,
             "{\"vendor\":\"%s\",\"operation\":\"any\",\"times\":0,\"do\":{\"fault\":{\"kind\":\"never_answer\"}}}",
             vendor);
    sandbox_post("/script", script);
}

static long total(const char *key) {
    char *counts = sandbox_get("/counts");
    long sum = 0;
    char wanted[40];
    snprintf(wanted, sizeof wanted, "\"%s\":", key);
    int found = 0;
    for (const char *at = counts; (at = strstr(at, wanted)) != NULL; found++) {
        at += strlen(wanted);
        sum += strtol(at, NULL, 10);
    }
    if (found == 0) die("no vendor has %s: %s", key, counts);
    free(counts);
    return sum;
}

long sandbox_connections(void) { return total("connections"); }

long sandbox_requests(void) { return total("requests"); }

const char *sandbox_photo_path(const char *name) {
    static char path[4096];
    snprintf(path, sizeof path, "%s/%s", environment("CARDWIRE_IMAGES"), name);
    return path;
}

uint8_t *sandbox_photo(const char *name, size_t *length) {
    const char *path = sandbox_photo_path(name);
    FILE *file = fopen(path, "rb");
    if (!file) die("%s cannot be read", path);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    if (!bytes || fread(bytes, 1, *length, file) != *length) die("%s cannot be read", path);
    fclose(file);
    return bytes;
}

void sandbox_swap_digits(uint8_t *photo) {
    /* A bitmap of 400 by 250 pixels, three bytes each, the lowest row first. */
    for (int y = 143; y < 167; y++) {
        uint8_t *row = photo + 54 + (249 - y) * 1200, *left = row + 133 * 3, *right = row + 147 * 3, kept[13 * 3];
        memcpy(kept, left, sizeof kept);
        memcpy(left, right, sizeof kept);
        memcpy(right, kept, sizeof kept);
    }
}

int reads_photos(void) { return getenv("CARDWIRE_READ_NO_PHOTOS") == NULL; }

int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

#if defined(__SANITIZE_ADDRESS__)
static int another_thread_runs(void) {
    DIR *threads = opendir("/proc/self/task");
    if (!threads) die("no /proc/self/task");
    int runs = 0;
    for (struct dirent *thread; (thread = readdir(threads));) {
        char path[64], line[256] = "";
        if (thread->d_name[0] == '.' || atoi(thread->d_name) == getpid()) continue;
        snprintf(path, sizeof path, "/proc/self/task/%.20s/stat", thread->d_name);
        FILE *file = fopen(path, "r");
        if (!file) continue;
        char *state = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL;
        if (state && state[2] != 'S') runs = 1;
        fclose(file);
    }
    closedir(threads);
    return runs;
}
#endif

pid_t fork_child(void) {
    fflush(stdout);
#if defined(__SANITIZE_ADDRESS__)
    while (another_thread_runs()) sleep_ms(1);
#endif
    return fork();
}

void sleep_ms(long milliseconds) {
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    nanosleep(&time, NULL);
}

void wait_for(const volatile int *flag, int value) {
    int64_t end = now_ms() + 30000;
    while (__atomic_load_n(flag, __ATOMIC_ACQUIRE) < value) {
        if (now_ms() > end) die("30 seconds passed and nothing happened");
        sleep_ms(1);
    }
}
