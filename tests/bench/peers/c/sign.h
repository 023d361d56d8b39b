/* Signing by hand, with libcrypto's digests. */
#ifndef BENCH_SIGN_H
#define BENCH_SIGN_H
#include "common.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

static void to_hex(const unsigned char *bytes, size_t len, char *text, const char *digits) {
    for (size_t i = 0; i < len; i++) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    text[2 * len] = 0;
}

#define LOWER "0123456789abcdef"
#define UPPER "0123456789ABCDEF"

/* HMAC-SHA256 over the plain digest functions: OpenSSL's own HMAC spends more on fetching than on hashing. */
static void hmac_sha256(const void *key, size_t key_len, const void *text, size_t text_len, unsigned char out[32]) {
    unsigned char pad[64], inner[32];
    SHA256_CTX context;
    for (int round = 0; round < 2; round++) {
        memset(pad, round ? 0x5c : 0x36, sizeof pad);
        for (size_t i = 0; i < key_len; i++) pad[i] ^= ((const unsigned char *)key)[i];
        SHA256_Init(&context);
        SHA256_Update(&context, pad, sizeof pad);
        SHA256_Update(&context, round ? (const void *)inner : text, round ? sizeof inner : text_len);
        SHA256_Final(round ? out : inner, &context);
    }
}

/* The value of the authorization header of tencent_faceid. */
static void tc3(const char *host, const char *body, size_t body_len, time_t now, char *header, size_t room) {
    unsigned char digest[32], key[32];
    char hash[65], date[16], text[512];
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(date, sizeof date, "%Y-%m-%d", &utc);
    SHA256((const unsigned char *)body, body_len, digest);
    to_hex(digest, 32, hash, LOWER);
    int len = snprintf(text, sizeof text,
                       "POST\n/\n\ncontent-type:application/json\nhost:%s\n\ncontent-type;host\n%s", host, hash);
    SHA256((unsigned char *)text, (size_t)len, digest);
    to_hex(digest, 32, hash, LOWER);
    len = snprintf(text, sizeof text, "TC3-HMAC-SHA256\n%ld\n%s/faceid/tc3_request\n%s", (long)now, date, hash);
    hmac_sha256("TC3secretkeyexample", 19, date, strlen(date), key);
    hmac_sha256(key, 32, "faceid", 6, digest);
    hmac_sha256(digest, 32, "tc3_request", 11, key);
    hmac_sha256(key, 32, text, (size_t)len, digest);
    to_hex(digest, 32, hash, LOWER);
    snprintf(header, room,
             "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/%s/faceid/tc3_request, SignedHeaders=content-type;host, "
             "Signature=%s", date, hash);
}

static int by_bytes(const void *one, const void *other) {
    return strcmp(*(const char *const *)one, *(const char *const *)other);
}

/* The sign of tencent_kyc. */
static void kyc_sign(const char *order, const char *nonce, char text[41]) {
    const char *values[] = {"IDA00001", order, "1.0.0", nonce, TICKET};
    unsigned char digest[20];
    SHA_CTX context;
    qsort(values, 5, sizeof *values, by_bytes);
    SHA1_Init(&context);
    for (int i = 0; i < 5; i++) SHA1_Update(&context, values[i], strlen(values[i]));
    SHA1_Final(digest, &context);
    to_hex(digest, 20, text, UPPER);
}

/* Thirty-two characters that differ from call to call. */
static void identifier(char text[33]) {
    static _Thread_local uint64_t state;
    if (!state) state = (uint64_t)(seconds_now() * 1e9) ^ (uintptr_t)&state;
    for (int i = 0; i < 32; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        text[i] = "0123456789abcdefghijklmnopqrstuv"[state >> 59];
    }
    text[32] = 0;
}
#endif
