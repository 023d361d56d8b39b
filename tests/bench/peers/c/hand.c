/*
 * Hand-written signing, encoding and HTTP over a socket (or OpenSSL over one). With -DPREPARED the request's
 * bytes are made before the clock starts: what is left is the operating system's cost, the limit.
 */
#include "answer.h"
#include "sign.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <immintrin.h>

struct state {
    int socket;
    SSL *tls;
    char *head, *body, *answer;
    size_t head_len, body_len;
    const void *middle; /* sent between head and body, as it is */
    size_t middle_len;
};

#define ANSWER_ROOM 65536

static char pairs[4096][8];

static void fill_pairs(void) {
    static const char symbols[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (int bits = 0; bits < 4096; bits++) {
        int len = 0;
        for (int shift = 6; shift >= 0; shift -= 6) {
            char symbol = symbols[bits >> shift & 63];
            if (symbol == '+' || symbol == '/') {
                memcpy(pairs[bits] + len, symbol == '+' ? "%2B" : "%2F", 3);
                len += 3;
            } else {
                pairs[bits][len++] = symbol;
            }
        }
        pairs[bits][7] = (char)len;
    }
}

/* Base64, escaped for a form, two characters at a time. */
static char *encode_form(const unsigned char *from, size_t len, char *to) {
    size_t i = 0;
    for (; i + 8 <= len; i += 6) {
        uint64_t bits;
        memcpy(&bits, from + i, 8);
        bits = __builtin_bswap64(bits);
        for (int shift = 52; shift >= 16; shift -= 12) {
            const char *pair = pairs[bits >> shift & 4095];
            memcpy(to, pair, 8);
            to += pair[7];
        }
    }
    unsigned char tail[16];
    int tail_len = EVP_EncodeBlock(tail, from + i, (int)(len - i));
    for (int j = 0; j < tail_len; j++) {
        if (tail[j] == '+' || tail[j] == '/' || tail[j] == '=') {
            memcpy(to, tail[j] == '+' ? "%2B" : tail[j] == '/' ? "%2F" : "%3D", 3);
            to += 3;
        } else {
            *to++ = (char)tail[j];
        }
    }
    return to;
}

/* Base64 with AVX2, 24 bytes at a time (the method of W. Mula and D. Lemire). */
__attribute__((target("avx2"))) static char *encode_avx2(const unsigned char *from, size_t len, char *to) {
    const __m256i spread = _mm256_set_epi8(10, 11, 9, 10, 7, 8, 6, 7, 4, 5, 3, 4, 1, 2, 0, 1, 14, 15, 13, 14, 11, 12,
                                           10, 11, 8, 9, 7, 8, 5, 6, 4, 5);
    const __m256i offsets = _mm256_setr_epi8(65, 71, -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0, 65, 71,
                                             -4, -4, -4, -4, -4, -4, -4, -4, -4, -4, -19, -16, 0, 0);
    size_t i = 0;
    if (len >= 32) {
        EVP_EncodeBlock((unsigned char *)to, from, 6);
        to += 8;
        i = 6;
        for (; i + 28 <= len; i += 24, to += 32) {
            __m256i in = _mm256_loadu_si256((const __m256i *)(from + i - 4));
            in = _mm256_shuffle_epi8(in, spread);
            __m256i high = _mm256_mulhi_epu16(_mm256_and_si256(in, _mm256_set1_epi32(0x0fc0fc00)),
                                              _mm256_set1_epi32(0x04000040));
            __m256i low = _mm256_mullo_epi16(_mm256_and_si256(in, _mm256_set1_epi32(0x003f03f0)),
                                             _mm256_set1_epi32(0x01000010));
            __m256i six = _mm256_or_si256(high, low);
            __m256i which = _mm256_subs_epu8(six, _mm256_set1_epi8(51));
            which = _mm256_sub_epi8(which, _mm256_cmpgt_epi8(six, _mm256_set1_epi8(25)));
            _mm256_storeu_si256((__m256i *)to, _mm256_add_epi8(six, _mm256_shuffle_epi8(offsets, which)));
        }
    }
    return to + EVP_EncodeBlock((unsigned char *)to, from + i, (int)(len - i));
}

static char *encode(const unsigned char *from, size_t len, char *to) {
    if (__builtin_cpu_supports("avx2")) return encode_avx2(from, len, to);
    return to + EVP_EncodeBlock((unsigned char *)to, from, (int)len);
}

static void set_head(const struct run *run, struct state *state, const char *target, const char *headers) {
    state->head_len = (size_t)sprintf(state->head, "POST %s HTTP/1.1\r\nHost: %s\r\n%sContent-Length: %zu\r\n\r\n",
                                      target, run->host, headers,
                                      state->body_len);
}

static void build(const struct run *run, struct state *state) {
    char target[160], headers[640], order[33], nonce[33], sign[41];
    state->middle = NULL;
    switch (run->vendor) {
    case FACEID: {
        char authorization[400];
        time_t now = time(NULL);
        state->body_len = (size_t)sprintf(state->body, "{\"IdCard\":\"%s\",\"Name\":\"%s\",\"BankCard\":\"%s\"}", ID, NAME, CARD);
        tc3(run->host, state->body, state->body_len, now, authorization, sizeof authorization);
        sprintf(headers,
                "Content-Type: application/json\r\nAuthorization: %s\r\nX-TC-Action: BankCardVerification\r\n"
                "X-TC-Version: 2018-03-01\r\nX-TC-Timestamp: %ld\r\n", authorization, (long)now);
        set_head(run, state, "/", headers);
        break;
    }
    case YHKR:
        state->body_len = (size_t)sprintf(state->body, "acct_no=%s&idcard=%s&name=%s", CARD, ID, NAME_ESCAPED);
        set_head(run, state, "/communication/personal/1886",
                 "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                 "Authorization: APPCODE appcodeappcodeappcode\r\n");
        break;
    case WECHAT: {
        char part[256];
        identifier(nonce);
        int part_len = sprintf(part,
                               "--%s\r\nContent-Disposition: form-data; name=\"img\"; filename=\"card.jpg\"\r\n"
                               "Content-Type: image/jpeg\r\n\r\n", nonce);
        state->body_len = (size_t)sprintf(state->body, "\r\n--%s--\r\n", nonce);
        state->middle = run->photo;
        state->middle_len = run->photo_len;
        state->head_len = (size_t)sprintf(state->head,
                                          "POST /cv/ocr/bankcard?access_token=%s HTTP/1.1\r\nHost: %s\r\n"
                                          "Content-Type: multipart/form-data; boundary=%s\r\nContent-Length: %zu\r\n\r\n%s",
                                          TOKEN, run->host, nonce, (size_t)part_len + run->photo_len + state->body_len, part);
        break;
    }
    case KYC: {
        identifier(order);
        identifier(nonce);
        kyc_sign(order, nonce, sign);
        char *to = state->body + sprintf(state->body,
                                         "{\"webankAppId\":\"IDA00001\",\"version\":\"1.0.0\",\"nonce\":\"%s\","
                                         "\"sign\":\"%s\",\"orderNo\":\"%s\",\"bankcardStr\":\"", nonce, sign, order);
        to = encode(run->photo, run->photo_len, to);
        memcpy(to, "\"}", 2);
        state->body_len = (size_t)(to + 2 - state->body);
        sprintf(target, "/api/paas/bankcardocrapp?orderNo=%s", order);
        set_head(run, state, target, "Content-Type: application/json\r\n");
        break;
    }
    case BANKOCR: {
        char *to = state->body + sprintf(state->body, "img=data%%3Aimage%%2Fjpeg%%3Bbase64%%2C");
        state->body_len = (size_t)(encode_form(run->photo, run->photo_len, to) - state->body);
        set_head(run, state, "/cardbank",
                 "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
                 "Authorization: APPCODE appcodeappcodeappcode\r\n");
        break;
    }
    }
}

static void send_all(struct state *state) {
    struct iovec parts[3] = {{state->head, state->head_len},
                             {(void *)state->middle, state->middle ? state->middle_len : 0},
                             {state->body, state->body_len}};
    if (state->tls) {
        if (state->head_len + state->body_len < 4096 && !state->middle) {
            memcpy(state->head + state->head_len, state->body, state->body_len);
            if (SSL_write(state->tls, state->head, (int)(state->head_len + state->body_len)) <= 0) die("write");
            return;
        }
        for (int i = 0; i < 3; i++)
            if (parts[i].iov_len && SSL_write(state->tls, parts[i].iov_base, (int)parts[i].iov_len) <= 0) die("write");
        return;
    }
    for (int i = 0; i < 3;) {
        ssize_t sent = writev(state->socket, parts + i, 3 - i);
        if (sent < 0) die("write");
        while (i < 3 && (size_t)sent >= parts[i].iov_len) sent -= (ssize_t)parts[i++].iov_len;
        if (i < 3) {
            parts[i].iov_base = (char *)parts[i].iov_base + sent;
            parts[i].iov_len -= (size_t)sent;
        }
    }
}

static const char *receive(struct state *state) {
    size_t len = 0, want = 0;
    char *body = NULL;
    for (;;) {
        ssize_t got = state->tls ? SSL_read(state->tls, state->answer + len, (int)(ANSWER_ROOM - 1 - len))
                                 : read(state->socket, state->answer + len, ANSWER_ROOM - 1 - len);
        if (got <= 0) die("read");
        len += (size_t)got;
        state->answer[len] = 0;
        if (!body && (body = strstr(state->answer, "\r\n\r\n"))) {
            char *length = strcasestr(state->answer, "content-length:");
            if (strncmp(state->answer, "HTTP/1.1 200", 12) != 0 || !length) die("not a good answer");
            body += 4;
            want = (size_t)(body - state->answer) + strtoul(length + 15, NULL, 10);
        }
        if (body && len >= want) return body;
    }
}

static struct state *connect_to(const struct run *run) {
    static SSL_CTX *context;
    struct state *state = calloc(1, sizeof *state);
    struct sockaddr_in address = {.sin_family = AF_INET};
    char host[64];
    int on = 1;
    snprintf(host, sizeof host, "%s", run->host);
    char *colon = strchr(host, ':');
    *colon = 0;
    inet_pton(AF_INET, host, &address.sin_addr);
    address.sin_port = htons((uint16_t)atoi(colon + 1));
    state->socket = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(state->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(state->socket, (struct sockaddr *)&address, sizeof address) != 0) die("connect");
    if (run->ca_file) {
        static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
        pthread_mutex_lock(&lock);
        if (!context) {
            context = SSL_CTX_new(TLS_client_method());
            SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
            if (SSL_CTX_load_verify_locations(context, run->ca_file, NULL) != 1) die("CA_FILE cannot be read");
        }
        pthread_mutex_unlock(&lock);
        state->tls = SSL_new(context);
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(state->tls), host);
        SSL_set_fd(state->tls, state->socket);
        if (SSL_connect(state->tls) != 1) die("TLS");
    }
    state->head = malloc(8192);
    state->body = malloc(run->photo_len * 4 + 4096);
    state->answer = malloc(ANSWER_ROOM);
    return state;
}

static void make_calls(const struct run *run, int calls, void **kept) {
    struct state *state = *kept;
    if (!state) {
        *kept = state = connect_to(run);
#ifdef PREPARED
        build(run, state);
#endif
    }
    for (int i = 0; i < calls; i++) {
#ifndef PREPARED
        build(run, state);
#endif
        send_all(state);
        const char *body = receive(state);
#ifdef PREPARED
        if (!body) die("no answer");
#else
        read_answer(run->vendor, body);
#endif
    }
}

int main(int argc, char **argv) {
    struct run run = read_args(argc, argv);
    fill_pairs();
    return measure(&run, 0);
}
