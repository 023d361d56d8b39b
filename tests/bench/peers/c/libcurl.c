/* What a C program writes today: libcurl, an easy handle per thread, libcrypto for digests and base64. */
#include "answer.h"
#include "sign.h"
#include <curl/curl.h>

struct state {
    CURL *curl;
    char *answer, *body;
    size_t len, room;
};

static size_t take(char *bytes, size_t size, size_t count, void *user) {
    struct state *state = user;
    if (state->len + size * count + 1 > state->room) {
        state->room = state->len + size * count + 65536;
        state->answer = realloc(state->answer, state->room);
    }
    memcpy(state->answer + state->len, bytes, size * count);
    state->len += size * count;
    state->answer[state->len] = 0;
    return size * count;
}

static void one(const struct run *run, struct state *state) {
    char url[256], line[512], order[33], nonce[33], sign[41];
    struct curl_slist *headers = NULL;
    curl_mime *mime = NULL;
    CURL *curl = state->curl;
    curl_easy_reset(curl);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, state);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    if (run->ca_file) curl_easy_setopt(curl, CURLOPT_CAINFO, run->ca_file);
    headers = curl_slist_append(headers, "Expect:");
    switch (run->vendor) {
    case FACEID: {
        char authorization[400];
        time_t now = time(NULL);
        snprintf(url, sizeof url, "%s/", run->url);
        tc3(run->host, FACEID_BODY, strlen(FACEID_BODY), now, authorization, sizeof authorization);
        snprintf(line, sizeof line, "Authorization: %s", authorization);
        headers = curl_slist_append(headers, line);
        snprintf(line, sizeof line, "X-TC-Timestamp: %ld", (long)now);
        headers = curl_slist_append(headers, line);
        headers = curl_slist_append(headers, "X-TC-Action: BankCardVerification");
        headers = curl_slist_append(headers, "X-TC-Version: 2018-03-01");
        headers = curl_slist_append(headers, "Content-Type: application/json");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, FACEID_BODY);
        break;
    }
    case YHKR: {
        char *name = curl_easy_escape(curl, NAME, 0);
        char body[256];
        snprintf(body, sizeof body, "acct_no=%s&idcard=%s&name=%s", CARD, ID, name);
        curl_free(name);
        snprintf(url, sizeof url, "%s/communication/personal/1886", run->url);
        headers = curl_slist_append(headers, "Authorization: APPCODE appcodeappcodeappcode");
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
        break;
    }
    case WECHAT: {
        snprintf(url, sizeof url, "%s/cv/ocr/bankcard?access_token=%s", run->url, TOKEN);
        mime = curl_mime_init(curl);
        curl_mimepart *part = curl_mime_addpart(mime);
        curl_mime_name(part, "img");
        curl_mime_filename(part, "card.jpg");
        curl_mime_type(part, "image/jpeg");
        curl_mime_data(part, (char *)run->photo, run->photo_len);
        curl_easy_setopt(curl, CURLOPT_MIMEPOST, mime);
        break;
    }
    case KYC: {
        identifier(order);
        identifier(nonce);
        kyc_sign(order, nonce, sign);
        snprintf(url, sizeof url, "%s/api/paas/bankcardocrapp?orderNo=%s", run->url, order);
        state->body = malloc(run->photo_len / 3 * 4 + 1024);
        int len = sprintf(state->body,
                          "{\"webankAppId\":\"IDA00001\",\"version\":\"1.0.0\",\"nonce\":\"%s\",\"sign\":\"%s\","
                          "\"orderNo\":\"%s\",\"bankcardStr\":\"", nonce, sign, order);
        len += EVP_EncodeBlock((unsigned char *)state->body + len, run->photo, (int)run->photo_len);
        len += sprintf(state->body + len, "\"}");
        headers = curl_slist_append(headers, "Content-Type: application/json");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, state->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)len);
        break;
    }
    case BANKOCR: {
        static const char prefix[] = "img=data%3Aimage%2Fjpeg%3Bbase64%2C";
        unsigned char *text = malloc(run->photo_len / 3 * 4 + 8);
        int text_len = EVP_EncodeBlock(text, run->photo, (int)run->photo_len);
        state->body = malloc(sizeof prefix + 3 * (size_t)text_len);
        char *to = state->body + sprintf(state->body, "%s", prefix);
        for (int i = 0; i < text_len; i++) {
            if (text[i] == '+' || text[i] == '/' || text[i] == '=') {
                memcpy(to, text[i] == '+' ? "%2B" : text[i] == '/' ? "%2F" : "%3D", 3);
                to += 3;
            } else {
                *to++ = (char)text[i];
            }
        }
        free(text);
        snprintf(url, sizeof url, "%s/cardbank", run->url);
        headers = curl_slist_append(headers, "Authorization: APPCODE appcodeappcodeappcode");
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, state->body);
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)(to - state->body));
        break;
    }
    }
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    state->len = 0;
    if (curl_easy_perform(curl) != CURLE_OK) die("the call failed");
    read_answer(run->vendor, state->answer);
    curl_slist_free_all(headers);
    curl_mime_free(mime);
    free(state->body);
    state->body = NULL;
}

static void make_calls(const struct run *run, int calls, void **kept) {
    struct state *state = *kept;
    if (!state) {
        *kept = state = calloc(1, sizeof *state);
        state->curl = curl_easy_init();
    }
    for (int i = 0; i < calls; i++) one(run, state);
}

int main(int argc, char **argv) {
    struct run run = read_args(argc, argv);
    double begun = seconds_now();
    curl_global_init(CURL_GLOBAL_ALL);
    return measure(&run, (seconds_now() - begun) * 1e3);
}
