/* Reads the one field that each answer is asked for, as small C programs do. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H
#include "common.h"

static void expect_field(const char *body, const char *field, const char *value) {
    char name[64];
    snprintf(name, sizeof name, "\"%s\"", field);
    const char *at = strstr(body, name);
    if (!at) die("the answer lacks its field");
    at += strlen(name);
    at += strspn(at, " :\"");
    if (strncmp(at, value, strlen(value)) != 0) die("the answer is another one");
}

static void read_answer(enum vendor vendor, const char *body) {
    switch (vendor) {
    case FACEID: expect_field(body, "Result", "0"); break;
    case YHKR: expect_field(body, "code", "10000"); expect_field(body, "state", "1"); break;
    case WECHAT: expect_field(body, "errcode", "0"); expect_field(body, "number", "6217000000000000004"); break;
    case KYC:
        expect_field(body, "code", "0");
        expect_field(body, "bankcardNo", "6217000000000000004");
        expect_field(body, "bankcardInfo", "");
        expect_field(body, "bankcardNoPhoto", "/9j/");
        break;
    case BANKOCR: expect_field(body, "code", "1"); expect_field(body, "bank_card_number", "6217"); break;
    }
}
#endif
