/* What the C clients share: the arguments and the report of a run, and what each vendor is sent. */
#ifndef BENCH_COMMON_H
#define BENCH_COMMON_H
#define _GNU_SOURCE
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define CARD "6222020000000000000"
#define ID "110101190001010014"
#define NAME "\xe5\xbc\xa0\xe4\xb8\x89"
#define NAME_ESCAPED "%E5%BC%A0%E4%B8%89"
#define TOKEN "wechataccesstoken0000000000"
#define TICKET "ticketticketticketticketticket"
#define FACEID_BODY "{\"IdCard\":\"" ID "\",\"Name\":\"" NAME "\",\"BankCard\":\"" CARD "\"}"
#define YHKR_BODY "acct_no=" CARD "&idcard=" ID "&name=" NAME_ESCAPED

enum vendor { FACEID, YHKR, WECHAT, KYC, BANKOCR };
static const char *const vendor_names[] = {"tencent_faceid", "aliyun_yhkr", "wechat", "tencent_kyc", "aliyun_bankocr"};

struct run {
    enum vendor vendor;
    int in_flight, calls, warm_up;
    const char *url, *ca_file, *host; /* host: with its port */
    unsigned char *photo;
    size_t photo_len;
};

static double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double cpu_now(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return u.ru_utime.tv_sec + u.ru_stime.tv_sec + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void die(const char *why) {
    fprintf(stderr, "%s\n", why);
    exit(1);
}

static struct run read_args(int argc, char **argv) {
    struct run run = {0};
    if (argc < 6) die("VENDOR IN_FLIGHT CALLS WARM_UP URL [CA_FILE]");
    while (strcmp(vendor_names[run.vendor], argv[1]) != 0)
        if (++run.vendor > BANKOCR) die("no such vendor");
    run.in_flight = atoi(argv[2]);
    run.calls = atoi(argv[3]);
    run.warm_up = atoi(argv[4]);
    run.url = argv[5];
    run.host = strstr(argv[5], "//") + 2;
    run.ca_file = argc > 6 ? argv[6] : NULL;
    if (run.vendor >= WECHAT) {
        FILE *file = fopen(getenv("PHOTO"), "rb");
        if (!file) die("PHOTO names no file");
        fseek(file, 0, SEEK_END);
        run.photo_len = (size_t)ftell(file);
        rewind(file);
        run.photo = malloc(run.photo_len);
        if (fread(run.photo, 1, run.photo_len, file) != run.photo_len) die("PHOTO cannot be read");
        fclose(file);
    }
    return run;
}

/* The number of calls, made by one thread with a connection of its own. */
static void make_calls(const struct run *run, int calls, void **state);

struct share { const struct run *run; int calls; void *state; };

static void *run_share(void *argument) {
    struct share *share = argument;
    make_calls(share->run, share->calls, &share->state);
    return NULL;
}

static void everything(const struct run *run, int calls, struct share *shares) {
    pthread_t threads[512];
    for (int i = 0; i < run->in_flight; i++) {
        shares[i].run = run;
        shares[i].calls = calls / run->in_flight;
    }
    if (run->in_flight == 1) {
        run_share(shares);
        return;
    }
    for (int i = 0; i < run->in_flight; i++) pthread_create(&threads[i], NULL, run_share, &shares[i]);
    for (int i = 0; i < run->in_flight; i++) pthread_join(threads[i], NULL);
}

/* Not ru_maxrss: that begins with what the process had that started this one. */
static long peak_kib(void) {
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0) peak = atol(line + 6);
    if (status) fclose(status);
    return peak;
}

static int measure(const struct run *run, double start_ms) {
    static struct share shares[512];
    everything(run, run->warm_up, shares);
    double cpu = cpu_now(), begun = seconds_now();
    everything(run, run->calls, shares);
    cpu = cpu_now() - cpu;
    double wall = seconds_now() - begun;
    printf("{\"cpu_ms\":%.6f,\"calls_per_s\":%.1f,\"rss_kib\":%ld,\"start_ms\":%.3f}\n", cpu * 1e3 / run->calls,
           run->calls / wall, peak_kib(), start_ms);
    return 0;
}
#endif
