/*
 * Cardwire: bank-card recognition and cardholder verification over the vendors that businesses in
 * China use.
 *
 * This file is generated from the documentation of the library; it is also its manual. The rules
 * for every function stand here, once; each function then states only what is its own.
 *
 * Contents. This manual; constants and types; then the functions by their object: status, facts,
 * error, client, options, cancellation, cardholder, recognition, verification, look-up, issuer,
 * order, the calls (blocking, then _start), batches, records of orders, journals, providers, events,
 * health, checks. Calls in one piece, for bindings of other languages, come last.
 *
 * Example. Reads the card in a photo; cardwire.json is a configuration.
 *
 * ```c
 * #include <cardwire.h>
 * #include <stdio.h>
 *
 * int main(void) {
 *     static char config[65536];
 *     cardwire_client *client;
 *     cardwire_recognition *card;
 *     cardwire_error *error;
 *     FILE *file = fopen("cardwire.json", "rb");
 *     size_t length = file ? fread(config, 1, sizeof config, file) : 0;
 *     if (cardwire_client_new(config, length, &client, &error) == CARDWIRE_OK &&
 *         cardwire_recognize_file_z(client, "card.jpg", NULL, &card, &error) == CARDWIRE_OK) {
 *         printf("%s\n", cardwire_recognition_card_number_masked(card));
 *         cardwire_recognition_free(card);
 *     } else {
 *         printf("%s\n", cardwire_error_text(error));
 *         cardwire_error_free(error);
 *     }
 *     cardwire_client_free(client);
 *     return 0;
 * }
 * ```
 *
 * Status. Most functions return a cardwire_status: CARDWIRE_OK (0), or the kind of the error. The
 * numbers are stable and never used again; a later version may return one that this header does not
 * list, so treat an unknown status as a failure. cardwire_status_name and cardwire_status_advice
 * explain one. Numbers within results (CARDWIRE_OUTCOME_* and so on) are never 0, so 0 always means
 * "not there".
 *
 * Errors. A failed function stores an error in its last parameter, `error`, which may be NULL. It
 * says what was wrong, what was sent, and whether the vendor bills it. Free it with
 * cardwire_error_free. Every bad argument gives CARDWIRE_INVALID_ARGUMENT with an error that names
 * the parameter as this header does (`image`, `image_len`), and nothing is sent.
 *
 * Out-parameters. They are set to NULL (numbers to 0) on entry and filled only on success; `error`
 * is filled only on failure. A NULL out-parameter is refused, except `error`. Objects that they held
 * before are not freed.
 *
 * Handles. Pointers to the types below are handles: never dereference or compare their addresses
 * with others. NULL, a handle that was freed, one of another type and a made-up value are told from
 * a live one: a function with a status gives CARDWIRE_INVALID_ARGUMENT ("expected a live handle"),
 * an accessor gives NULL or 0 (-1 where 0 would mean something, as it says), and a free does
 * nothing. So a second free is harmless.
 *
 * Ownership. Whoever is given an object frees it with the function of its type. Results and errors
 * do not depend on the client: they may be used after it is freed. Pointers that accessors return
 * are borrowed from the object and valid until it is freed; copy what is kept longer. The library
 * keeps no pointer of yours after a function returned, except `user_data` and callbacks.
 *
 * Facts. A cardwire_call_facts has what is known about a call (who was asked, order number, request
 * ids, what was sent and billed, the attempts). Every result and every error has one:
 * cardwire_recognition_facts, cardwire_error_facts and so on. It is borrowed from its result or error
 * and freed with it.
 *
 * Text in is UTF-8: a pointer and a length in bytes, without a NUL; or NUL-terminated in the
 * functions that end in _z. NULL is refused even with length 0, and so is a length over
 * SIZE_MAX / 2. Text out is UTF-8 and NUL-terminated. A U+0000 within a vendor's text is replaced by
 * U+FFFD, so strlen is right; the JSON and raw forms have it unchanged. A _len function saves
 * counting.
 *
 * Threads. Every function may be called from any thread, and every object used by many at once.
 * Freeing an object while another thread calls a function on it is safe; using a text borrowed from
 * it afterwards is not.
 *
 * Callbacks. Those of cardwire_*_start, of batches and of events run on one of the library's threads,
 * with no lock held: they may call any function of the library, blocking ones and
 * cardwire_client_free included. The library has two such threads, so a callback that works for long
 * keeps other calls waiting: hand the work to a thread of yours. `user_data` must be usable on any
 * thread until the last callback has returned. A callback must not throw, longjmp or end its thread:
 * an exception that leaves it ends the process.
 *
 * Fork. A client or a journal does not survive a fork. In the child every call with it gives
 * CARDWIRE_CLOSED, in a batch every input does; freeing it is safe. A new one made in the child works.
 * Do not fork within a callback.
 *
 * Panics. A bug of the library that would end the process is caught and gives CARDWIRE_INTERNAL; the
 * Rust runtime prints one line about it on stderr.
 *
 * Process. The library installs no signal handler and no atexit function, and writes nothing to
 * stdout or stderr, that line apart. Events tell what a client does. Making a client ignores
 * SIGPIPE where its action is the default one, since a connection that a vendor closes would end the
 * process; a handler of yours is left alone. A call works on a thread with a stack of 64 KiB. On Linux
 * dlclose leaves the library in memory: its threads run on. The process may end while calls are in
 * flight, and a client may be freed in an atexit function.
 *
 * Personal data. Card numbers, ID numbers, names and photos are in results and their JSON only,
 * never in events or in the texts of errors: the numbers of an error's candidates are given by
 * cardwire_error_candidate_card_number alone. Freeing an object wipes the copies of its texts that
 * the library made for C, and every block that the library frees is wiped, in the shared and in the
 * static library: once a client is freed, and every journal and batch that came of it, no personal data
 * and no secret of it is in memory.
 *
 * Versions. Functions and constants are added, never changed or removed, within one major version;
 * each function says since when it is there. Compare CARDWIRE_VERSION_NUMBER (this header) with
 * cardwire_version_number (the library that runs). Pointers are 64 bits wide.
 */


#ifndef CARDWIRE_H
#define CARDWIRE_H


#include <stddef.h>
#include <stdint.h>

/* CARDWIRE_STATIC: define it where the static library is linked. */
#if !defined(CARDWIRE_API)
#if defined(_WIN32) && !defined(CARDWIRE_STATIC)
#define CARDWIRE_API __declspec(dllimport)
#elif defined(__GNUC__)
#define CARDWIRE_API __attribute__((visibility("default")))
#else
#define CARDWIRE_API
#endif
#endif


/**
 * The version of this header: the first number.
 */
#define CARDWIRE_VERSION_MAJOR 0

/**
 * The version of this header: the second number.
 */
#define CARDWIRE_VERSION_MINOR 1

/**
 * The version of this header: the third number.
 */
#define CARDWIRE_VERSION_PATCH 0

/**
 * The version of this header in one number, to compare: major * 1000000 + minor * 1000 + patch.
 */
#define CARDWIRE_VERSION_NUMBER (((CARDWIRE_VERSION_MAJOR * 1000000) + (CARDWIRE_VERSION_MINOR * 1000)) + CARDWIRE_VERSION_PATCH)

/**
 * The last byte of the request never left: the vendor cannot have executed it.
 */
#define CARDWIRE_SENT_NO 1

/**
 * The last byte may have left and no whole answer came back.
 */
#define CARDWIRE_SENT_UNKNOWN 2

/**
 * The vendor answered.
 */
#define CARDWIRE_SENT_YES 3

/**
 * Not billed: it was not executed, or the vendor's document says that this answer is free.
 */
#define CARDWIRE_BILLED_NO 1

/**
 * No document says, or no answer came back.
 */
#define CARDWIRE_BILLED_UNKNOWN 2

/**
 * Billed, as the vendor's document says.
 */
#define CARDWIRE_BILLED_YES 3

/**
 * Pays from the holder's own balance.
 */
#define CARDWIRE_CARD_KIND_DEBIT 1

/**
 * Pays on credit.
 */
#define CARDWIRE_CARD_KIND_CREDIT 2

/**
 * A deposit account with a small overdraft (准贷记卡).
 */
#define CARDWIRE_CARD_KIND_QUASI_CREDIT 3

/**
 * Pays from what was loaded onto it.
 */
#define CARDWIRE_CARD_KIND_PREPAID 4

/**
 * Not stated.
 */
#define CARDWIRE_CARD_KIND_UNKNOWN 5

/**
 * The card has expired.
 */
#define CARDWIRE_WARNING_EXPIRED 1

/**
 * The date is not a date.
 */
#define CARDWIRE_WARNING_DATE_INVALID 2

/**
 * The card's edge is not whole in the photo.
 */
#define CARDWIRE_WARNING_BORDER_INCOMPLETE 3

/**
 * Light reflects on the card.
 */
#define CARDWIRE_WARNING_GLARE 4

/**
 * A photo of a photocopy.
 */
#define CARDWIRE_WARNING_PHOTOCOPY 5

/**
 * A photo of a screen or print.
 */
#define CARDWIRE_WARNING_RECAPTURED 6

/**
 * Not sharp.
 */
#define CARDWIRE_WARNING_BLURRED 7

/**
 * A code that no document explains.
 */
#define CARDWIRE_WARNING_OTHER 8

/**
 * The card number may be misread. Code `check_digit`: its check digit does not fit; few cards have
 * none. Code `other_reading`: the vendor `offline`, asked before, read another number.
 */
#define CARDWIRE_WARNING_NUMBER_DOUBTFUL 9

/**
 * The vendor named the issuer.
 */
#define CARDWIRE_ISSUER_SOURCE_VENDOR 1

/**
 * The issuer is known by the number's first digits, from the table of prefixes.
 */
#define CARDWIRE_ISSUER_SOURCE_TABLE 2

/**
 * The vendor says they do.
 */
#define CARDWIRE_OUTCOME_MATCH 1

/**
 * The vendor says they do not.
 */
#define CARDWIRE_OUTCOME_MISMATCH 2

/**
 * The vendor cannot tell: the reason says why. It says nothing about whose card it is.
 */
#define CARDWIRE_OUTCOME_INCONCLUSIVE 3

/**
 * Name, ID number or phone number is not the cardholder's.
 */
#define CARDWIRE_REASON_CARDHOLDER_MISMATCH 1

/**
 * The name is not written as a name.
 */
#define CARDWIRE_REASON_NAME_INVALID 2

/**
 * The ID number is wrong.
 */
#define CARDWIRE_REASON_ID_NUMBER_INVALID 3

/**
 * The phone number is wrong.
 */
#define CARDWIRE_REASON_PHONE_INVALID 4

/**
 * There is no such card.
 */
#define CARDWIRE_REASON_CARD_NUMBER_INVALID 5

/**
 * The card number is not written as one.
 */
#define CARDWIRE_REASON_CARD_NUMBER_MALFORMED 6

/**
 * No bank issues cards with this number.
 */
#define CARDWIRE_REASON_NO_ISSUER 7

/**
 * Never activated, or asleep.
 */
#define CARDWIRE_REASON_CARD_INACTIVE 8

/**
 * Reported lost.
 */
#define CARDWIRE_REASON_CARD_LOST 9

/**
 * Expired.
 */
#define CARDWIRE_REASON_CARD_EXPIRED 10

/**
 * Restricted by the issuer.
 */
#define CARDWIRE_REASON_CARD_RESTRICTED 11

/**
 * To be confiscated.
 */
#define CARDWIRE_REASON_CARD_CONFISCATED 12

/**
 * Suspected of fraud, to be retained.
 */
#define CARDWIRE_REASON_CARD_SUSPECTED_FRAUD 13

/**
 * The card's state is abnormal, or its number is wrong.
 */
#define CARDWIRE_REASON_CARD_ABNORMAL 14

/**
 * The PIN was entered wrong too often.
 */
#define CARDWIRE_REASON_PIN_TRIES_EXCEEDED 15

/**
 * Payment without the card present is not enabled.
 */
#define CARDWIRE_REASON_CARDLESS_PAYMENT_DISABLED 16

/**
 * The issuer does not support this check.
 */
#define CARDWIRE_REASON_ISSUER_UNSUPPORTED 17

/**
 * Checked too often today.
 */
#define CARDWIRE_REASON_ATTEMPTS_EXCEEDED 18

/**
 * Only resident identity cards of the second generation are supported.
 */
#define CARDWIRE_REASON_ID_TYPE_UNSUPPORTED 19

/**
 * The verification centre is busy.
 */
#define CARDWIRE_REASON_VENDOR_BUSY 20

/**
 * No record to compare with.
 */
#define CARDWIRE_REASON_NO_RECORD 21

/**
 * The vendor does not say, or says it with a code that no document explains.
 */
#define CARDWIRE_REASON_UNKNOWN 22

/**
 * No record of it.
 */
#define CARDWIRE_LOOKUP_REASON_NO_RECORD 1

/**
 * The verification centre is busy.
 */
#define CARDWIRE_LOOKUP_REASON_VENDOR_BUSY 2

/**
 * There is no such card.
 */
#define CARDWIRE_LOOKUP_REASON_NO_SUCH_CARD 3

/**
 * Asked too often today.
 */
#define CARDWIRE_LOOKUP_REASON_ATTEMPTS_EXCEEDED 4

/**
 * The card is not valid.
 */
#define CARDWIRE_LOOKUP_REASON_CARD_INVALID 5

/**
 * Cards of this type are not supported.
 */
#define CARDWIRE_LOOKUP_REASON_CARD_TYPE_UNSUPPORTED 6

/**
 * A code that no document explains.
 */
#define CARDWIRE_LOOKUP_REASON_UNKNOWN 7

/**
 * The next input may be put into the batch.
 */
#define CARDWIRE_BATCH_INPUT 1

/**
 * A result can be taken.
 */
#define CARDWIRE_BATCH_RESULT 2

/**
 * Calls are in flight, and none has ended yet.
 */
#define CARDWIRE_BATCH_WAIT 3

/**
 * The call runs.
 */
#define CARDWIRE_ORDER_STATUS_IN_FLIGHT 1

/**
 * The last byte of the request never left: the vendor cannot have executed it.
 */
#define CARDWIRE_ORDER_STATUS_NOT_SENT 2

/**
 * The vendor may have executed and billed it.
 */
#define CARDWIRE_ORDER_STATUS_UNKNOWN 3

/**
 * The vendor answered.
 */
#define CARDWIRE_ORDER_STATUS_ANSWERED 4

/**
 * The account has no credentials yet.
 */
#define CARDWIRE_ASK_FIRST 1

/**
 * Those that the provider gave last have reached the end that it gave with them.
 */
#define CARDWIRE_ASK_EXPIRED 2

/**
 * The vendor refused those that the provider gave last.
 */
#define CARDWIRE_ASK_REFUSED 3

/**
 * A request to a vendor begins.
 */
#define CARDWIRE_EVENT_ATTEMPT_STARTED 1

/**
 * A request to a vendor ended.
 */
#define CARDWIRE_EVENT_ATTEMPT_ENDED 2

/**
 * A token was fetched, or could not be.
 */
#define CARDWIRE_EVENT_TOKEN_REFRESHED 3

/**
 * The journal holds what comes next for an order.
 */
#define CARDWIRE_EVENT_ORDER_WRITTEN 4

/**
 * A call begins.
 */
#define CARDWIRE_EVENT_CALL_STARTED 5

/**
 * A call ended: its caller is given the result or the error next.
 */
#define CARDWIRE_EVENT_CALL_ENDED 6

/**
 * The library itself refused to send a request.
 */
#define CARDWIRE_EVENT_REQUEST_REFUSED 7

/**
 * A request waited for its rate permit, and has it.
 */
#define CARDWIRE_EVENT_RATE_PERMIT_WAITED 8

/**
 * A request took a unit of its account's daily quota. It comes back where the request is not sent.
 */
#define CARDWIRE_EVENT_QUOTA_UNIT_TAKEN 9

/**
 * The breaker of an account changed.
 */
#define CARDWIRE_EVENT_BREAKER_CHANGED 10

/**
 * A step of a call.
 */
#define CARDWIRE_LEVEL_DEBUG 1

/**
 * The end of a call, or a change that needs nothing.
 */
#define CARDWIRE_LEVEL_INFO 2

/**
 * A failure that may pass, or that the caller can correct.
 */
#define CARDWIRE_LEVEL_WARN 3

/**
 * A failure that somebody has to look at.
 */
#define CARDWIRE_LEVEL_ERROR 4

/**
 * Requests go through.
 */
#define CARDWIRE_BREAKER_STATE_CLOSED 1

/**
 * None does, since too many got no answer.
 */
#define CARDWIRE_BREAKER_STATE_OPEN 2

/**
 * A few do, to try the vendor again.
 */
#define CARDWIRE_BREAKER_STATE_HALF_OPEN 3

/**
 * Read a card photo.
 */
#define CARDWIRE_OPERATION_RECOGNIZE 1

/**
 * Check whether card, name and ID number belong together.
 */
#define CARDWIRE_OPERATION_VERIFY 2

/**
 * Ask who issued a card number.
 */
#define CARDWIRE_OPERATION_LOOKUP_CARD 3

/**
 * Fetch what the vendor keeps under an order number.
 */
#define CARDWIRE_OPERATION_FETCH_ORDER 4

/**
 * A block of every billed call of the account.
 */
#define CARDWIRE_BLOCK_SCOPE_ACCOUNT 1

/**
 * A block of calls about some cardholders or cards.
 */
#define CARDWIRE_BLOCK_SCOPE_PARAMETERS 2

/**
 * JPEG.
 */
#define CARDWIRE_IMAGE_FORMAT_JPEG 1

/**
 * PNG.
 */
#define CARDWIRE_IMAGE_FORMAT_PNG 2

/**
 * Windows bitmap.
 */
#define CARDWIRE_IMAGE_FORMAT_BMP 3

/**
 * WebP.
 */
#define CARDWIRE_IMAGE_FORMAT_WEBP 4

/**
 * The number can be read with confidence: the vendor `offline` with the built-in table of issuers accepts it.
 */
#define CARDWIRE_PHOTO_LOOK_READABLE 1

/**
 * No card was seen.
 */
#define CARDWIRE_PHOTO_LOOK_NO_CARD 2

/**
 * The number is not sharp enough: out of focus, moved, or too small in the photo.
 */
#define CARDWIRE_PHOTO_LOOK_BLURRED 3

/**
 * The photo's edge cuts the card's number off.
 */
#define CARDWIRE_PHOTO_LOOK_CUT 4

/**
 * No such fault was seen, but the number cannot be read with confidence here. A vendor may read it.
 */
#define CARDWIRE_PHOTO_LOOK_NOT_SURE 5

/**
 * The state of each account of a client in this process, in the order of the configuration, at the
 * moment when it was asked for: no personal data, no secret. It is independent of the client; free it
 * with cardwire_account_health_free.
 */
typedef struct cardwire_account_health cardwire_account_health;

/**
 * A question to a provider. It lives until it is answered with cardwire_ask_answer or
 * cardwire_ask_fail, one of which every question needs, within the callback or later, on any thread.
 */
typedef struct cardwire_ask cardwire_ask;

/**
 * A batch of photos or of cardholders. It does not depend on the client: when that is closed or freed,
 * the calls in flight end with CARDWIRE_CANCELLED and each input after them with CARDWIRE_CLOSED. Free
 * it with cardwire_batch_free.
 */
typedef struct cardwire_batch cardwire_batch;

/**
 * The facts of a call, whether it gave a result or an error. They are borrowed from the result or
 * the error and lives until that is freed; it is not freed by itself.
 */
typedef struct cardwire_call_facts cardwire_call_facts;

/**
 * A handle that ends calls from another thread. One cancellation may be set in many options; free it with
 * cardwire_cancellation_free.
 */
typedef struct cardwire_cancellation cardwire_cancellation;

/**
 * A vendor's knowledge about a card number. It is independent of the client; free it with
 * cardwire_card_lookup_free.
 */
typedef struct cardwire_card_lookup cardwire_card_lookup;

/**
 * Whom to verify: a card number with a name, and an ID number and a phone number where they are
 * known. Every vendor is asked about the same values: digits of full width become those of ASCII,
 * blanks and dashes in numbers and invisible characters everywhere are dropped, `x` at the end of an
 * ID number becomes `X`, and `+86` before a phone number goes; docs/values-of-people.md has the whole
 * table. A cardholder may be used for many calls. cardwire_cardholder_free wipes and frees it.
 */
typedef struct cardwire_cardholder cardwire_cardholder;

/**
 * Recognises card photos and verifies cardholders over the configured vendors. It may be used by
 * many threads at once. Make one for each configuration and keep it: it holds connections and
 * tokens.
 */
typedef struct cardwire_client cardwire_client;

/**
 * Why a function gave no result. A failed function makes one, a completion callback is given one;
 * free it with cardwire_error_free. Its texts hold no card number, ID number, name, secret or image:
 * only cardwire_error_candidate_card_number gives one.
 */
typedef struct cardwire_error cardwire_error;

/**
 * Something that a client did. It lives while the callback runs that it was given to. This one, given
 * to cardwire_client_new_observed with `stderr`, writes lines of a log:
 *
 * ```c
 * void log_event(const cardwire_event *event, void *file) {
 *     if (cardwire_event_level(event) >= CARDWIRE_LEVEL_INFO)
 *         fprintf(file, "%s %s\n", cardwire_level_name(cardwire_event_level(event)),
 *                 cardwire_event_text(event));
 * }
 * ```
 */
typedef struct cardwire_event cardwire_event;

/**
 * The findings about an image, and which vendors take it; free it with
 * cardwire_image_check_free.
 */
typedef struct cardwire_image_check cardwire_image_check;

/**
 * The issuer of cards whose numbers begin alike, by the table of prefixes. It is independent of the
 * client; free it with cardwire_issuer_free.
 */
typedef struct cardwire_issuer cardwire_issuer;

/**
 * The orders of a client's journal (cardwire_client_journal), or of a journal's file without a client
 * (cardwire_journal_open), for tools that settle orders with the vendors. Nothing is sent by what is done
 * with it. Clients may write to the same file meanwhile. It does not survive a fork: in the child every
 * call with it gives CARDWIRE_CLOSED. Free it with cardwire_journal_free, before or after the client.
 */
typedef struct cardwire_journal cardwire_journal;

/**
 * The options of one call, which go before the configuration. A call reads them when it begins, so
 * they may be changed, used again and freed afterwards. Free them with cardwire_options_free.
 */
typedef struct cardwire_options cardwire_options;

/**
 * An order as a vendor keeps it under its number. It is independent of the client; free it with
 * cardwire_order_free. The facts are those of the query itself.
 */
typedef struct cardwire_order cardwire_order;

/**
 * One order as the journal held it when it was read: no personal data, no secret. It is independent
 * of the client and the journal; free it with cardwire_order_record_free. It is not what a vendor keeps
 * under an order number: see cardwire_fetch_order.
 */
typedef struct cardwire_order_record cardwire_order_record;

/**
 * Orders as the journal held them when it was read, newest first. It is independent of the client
 * and the journal; free it with cardwire_order_records_free.
 */
typedef struct cardwire_order_records cardwire_order_records;

/**
 * Providers by the names that a configuration uses: `{"provider": NAME}`. Free them with
 * cardwire_providers_free, which a client that was made with them does not mind.
 */
typedef struct cardwire_providers cardwire_providers;

/**
 * A card as it was read in a photo. It is independent of the client; free it with
 * cardwire_recognition_free.
 */
typedef struct cardwire_recognition cardwire_recognition;

/**
 * A vendor's answer about a cardholder. It is independent of the client; free it with
 * cardwire_verification_free. That there is one does not mean a match: look at
 * cardwire_verification_outcome.
 */
typedef struct cardwire_verification cardwire_verification;

/**
 * The result of a call: CARDWIRE_OK, or the kind of the error. Numbers are never used again for
 * another meaning, and later versions may add some.
 */
typedef int32_t cardwire_status;

/**
 * Receives events. `event` and the texts borrowed from it live until the callback returns; it is
 * not to be freed. See "Callbacks" at the top.
 */
typedef void (*cardwire_event_callback)(const cardwire_event *event, void *user_data);

/**
 * Receives the end of a recognition: `recognition` or `error`, the other one is NULL. The callback
 * frees it. See "Callbacks" at the top.
 */
typedef void (*cardwire_recognition_callback)(cardwire_recognition *recognition,
                                              cardwire_error *error,
                                              void *user_data);

/**
 * Receives the end of a verification: `verification` or `error`, the other one is NULL. The callback
 * frees it. See "Callbacks" at the top.
 */
typedef void (*cardwire_verification_callback)(cardwire_verification *verification,
                                               cardwire_error *error,
                                               void *user_data);

/**
 * Receives the end of a card lookup: `lookup` or `error`, the other one is NULL. The callback
 * frees it. See "Callbacks" at the top.
 */
typedef void (*cardwire_card_lookup_callback)(cardwire_card_lookup *lookup,
                                              cardwire_error *error,
                                              void *user_data);

/**
 * Receives the end of the fetching of an order: `order` or `error`, the other one is NULL. The
 * callback frees it. See "Callbacks" at the top.
 */
typedef void (*cardwire_order_callback)(cardwire_order *order,
                                        cardwire_error *error,
                                        void *user_data);

/**
 * Takes notice that a call of a batch has ended: cardwire_batch_next may then give something other than
 * CARDWIRE_BATCH_WAIT. See "Callbacks" at the top.
 */
typedef void (*cardwire_ready_callback)(void *user_data);

/**
 * Answers questions. `ask` is the callback's own: see cardwire_ask. See "Callbacks" at the top; it may
 * block, since it runs on a thread that nothing else waits for.
 */
typedef void (*cardwire_provider_callback)(cardwire_ask *ask, void *user_data);

/**
 * Frees what a provider failed with: see cardwire_ask_fail.
 */
typedef void (*cardwire_free_callback)(void *cause);

/**
 * Receives the end of a call, once. `document` is the result as cardwire_recognition_json and the like
 * give it, and `raw` the vendor's whole answer, byte for byte; or `document` is the error as
 * cardwire_error_json gives it, `error` is that error, and `raw` is NULL. Everything is borrowed: it
 * lives until the callback returns, and nothing of it is to be freed. The text does not end with a NUL.
 */
typedef void (*cardwire_document_callback)(const char *document,
                                           size_t document_len,
                                           const uint8_t *raw,
                                           size_t raw_len,
                                           const cardwire_error *error,
                                           void *user_data);

/**
 * It worked.
 */
#define CARDWIRE_OK 0

/**
 * The caller's argument: null, not an image, over a vendor's limit, malformed order number.
 */
#define CARDWIRE_INVALID_ARGUMENT 1

/**
 * The configuration; the message names the key.
 */
#define CARDWIRE_INVALID_CONFIG 2

/**
 * No configured vendor does this operation or takes this input.
 */
#define CARDWIRE_UNSUPPORTED 3

/**
 * Credentials refused.
 */
#define CARDWIRE_UNAUTHENTICATED 10

/**
 * Service not activated, address not in the whitelist, account not allowed.
 */
#define CARDWIRE_PERMISSION_DENIED 11

/**
 * Package used up, daily quota reached, or the account is in arrears.
 */
#define CARDWIRE_QUOTA_EXHAUSTED 12

/**
 * Too fast.
 */
#define CARDWIRE_RATE_LIMITED 13

/**
 * The program's own provider gave no credentials.
 */
#define CARDWIRE_CREDENTIALS_UNAVAILABLE 14

/**
 * The vendor cannot use this image.
 */
#define CARDWIRE_IMAGE_REJECTED 20

/**
 * No readable card in the image.
 */
#define CARDWIRE_CARD_NOT_FOUND 21

/**
 * The vendor is down or busy.
 */
#define CARDWIRE_VENDOR_UNAVAILABLE 30

/**
 * A vendor code that is not in its documents, carried as it came.
 */
#define CARDWIRE_VENDOR_ERROR 31

/**
 * The deadline passed.
 */
#define CARDWIRE_TIMEOUT 32

/**
 * No connection, or it broke.
 */
#define CARDWIRE_NETWORK 33

/**
 * The answer is not what the vendor's document describes.
 */
#define CARDWIRE_PROTOCOL 34

/**
 * The caller cancelled.
 */
#define CARDWIRE_CANCELLED 40

/**
 * The client was closed, or belongs to the process that this one was forked from.
 */
#define CARDWIRE_CLOSED 41

/**
 * The journal knows the vendor's answer to what the call asks, and `skip_answered` is set.
 */
#define CARDWIRE_ALREADY_ANSWERED 42

/**
 * Another call asks for the same now, as the journal knows, and `skip_answered` is set.
 */
#define CARDWIRE_ALREADY_RUNNING 43

/**
 * Journal or token store failed.
 */
#define CARDWIRE_STORAGE 50

/**
 * A bug in the library, caught at the boundary, or a shortage of this machine, which the message
 * names.
 */
#define CARDWIRE_INTERNAL 99

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Returns the version of the library that is running, such as "0.1.0". The text is never freed.
 * Since 0.1.
 */
CARDWIRE_API const char *cardwire_version(void);

/**
 * Returns the version of the library that is running, composed as CARDWIRE_VERSION_NUMBER is.
 * Since 0.1.
 */
CARDWIRE_API uint32_t cardwire_version_number(void);

/**
 * Returns the name of a status, such as `ok` or `invalid_argument`; NULL for a number that is
 * none. The text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_status_name(cardwire_status status);

/**
 * Returns advice about a status, in one English sentence; NULL for CARDWIRE_OK and for a number
 * that is no status. The text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_status_advice(cardwire_status status);

/**
 * Returns the name of one of CARDWIRE_SENT_*, in snake_case; NULL for any other number. The text
 * is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_sent_name(int32_t sent);

/**
 * Returns the name of one of CARDWIRE_BILLED_*, in snake_case; NULL for any other number. The text
 * is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_billed_name(int32_t billed);

/**
 * Returns the vendor that answered or was asked last; NULL where none was chosen. Names are those
 * of the configuration. Since 0.1.
 */
CARDWIRE_API const char *cardwire_call_facts_vendor(const cardwire_call_facts *facts);

/**
 * Returns the `name` of that vendor's entry in the configuration, or the vendor's name; NULL where
 * none was chosen. Since 0.1.
 */
CARDWIRE_API const char *cardwire_call_facts_account(const cardwire_call_facts *facts);

/**
 * Returns the order number: yours, or the one that the library made. NULL where the call did not
 * come that far. Keep it: it is how a vendor finds the call. Since 0.1.
 */
CARDWIRE_API const char *cardwire_call_facts_order_id(const cardwire_call_facts *facts);

/**
 * Returns the vendor's own number for the request, to name when asking the vendor; NULL where it
 * gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_call_facts_request_id(const cardwire_call_facts *facts);

/**
 * Returns the number that the gateway before the vendor gave the request, for its own support
 * (Aliyun Cloud Market); NULL where there is none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_call_facts_gateway_request_id(const cardwire_call_facts *facts);

/**
 * Returns when the vendor says that it answered, as it writes it (tencent_kyc: 20151022043831, in
 * China Standard Time); NULL where it does not say. Since 0.1.
 */
CARDWIRE_API const char *cardwire_call_facts_transaction_time(const cardwire_call_facts *facts);

/**
 * Returns the size in bytes of the photo that was given, where another was made of it for the vendor
 * that answered or was asked last: turned upright by its EXIF orientation, made smaller, or written
 * as a JPEG. 0 where it was sent as it came, and with it all of
 * cardwire_call_facts_image_fitted_*. Since 0.1.
 */
CARDWIRE_API
size_t cardwire_call_facts_image_fitted_bytes_before(const cardwire_call_facts *facts);

/**
 * Returns the size in bytes of the photo that was made of it and sent. Since 0.1.
 */
CARDWIRE_API size_t cardwire_call_facts_image_fitted_bytes_after(const cardwire_call_facts *facts);

/**
 * Returns the width in pixels of the photo that was given, as it is stored; 0 also where its header
 * does not state it. Since 0.1.
 */
CARDWIRE_API size_t cardwire_call_facts_image_fitted_width_before(const cardwire_call_facts *facts);

/**
 * Returns the height in pixels of the photo that was given, as it is stored; 0 also where its header
 * does not state it. Since 0.1.
 */
CARDWIRE_API
size_t cardwire_call_facts_image_fitted_height_before(const cardwire_call_facts *facts);

/**
 * Returns the width in pixels of the photo that was made of it and sent. Since 0.1.
 */
CARDWIRE_API size_t cardwire_call_facts_image_fitted_width_after(const cardwire_call_facts *facts);

/**
 * Returns the height in pixels of the photo that was made of it and sent. Since 0.1.
 */
CARDWIRE_API size_t cardwire_call_facts_image_fitted_height_after(const cardwire_call_facts *facts);

/**
 * Returns the delivery of a complete request to the vendor: one of CARDWIRE_SENT_*; 0 for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_call_facts_sent(const cardwire_call_facts *facts);

/**
 * Returns the bill of the call, as far as it is known: one of CARDWIRE_BILLED_*; 0 for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_call_facts_billed(const cardwire_call_facts *facts);

/**
 * Returns how many requests were made, or meant to be made, to vendors. Since 0.1.
 */
CARDWIRE_API size_t cardwire_call_facts_attempt_count(const cardwire_call_facts *facts);

/**
 * Returns the vendor of attempt `index`, counted from 0, oldest first; NULL past the last. Since
 * 0.1.
 */
CARDWIRE_API
const char *cardwire_call_facts_attempt_vendor(const cardwire_call_facts *facts,
                                               size_t index);

/**
 * Returns the `name` of the vendor's entry in the configuration in attempt `index`; NULL past the
 * last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_call_facts_attempt_account(const cardwire_call_facts *facts,
                                                size_t index);

/**
 * Returns how attempt `index` ended: `ok`, or the name of a status as cardwire_status_name gives
 * it; NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_call_facts_attempt_outcome(const cardwire_call_facts *facts,
                                                size_t index);

/**
 * Returns the vendor's code in attempt `index`, as it came; NULL where there was none. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_call_facts_attempt_vendor_code(const cardwire_call_facts *facts,
                                                    size_t index);

/**
 * Returns the delivery of attempt `index`'s request to the vendor: one of CARDWIRE_SENT_*; 0 past
 * the last. Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_call_facts_attempt_sent(const cardwire_call_facts *facts,
                                         size_t index);

/**
 * Returns the order number that attempt `index` was sent under; NULL past the last. The
 * next account is asked under a new one, after `offline` under the same. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_call_facts_attempt_order_id(const cardwire_call_facts *facts,
                                                 size_t index);

/**
 * Returns the bill of attempt `index`, as far as it is known: one of CARDWIRE_BILLED_*; 0 past the
 * last. Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_call_facts_attempt_billed(const cardwire_call_facts *facts,
                                           size_t index);

/**
 * Returns how long attempt `index` took; 0 past the last. Since 0.1.
 */
CARDWIRE_API
uint64_t cardwire_call_facts_attempt_milliseconds(const cardwire_call_facts *facts,
                                                  size_t index);

/**
 * Returns the status that the function returned, never CARDWIRE_OK; 0 for a handle that is not
 * live. Since 0.1.
 */
CARDWIRE_API cardwire_status cardwire_error_status(const cardwire_error *error);

/**
 * Returns the whole error in one line for people: kind, message, vendor, vendor code, request id,
 * order number. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_text(const cardwire_error *error);

/**
 * Returns the message. For CARDWIRE_INVALID_ARGUMENT it begins with the name of the argument, for
 * CARDWIRE_INVALID_CONFIG with the key. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_message(const cardwire_error *error);

/**
 * Returns the length of cardwire_error_message in bytes, without the NUL; 0 where it is NULL.
 * Since 0.1.
 */
CARDWIRE_API size_t cardwire_error_message_len(const cardwire_error *error);

/**
 * Returns the argument that was refused, named as in this header, for CARDWIRE_INVALID_ARGUMENT;
 * else NULL. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_argument(const cardwire_error *error);

/**
 * Returns the file that could not be used, where the error is about one; else NULL. Long numbers
 * and what is not ASCII are masked: photos are named after people. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_path(const cardwire_error *error);

/**
 * Returns the operating system's number for why the file of cardwire_error_path could not be used:
 * errno, or GetLastError on Windows; 0 where there is none. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_error_os_error(const cardwire_error *error);

/**
 * Returns the vendor's own code, as it came; NULL where it gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_vendor_code(const cardwire_error *error);

/**
 * Returns the vendor's own text, in its language, cut, with personal data and digit runs masked;
 * NULL where it gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_vendor_message(const cardwire_error *error);

/**
 * Returns the HTTP status of the vendor's answer; 0 where there was no answer. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_error_http_status(const cardwire_error *error);

/**
 * Returns how long to wait before the next try, in milliseconds; -1 where it is not known, and for
 * a handle that is not live. Since 0.1.
 */
CARDWIRE_API int64_t cardwire_error_retry_after_ms(const cardwire_error *error);

/**
 * Returns 1 where the same call, unchanged, may succeed later and cannot have been billed by this
 * one; else 0. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_error_retryable(const cardwire_error *error);

/**
 * Returns the step of the network that failed: `resolve`, `connect`, `proxy`, `tls`, `send` or
 * `receive`; NULL where the network did not. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_cause_step(const cardwire_error *error);

/**
 * Returns the host that the step was about, the vendor's or the proxy's, as the configuration
 * names it; NULL where there is no cause. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_cause_host(const cardwire_error *error);

/**
 * Returns its port; 0 where there is no cause. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_error_cause_port(const cardwire_error *error);

/**
 * Returns the reason in English: the operating system's, TLS's, or the proxy's status; NULL where
 * there is no cause. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_cause_reason(const cardwire_error *error);

/**
 * Returns the operating system's number for the reason (`errno`; on Windows the code of WinSock);
 * 0 where the reason is not the operating system's. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_error_cause_os_error(const cardwire_error *error);

/**
 * Returns how many numbers may stand on the card, none of them read with confidence, the likeliest first:
 * of a CARDWIRE_CARD_NOT_FOUND of the vendor `offline`; else 0. Since 0.1.
 */
CARDWIRE_API
size_t cardwire_error_candidate_count(const cardwire_error *error);

/**
 * Returns the number of candidate `index`, counted from 0, digits only; personal data, which is in
 * no other text of the error. NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_error_candidate_card_number(const cardwire_error *error,
                                                 size_t index);

/**
 * Returns the number of candidate `index` as it may be shown and logged: the first six and last
 * four digits. NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_error_candidate_card_number_masked(const cardwire_error *error,
                                                        size_t index);

/**
 * Returns the share of such readings that are right, from 0 to 1, for candidate `index`; -1.0 past
 * the last, and for a handle that is not live. Since 0.1.
 */
CARDWIRE_API double cardwire_error_candidate_confidence(const cardwire_error *error, size_t index);

/**
 * Returns the error as a JSON object, with the field names that every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_error_json(const cardwire_error *error);

/**
 * Returns the length of cardwire_error_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_error_json_len(const cardwire_error *error);

/**
 * Returns the facts of the call: the vendor asked, its order number, what was sent and billed, and
 * the attempts. Borrowed: it lives until the error is freed. NULL for a handle that is not live.
 * Since 0.1.
 */
CARDWIRE_API const cardwire_call_facts *cardwire_error_facts(const cardwire_error *error);

/**
 * Returns the pointer that a provider of yours handed to cardwire_ask_fail; NULL where this is no
 * such error. It is borrowed: it is freed after the last error that has it. Since 0.1.
 */
CARDWIRE_API void *cardwire_error_provider_cause(const cardwire_error *error);

/**
 * Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
 * left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_error_free(cardwire_error *error);

/**
 * Makes a client. Nothing is connected before the first call.
 *
 * - `config`, `config_len`: the configuration, a JSON document in UTF-8.
 * - `client`: receives it; free it with cardwire_client_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, or CARDWIRE_INVALID_CONFIG with the key in the
 * error's message. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_client_new(const char *config,
                                    size_t config_len,
                                    cardwire_client **client,
                                    cardwire_error **error);

/**
 * Works as cardwire_client_new, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_client_new_z(const char *config,
                                      cardwire_client **client,
                                      cardwire_error **error);

/**
 * Makes a client that tells what it does: each call and each attempt as it starts and ends, each request
 * that is not sent or waits, each token, each order that its journal holds. Events hold no personal data
 * and no secret, so they may be logged: see cardwire_event. The library itself writes no log.
 *
 * - `config`, `config_len`: the configuration, a JSON document in UTF-8.
 * - `on_event`: called on a thread of the library, or on the one that waits for the call, by several
 *   at once; not after cardwire_client_close or cardwire_client_free has returned outside a callback.
 * - `user_data`: handed to `on_event`; usable on any thread until then.
 * - `client`: receives it; free it with cardwire_client_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_client_new gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_client_new_observed(const char *config,
                                             size_t config_len,
                                             cardwire_event_callback on_event,
                                             void *user_data,
                                             cardwire_client **client,
                                             cardwire_error **error);

/**
 * Makes a client whose configuration names providers: `{"provider": NAME}` instead of a secret.
 *
 * - `config`, `config_len`: the configuration, a JSON document in UTF-8.
 * - `providers`: a live set, or NULL for none. It is read now: later changes are not seen.
 * - `on_event`: as for cardwire_client_new_observed, or NULL.
 * - `user_data`: handed to `on_event`.
 * - `client`: receives it; free it with cardwire_client_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_client_new gives; CARDWIRE_INVALID_CONFIG also for a provider that is not in
 * the set. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_client_new_with_providers(const char *config,
                                                   size_t config_len,
                                                   const cardwire_providers *providers,
                                                   cardwire_event_callback on_event,
                                                   void *user_data,
                                                   cardwire_client **client,
                                                   cardwire_error **error);

/**
 * Ends the calls in flight with CARDWIRE_CANCELLED and refuses new ones with CARDWIRE_CLOSED.
 * When it returns every callback has returned and none will be called, unless it is called from a
 * callback. The handle stays live: free it.
 *
 * - `client`: a live client; one that is closed already is fine.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API cardwire_status cardwire_client_close(cardwire_client *client, cardwire_error **error);

/**
 * Closes the client as cardwire_client_close does, then frees it. It may be called from a callback
 * of the client and while other threads use the client: their calls end with CARDWIRE_CANCELLED.
 * Results and errors live on. NULL and a handle that is not live are left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_client_free(cardwire_client *client);

/**
 * Makes options that change nothing.
 *
 * - `options`: receives them.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_new(cardwire_options **options,
                                     cardwire_error **error);

/**
 * Asks only these accounts, in this order: the first that takes the input.
 *
 * - `options`: live options.
 * - `vendors`, `vendors_len`: names separated by commas, each the `name` of an entry in the
 *   configuration or a vendor's name; white space around a name is dropped.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a name that is not configured is refused by the
 * call. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_vendors(cardwire_options *options,
                                             const char *vendors,
                                             size_t vendors_len,
                                             cardwire_error **error);

/**
 * Works as cardwire_options_set_vendors, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_vendors_z(cardwire_options *options,
                                               const char *vendors,
                                               cardwire_error **error);

/**
 * Sets the order number of the call. The library makes one where none is set. A batch leaves it
 * out: every call of it has its own.
 *
 * - `options`: live options.
 * - `order_id`, `order_id_len`: 1 to 32 ASCII letters and digits, never used before; no card
 *   number and no number of the cardholder may stand in it.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a malformed number is refused by the call.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_order_id(cardwire_options *options,
                                              const char *order_id,
                                              size_t order_id_len,
                                              cardwire_error **error);

/**
 * Works as cardwire_options_set_order_id, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_order_id_z(cardwire_options *options,
                                                const char *order_id,
                                                cardwire_error **error);

/**
 * Sets the caller's own name for what is asked, such as that of a photo. The journal keeps it and finds
 * orders by it; no vendor is told. A batch leaves it out: every call of it has its own.
 *
 * - `options`: live options.
 * - `reference`, `reference_len`: 1 to 64 printable characters, UTF-8; no personal datum: what looks
 *   like the number of a card, an identity card or a mobile phone, and a number of the cardholder, are
 *   refused.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; what may not be one is refused by the call.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_reference(cardwire_options *options,
                                               const char *reference,
                                               size_t reference_len,
                                               cardwire_error **error);

/**
 * Works as cardwire_options_set_reference, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_reference_z(cardwire_options *options,
                                                 const char *reference,
                                                 cardwire_error **error);

/**
 * Sets whether a call ends with CARDWIRE_ALREADY_ANSWERED, and nothing is sent, where the journal knows
 * the vendor's answer to its reference or its order number: a result, or a refusal that was not free.
 * While another call asks for the same, it ends with CARDWIRE_ALREADY_RUNNING.
 * It needs a `journal` in the configuration, and a reference or an order number of the call.
 *
 * - `options`: live options.
 * - `skip`: 1 for yes, 0 for no.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_skip_answered(cardwire_options *options,
                                                   int32_t skip,
                                                   cardwire_error **error);

/**
 * Sets your own name for your user, for vendors that keep one (`tencent_kyc`).
 *
 * - `options`: live options.
 * - `user_id`, `user_id_len`: 1 to 32 ASCII letters, digits, `-` and `_`.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; a malformed name is refused by the call.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_user_id(cardwire_options *options,
                                             const char *user_id,
                                             size_t user_id_len,
                                             cardwire_error **error);

/**
 * Works as cardwire_options_set_user_id, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_user_id_z(cardwire_options *options,
                                               const char *user_id,
                                               cardwire_error **error);

/**
 * Sets how long the whole call may take, waiting for a token and for the pace included.
 *
 * - `options`: live options.
 * - `timeout_ms`: milliseconds, at most 86400000, a day; 0 ends the call with CARDWIRE_TIMEOUT.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_timeout_ms(cardwire_options *options,
                                                uint64_t timeout_ms,
                                                cardwire_error **error);

/**
 * Sets a number of your own, such as that of the request that your program serves: each event of the
 * call has it as cardwire_event_context. A batch tells the same with each of its calls.
 *
 * - `options`: live options.
 * - `context`: any number but 0, which stands for none.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_context(cardwire_options *options,
                                             uint64_t context,
                                             cardwire_error **error);

/**
 * Sets what can end the call from another thread.
 *
 * - `options`: live options.
 * - `cancellation`: a live cancellation. The options keep it working after it is freed.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_options_set_cancellation(cardwire_options *options,
                                                  const cardwire_cancellation *cancellation,
                                                  cardwire_error **error);

/**
 * Frees them. NULL and a handle that is not live are left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_options_free(cardwire_options *options);

/**
 * Makes a cancellation that was not used yet.
 *
 * - `cancellation`: receives it.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cancellation_new(cardwire_cancellation **cancellation,
                                          cardwire_error **error);

/**
 * Ends every call that has this cancellation, now and later, with CARDWIRE_CANCELLED. It may be
 * called from any thread, from a callback, and more than once. The vendor may have executed and
 * billed a call all the same: look at `sent` and `billed` of its error.
 *
 * - `cancellation`: a live cancellation.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cancellation_cancel(cardwire_cancellation *cancellation,
                                             cardwire_error **error);

/**
 * 1 where cardwire_cancellation_cancel was called, else 0. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_cancellation_is_cancelled(const cardwire_cancellation *cancellation);

/**
 * Frees it. Options that have it keep it working. NULL and a handle that is not live are left
 * alone. Since 0.1.
 */
CARDWIRE_API void cardwire_cancellation_free(cardwire_cancellation *cancellation);

/**
 * Makes a cardholder from a card number and a name: two elements, which `tencent_faceid` takes.
 *
 * - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
 * - `name`, `name_len`: the name as the bank knows it, UTF-8.
 * - `cardholder`: receives it.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; the values are checked by the call that uses
 * them. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cardholder_new(const char *card_number,
                                        size_t card_number_len,
                                        const char *name,
                                        size_t name_len,
                                        cardwire_cardholder **cardholder,
                                        cardwire_error **error);

/**
 * Works as cardwire_cardholder_new, with NUL-terminated texts. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cardholder_new_z(const char *card_number,
                                          const char *name,
                                          cardwire_cardholder **cardholder,
                                          cardwire_error **error);

/**
 * Adds the number of the resident identity card: the third element, which `tencent_faceid` and
 * `aliyun_yhkr` take.
 *
 * - `cardholder`: a live cardholder.
 * - `id_number`, `id_number_len`: the number.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cardholder_set_id_number(cardwire_cardholder *cardholder,
                                                  const char *id_number,
                                                  size_t id_number_len,
                                                  cardwire_error **error);

/**
 * Works as cardwire_cardholder_set_id_number, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cardholder_set_id_number_z(cardwire_cardholder *cardholder,
                                                    const char *id_number,
                                                    cardwire_error **error);

/**
 * Adds the mobile phone number that the bank holds: the fourth element, which `tencent_faceid`
 * takes.
 *
 * - `cardholder`: a live cardholder.
 * - `phone`, `phone_len`: the number.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cardholder_set_phone(cardwire_cardholder *cardholder,
                                              const char *phone,
                                              size_t phone_len,
                                              cardwire_error **error);

/**
 * Works as cardwire_cardholder_set_phone, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_cardholder_set_phone_z(cardwire_cardholder *cardholder,
                                                const char *phone,
                                                cardwire_error **error);

/**
 * Frees and wipes it. NULL and a handle that is not live are left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_cardholder_free(cardwire_cardholder *cardholder);

/**
 * Returns the name of one of CARDWIRE_CARD_KIND_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_card_kind_name(int32_t card_kind);

/**
 * Returns the name of one of CARDWIRE_WARNING_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_warning_kind_name(int32_t warning_kind);

/**
 * Returns the name of one of CARDWIRE_ISSUER_SOURCE_*, in snake_case; NULL for any other number.
 * The text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_issuer_source_name(int32_t issuer_source);

/**
 * Returns the card number, digits only; personal data. Since 0.1.
 */
CARDWIRE_API const char *cardwire_recognition_card_number(const cardwire_recognition *recognition);

/**
 * Returns the length of cardwire_recognition_card_number in bytes, without the NUL; 0 where it is
 * NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_card_number_len(const cardwire_recognition *recognition);

/**
 * Returns the card number as it may be shown and logged: the first six and last four digits. Since
 * 0.1.
 */
CARDWIRE_API
const char *cardwire_recognition_card_number_masked(const cardwire_recognition *recognition);

/**
 * Returns the share of such readings that are right, from 0 to 1, where whoever read it says so:
 * the vendor `offline` does; -1.0 else, and for a handle that is not live. Since 0.1.
 */
CARDWIRE_API double cardwire_recognition_confidence(const cardwire_recognition *recognition);

/**
 * Returns the issuing bank: as the vendor names it, or else as the table of prefixes does; NULL
 * where neither knows it. Since 0.1.
 */
CARDWIRE_API const char *cardwire_recognition_issuer(const cardwire_recognition *recognition);

/**
 * Returns the length of cardwire_recognition_issuer in bytes, without the NUL; 0 where it is NULL.
 * Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_issuer_len(const cardwire_recognition *recognition);

/**
 * Returns where the issuer is known from: one of CARDWIRE_ISSUER_SOURCE_*; 0 where there is no
 * issuer. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_recognition_issuer_source(const cardwire_recognition *recognition);

/**
 * Returns the issuer's code as Alipay writes it, such as `ICBC`; NULL where the table of prefixes
 * has none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_recognition_issuer_code(const cardwire_recognition *recognition);

/**
 * Returns the card's full name, as the vendor states it; NULL where it does not. Since 0.1.
 */
CARDWIRE_API const char *cardwire_recognition_card_name(const cardwire_recognition *recognition);

/**
 * Returns the length of cardwire_recognition_card_name in bytes, without the NUL; 0 where it is
 * NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_card_name_len(const cardwire_recognition *recognition);

/**
 * Returns the kind of the card: one of CARDWIRE_CARD_KIND_*; 0 for a handle that is not live.
 * Since 0.1.
 */
CARDWIRE_API int32_t cardwire_recognition_card_kind(const cardwire_recognition *recognition);

/**
 * Returns the year that the card is valid through, with four digits; 0 where there is none or the
 * text could not be read as a date. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_recognition_valid_thru_year(const cardwire_recognition *recognition);

/**
 * Returns the month that the card is valid through, 1 to 12; 0 where there is none or the text
 * could not be read as a date. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_recognition_valid_thru_month(const cardwire_recognition *recognition);

/**
 * Returns the date that the card is valid through, in the vendor's text; NULL where there is none.
 * Since 0.1.
 */
CARDWIRE_API
const char *cardwire_recognition_valid_thru_printed(const cardwire_recognition *recognition);

/**
 * Returns how sharp the photo is, 0 to 100; -1 where the vendor does not say, and for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_recognition_clarity(const cardwire_recognition *recognition);

/**
 * Returns how many corners of the card in the photo are known: 4, clockwise from the upper left one
 * of the card, where whoever read it says so: the vendor `offline` does; else 0. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_corner_count(const cardwire_recognition *recognition);

/**
 * Returns how far to the right corner `index`, counted from 0, is, in pixels from the upper left
 * corner of the photo as it is shown: turned by its EXIF orientation. 0 past the last. Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_recognition_corner_x(const cardwire_recognition *recognition,
                                      size_t index);

/**
 * Returns how far down corner `index` is, as cardwire_recognition_corner_x how far to the right.
 * Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_recognition_corner_y(const cardwire_recognition *recognition,
                                      size_t index);

/**
 * Returns how many things were wrong with the photo, or doubtful in what was read. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_warning_count(const cardwire_recognition *recognition);

/**
 * Returns warning `index`, counted from 0: one of CARDWIRE_WARNING_*; 0 past the last. Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_recognition_warning_kind(const cardwire_recognition *recognition,
                                          size_t index);

/**
 * Returns the vendor's code of warning `index`, as it came; `check_digit` or `other_reading` where the
 * warning is the library's own; NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_recognition_warning_code(const cardwire_recognition *recognition,
                                              size_t index);

/**
 * Returns a JPEG of the number as it stands on the card; personal data. Its length is
 * cardwire_recognition_number_photo_len; it does not end with a NUL. NULL where there is none.
 * Since 0.1.
 */
CARDWIRE_API
const uint8_t *cardwire_recognition_number_photo(const cardwire_recognition *recognition);

/**
 * Returns the length of cardwire_recognition_number_photo in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_number_photo_len(const cardwire_recognition *recognition);

/**
 * Returns the vendor's whole answer, byte for byte; personal data. Its length is
 * cardwire_recognition_raw_len; it does not end with a NUL. NULL where there is none. Since 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_recognition_raw(const cardwire_recognition *recognition);

/**
 * Returns the length of cardwire_recognition_raw in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_raw_len(const cardwire_recognition *recognition);

/**
 * Returns everything, card number and photo included, as a JSON object, with the field names that
 * every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_recognition_json(const cardwire_recognition *recognition);

/**
 * Returns the length of cardwire_recognition_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_recognition_json_len(const cardwire_recognition *recognition);

/**
 * Returns the facts of the call: the vendor that answered, the order number, what was sent and
 * billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle that
 * is not live. Since 0.1.
 */
CARDWIRE_API
const cardwire_call_facts *cardwire_recognition_facts(const cardwire_recognition *recognition);

/**
 * Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
 * left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_recognition_free(cardwire_recognition *recognition);

/**
 * Returns the name of one of CARDWIRE_OUTCOME_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_outcome_name(int32_t outcome);

/**
 * Returns the name of one of CARDWIRE_REASON_*, in snake_case; NULL for any other number. The text
 * is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_reason_name(int32_t reason);

/**
 * Returns match, mismatch or inconclusive: one of CARDWIRE_OUTCOME_*. It is 0 for a handle that is
 * not live, which is never a match. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_verification_outcome(const cardwire_verification *verification);

/**
 * Returns why it is not a match: one of CARDWIRE_REASON_*; 0 for a match. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_verification_reason(const cardwire_verification *verification);

/**
 * Returns the vendor's code, as it came. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_verification_vendor_code(const cardwire_verification *verification);

/**
 * Returns the vendor's text, in its language: for people, not for programs. It may hold personal
 * data. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_verification_description(const cardwire_verification *verification);

/**
 * Returns the length of cardwire_verification_description in bytes, without the NUL; 0 where it is
 * NULL. Since 0.1.
 */
CARDWIRE_API
size_t cardwire_verification_description_len(const cardwire_verification *verification);

/**
 * Returns the vendor's whole answer, byte for byte; personal data. Its length is
 * cardwire_verification_raw_len; it does not end with a NUL. NULL where there is none. Since 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_verification_raw(const cardwire_verification *verification);

/**
 * Returns the length of cardwire_verification_raw in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_verification_raw_len(const cardwire_verification *verification);

/**
 * Returns everything as a JSON object, with the field names that every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_verification_json(const cardwire_verification *verification);

/**
 * Returns the length of cardwire_verification_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_verification_json_len(const cardwire_verification *verification);

/**
 * Returns the facts of the call: the vendor that answered, the order number, what was sent and
 * billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle that
 * is not live. Since 0.1.
 */
CARDWIRE_API
const cardwire_call_facts *cardwire_verification_facts(const cardwire_verification *verification);

/**
 * Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
 * left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_verification_free(cardwire_verification *verification);

/**
 * Returns the name of one of CARDWIRE_LOOKUP_REASON_*, in snake_case; NULL for any other number.
 * The text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_lookup_reason_name(int32_t lookup_reason);

/**
 * Returns 1 where the vendor knows the card, else 0. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_card_lookup_found(const cardwire_card_lookup *lookup);

/**
 * Returns why the vendor does not know the card: one of CARDWIRE_LOOKUP_REASON_*; 0 where it does.
 * Since 0.1.
 */
CARDWIRE_API int32_t cardwire_card_lookup_reason(const cardwire_card_lookup *lookup);

/**
 * Returns the issuing bank, as the vendor names it; NULL where it does not. Since 0.1.
 */
CARDWIRE_API const char *cardwire_card_lookup_issuer(const cardwire_card_lookup *lookup);

/**
 * Returns the length of cardwire_card_lookup_issuer in bytes, without the NUL; 0 where it is NULL.
 * Since 0.1.
 */
CARDWIRE_API size_t cardwire_card_lookup_issuer_len(const cardwire_card_lookup *lookup);

/**
 * Returns the kind of the card: one of CARDWIRE_CARD_KIND_*; 0 for a handle that is not live.
 * Since 0.1.
 */
CARDWIRE_API int32_t cardwire_card_lookup_card_kind(const cardwire_card_lookup *lookup);

/**
 * Returns the vendor's code, as it came. Since 0.1.
 */
CARDWIRE_API const char *cardwire_card_lookup_vendor_code(const cardwire_card_lookup *lookup);

/**
 * Returns the vendor's text, in its language: for people, not for programs. Since 0.1.
 */
CARDWIRE_API const char *cardwire_card_lookup_description(const cardwire_card_lookup *lookup);

/**
 * Returns the length of cardwire_card_lookup_description in bytes, without the NUL; 0 where it is
 * NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_card_lookup_description_len(const cardwire_card_lookup *lookup);

/**
 * Returns the vendor's whole answer, byte for byte. Its length is cardwire_card_lookup_raw_len; it
 * does not end with a NUL. NULL where there is none. Since 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_card_lookup_raw(const cardwire_card_lookup *lookup);

/**
 * Returns the length of cardwire_card_lookup_raw in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_card_lookup_raw_len(const cardwire_card_lookup *lookup);

/**
 * Returns everything as a JSON object, with the field names that every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_card_lookup_json(const cardwire_card_lookup *lookup);

/**
 * Returns the length of cardwire_card_lookup_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_card_lookup_json_len(const cardwire_card_lookup *lookup);

/**
 * Returns the facts of the call: the vendor that answered, the order number, what was sent and
 * billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle that
 * is not live. Since 0.1.
 */
CARDWIRE_API
const cardwire_call_facts *cardwire_card_lookup_facts(const cardwire_card_lookup *lookup);

/**
 * Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
 * left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_card_lookup_free(cardwire_card_lookup *lookup);

/**
 * Looks up the issuer of a card by the first digits of its number, in the table of prefixes that is
 * built in or configured as `issuers`. Nothing is sent.
 *
 * - `client`: a live client.
 * - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
 * - `issuer`: receives the issuer, or NULL where the prefix is not known; free it with
 *   cardwire_issuer_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, also where the prefix is not known, or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_lookup_issuer(const cardwire_client *client,
                                       const char *card_number,
                                       size_t card_number_len,
                                       cardwire_issuer **issuer,
                                       cardwire_error **error);

/**
 * Works as cardwire_lookup_issuer, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_lookup_issuer_z(const cardwire_client *client,
                                         const char *card_number,
                                         cardwire_issuer **issuer,
                                         cardwire_error **error);

/**
 * Returns the issuing bank's name in Chinese, as it is today. Since 0.1.
 */
CARDWIRE_API const char *cardwire_issuer_name(const cardwire_issuer *issuer);

/**
 * Returns the bank's code as Alipay writes it, such as `ICBC`; NULL where the table has none. Since
 * 0.1.
 */
CARDWIRE_API const char *cardwire_issuer_code(const cardwire_issuer *issuer);

/**
 * Returns the kind of the cards: one of CARDWIRE_CARD_KIND_*; 0 for a handle that is not live.
 * Since 0.1.
 */
CARDWIRE_API int32_t cardwire_issuer_card_kind(const cardwire_issuer *issuer);

/**
 * Returns everything as a JSON object, with the field names that every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_issuer_json(const cardwire_issuer *issuer);

/**
 * Returns the length of cardwire_issuer_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_issuer_json_len(const cardwire_issuer *issuer);

/**
 * Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
 * Since 0.1.
 */
CARDWIRE_API void cardwire_issuer_free(cardwire_issuer *issuer);

/**
 * Returns the card number, digits only; NULL where the vendor does not say. Personal data. Since
 * 0.1.
 */
CARDWIRE_API const char *cardwire_order_card_number(const cardwire_order *order);

/**
 * Returns the length of cardwire_order_card_number in bytes, without the NUL; 0 where it is NULL.
 * Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_card_number_len(const cardwire_order *order);

/**
 * Returns the card number as it may be shown and logged: the first six and last four digits; NULL
 * where there is none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_card_number_masked(const cardwire_order *order);

/**
 * Returns the year that the card is valid through, with four digits; 0 where there is none or the
 * text could not be read as a date. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_valid_thru_year(const cardwire_order *order);

/**
 * Returns the month that the card is valid through, 1 to 12; 0 where there is none or the text
 * could not be read as a date. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_valid_thru_month(const cardwire_order *order);

/**
 * Returns the date that the card is valid through, in the vendor's text; NULL where there is none.
 * Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_valid_thru_printed(const cardwire_order *order);

/**
 * Returns how sharp the photo is, 0 to 100; -1 where the vendor does not say, and for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_clarity(const cardwire_order *order);

/**
 * Returns how many things were wrong with the photo although the vendor could read it. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_warning_count(const cardwire_order *order);

/**
 * Returns warning `index`, counted from 0: one of CARDWIRE_WARNING_*; 0 past the last. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_warning_kind(const cardwire_order *order, size_t index);

/**
 * Returns the vendor's code of warning `index`, as it came; NULL past the last. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_warning_code(const cardwire_order *order, size_t index);

/**
 * Returns when the vendor worked on it, in the vendor's words (China Standard Time); NULL where it
 * does not say. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_operated_at(const cardwire_order *order);

/**
 * Returns the photo as it was sent; personal data. Its length is
 * cardwire_order_original_photo_len; it does not end with a NUL. NULL where there is none. Since
 * 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_order_original_photo(const cardwire_order *order);

/**
 * Returns the length of cardwire_order_original_photo in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_original_photo_len(const cardwire_order *order);

/**
 * Returns the card cut out of the photo; personal data. Its length is
 * cardwire_order_card_photo_len; it does not end with a NUL. NULL where there is none. Since 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_order_card_photo(const cardwire_order *order);

/**
 * Returns the length of cardwire_order_card_photo in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_card_photo_len(const cardwire_order *order);

/**
 * Returns the number cut out of the photo; personal data. Its length is
 * cardwire_order_number_photo_len; it does not end with a NUL. NULL where there is none. Since
 * 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_order_number_photo(const cardwire_order *order);

/**
 * Returns the length of cardwire_order_number_photo in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_number_photo_len(const cardwire_order *order);

/**
 * Returns the vendor's whole answer, byte for byte; personal data. Its length is
 * cardwire_order_raw_len; it does not end with a NUL. NULL where there is none. Since 0.1.
 */
CARDWIRE_API const uint8_t *cardwire_order_raw(const cardwire_order *order);

/**
 * Returns the length of cardwire_order_raw in bytes; 0 where it is NULL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_raw_len(const cardwire_order *order);

/**
 * Returns everything, card number and photos included, as a JSON object, with the field names that
 * every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_json(const cardwire_order *order);

/**
 * Returns the length of cardwire_order_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_json_len(const cardwire_order *order);

/**
 * Returns the facts of the query itself: the vendor that answered, the order number, what was sent
 * and billed, and the attempts. Borrowed: it lives until the result is freed. NULL for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API const cardwire_call_facts *cardwire_order_facts(const cardwire_order *order);

/**
 * Frees it with every text and every byte borrowed from it. NULL and a handle that is not live are
 * left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_order_free(cardwire_order *order);

/**
 * Reads the card in a photo.
 *
 * - `client`: a live client.
 * - `image`, `image_len`: the photo, JPEG, PNG, BMP or WebP, as a camera or a scanner wrote it.
 * - `options`: what this call wants otherwise, or NULL.
 * - `recognition`: receives the result; free it with cardwire_recognition_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or any other status. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize(const cardwire_client *client,
                                   const uint8_t *image,
                                   size_t image_len,
                                   const cardwire_options *options,
                                   cardwire_recognition **recognition,
                                   cardwire_error **error);

/**
 * Reads the card in a photo in a file.
 *
 * - `client`: a live client.
 * - `image`, `image_len`: the path; bytes as the system's paths are, UTF-8 on Windows. A `data:`
 *   address is decoded, a `file:` address is the path in it, an http address is refused.
 * - `options`: what this call wants otherwise, or NULL.
 * - `recognition`: receives the result; free it with cardwire_recognition_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or any other status; CARDWIRE_INVALID_ARGUMENT where the file cannot be read.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_file(const cardwire_client *client,
                                        const char *image,
                                        size_t image_len,
                                        const cardwire_options *options,
                                        cardwire_recognition **recognition,
                                        cardwire_error **error);

/**
 * Works as cardwire_recognize_file, with a NUL-terminated path. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_file_z(const cardwire_client *client,
                                          const char *image,
                                          const cardwire_options *options,
                                          cardwire_recognition **recognition,
                                          cardwire_error **error);

/**
 * Reads the card in a photo at an address. The vendor downloads it, the library never does, so only
 * vendors that take an address are asked (`wechat`, `aliyun_bankocr`).
 *
 * - `client`: a live client.
 * - `image`, `image_len`: an `http` or `https` address that the vendor can reach, or a `data:`
 *   address, which is decoded here.
 * - `options`: what this call wants otherwise, or NULL.
 * - `recognition`: receives the result; free it with cardwire_recognition_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or any other status; CARDWIRE_UNSUPPORTED where no vendor takes an address.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_url(const cardwire_client *client,
                                       const char *image,
                                       size_t image_len,
                                       const cardwire_options *options,
                                       cardwire_recognition **recognition,
                                       cardwire_error **error);

/**
 * Works as cardwire_recognize_url, with a NUL-terminated address. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_url_z(const cardwire_client *client,
                                         const char *image,
                                         const cardwire_options *options,
                                         cardwire_recognition **recognition,
                                         cardwire_error **error);

/**
 * Asks whether a card, a name, and an ID number and phone number belong together.
 *
 * - `client`: a live client.
 * - `cardholder`: whom to verify.
 * - `options`: what this call wants otherwise, or NULL.
 * - `verification`: receives the result; free it with cardwire_verification_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or any other status. CARDWIRE_OK means that the vendor answered, not that they
 * match: look at cardwire_verification_outcome. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_verify(const cardwire_client *client,
                                const cardwire_cardholder *cardholder,
                                const cardwire_options *options,
                                cardwire_verification **verification,
                                cardwire_error **error);

/**
 * Works as cardwire_verify, with NUL-terminated texts in place of a cardholder.
 *
 * - `client`: a live client.
 * - `card_number`: 12 to 19 digits; blanks and dashes between them are dropped.
 * - `name`: the name as the bank knows it, UTF-8.
 * - `id_number`: the number of the resident identity card, or NULL to verify two elements.
 * - `options`: what this call wants otherwise, or NULL.
 * - `verification`: receives the result; free it with cardwire_verification_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_verify gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_verify_z(const cardwire_client *client,
                                  const char *card_number,
                                  const char *name,
                                  const char *id_number,
                                  const cardwire_options *options,
                                  cardwire_verification **verification,
                                  cardwire_error **error);

/**
 * Asks a vendor who issued a card number. Vendors bill this call.
 *
 * - `client`: a live client.
 * - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
 * - `options`: what this call wants otherwise, or NULL.
 * - `lookup`: receives the result; free it with cardwire_card_lookup_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or any other status. A number that the vendor does not know is a result: look
 * at cardwire_card_lookup_found. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_lookup_card(const cardwire_client *client,
                                     const char *card_number,
                                     size_t card_number_len,
                                     const cardwire_options *options,
                                     cardwire_card_lookup **lookup,
                                     cardwire_error **error);

/**
 * Works as cardwire_lookup_card, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_lookup_card_z(const cardwire_client *client,
                                       const char *card_number,
                                       const cardwire_options *options,
                                       cardwire_card_lookup **lookup,
                                       cardwire_error **error);

/**
 * Fetches the images and the result that a vendor keeps under an order number (`tencent_kyc`).
 *
 * - `client`: a live client.
 * - `order_id`, `order_id_len`: the order number of an earlier call.
 * - `options`: what this call wants otherwise, or NULL.
 * - `order`: receives the result; free it with cardwire_order_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or any other status. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_fetch_order(const cardwire_client *client,
                                     const char *order_id,
                                     size_t order_id_len,
                                     const cardwire_options *options,
                                     cardwire_order **order,
                                     cardwire_error **error);

/**
 * Works as cardwire_fetch_order, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_fetch_order_z(const cardwire_client *client,
                                       const char *order_id,
                                       const cardwire_options *options,
                                       cardwire_order **order,
                                       cardwire_error **error);

/**
 * Begins cardwire_recognize and returns at once.
 *
 * - `client`: a live client.
 * - `image`, `image_len`: the photo; it is copied.
 * - `options`: what this call wants otherwise, or NULL.
 * - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error of this function, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
 * calling `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_start(const cardwire_client *client,
                                         const uint8_t *image,
                                         size_t image_len,
                                         const cardwire_options *options,
                                         cardwire_recognition_callback callback,
                                         void *user_data,
                                         cardwire_error **error);

/**
 * Begins cardwire_recognize_file and returns at once.
 *
 * - `client`: a live client.
 * - `image`, `image_len`: the path; bytes as the system's paths are, UTF-8 on Windows. A `data:`
 *   address is decoded, a `file:` address is the path in it, an http address is refused.
 * - `options`: what this call wants otherwise, or NULL.
 * - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error of this function, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
 * calling `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_file_start(const cardwire_client *client,
                                              const char *image,
                                              size_t image_len,
                                              const cardwire_options *options,
                                              cardwire_recognition_callback callback,
                                              void *user_data,
                                              cardwire_error **error);

/**
 * Begins cardwire_recognize_url and returns at once.
 *
 * - `client`: a live client.
 * - `image`, `image_len`: an `http` or `https` address that the vendor can reach, or a `data:`
 *   address, which is decoded here.
 * - `options`: what this call wants otherwise, or NULL.
 * - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error of this function, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
 * calling `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_url_start(const cardwire_client *client,
                                             const char *image,
                                             size_t image_len,
                                             const cardwire_options *options,
                                             cardwire_recognition_callback callback,
                                             void *user_data,
                                             cardwire_error **error);

/**
 * Begins cardwire_verify and returns at once.
 *
 * - `client`: a live client.
 * - `cardholder`: whom to verify; it is copied.
 * - `options`: what this call wants otherwise, or NULL.
 * - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error of this function, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
 * calling `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_verify_start(const cardwire_client *client,
                                      const cardwire_cardholder *cardholder,
                                      const cardwire_options *options,
                                      cardwire_verification_callback callback,
                                      void *user_data,
                                      cardwire_error **error);

/**
 * Begins cardwire_lookup_card and returns at once.
 *
 * - `client`: a live client.
 * - `card_number`, `card_number_len`: 12 to 19 digits; blanks and dashes between them are dropped.
 * - `options`: what this call wants otherwise, or NULL.
 * - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error of this function, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
 * calling `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_lookup_card_start(const cardwire_client *client,
                                           const char *card_number,
                                           size_t card_number_len,
                                           const cardwire_options *options,
                                           cardwire_card_lookup_callback callback,
                                           void *user_data,
                                           cardwire_error **error);

/**
 * Begins cardwire_fetch_order and returns at once.
 *
 * - `client`: a live client.
 * - `order_id`, `order_id_len`: the order number of an earlier call.
 * - `options`: what this call wants otherwise, or NULL.
 * - `callback`: receives the result or the error, once, if this function gives CARDWIRE_OK.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error of this function, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, CARDWIRE_CLOSED or CARDWIRE_INTERNAL without
 * calling `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_fetch_order_start(const cardwire_client *client,
                                           const char *order_id,
                                           size_t order_id_len,
                                           const cardwire_options *options,
                                           cardwire_order_callback callback,
                                           void *user_data,
                                           cardwire_error **error);

/**
 * Begins a batch of photos, each of which is recognised as cardwire_recognize does. Nothing is sent
 * before a photo is put in:
 *
 *     for (int32_t next; (next = cardwire_batch_next(batch, -1)) != 0;)
 *         if (next == CARDWIRE_BATCH_INPUT) ...  // put in the next photo, or cardwire_batch_end_inputs
 *         else ...                               // cardwire_batch_take_recognition
 *
 * - `client`: a live client.
 * - `options`: what every call of the batch wants otherwise, or NULL; an order number or a reference
 *   in it is left out: each photo has its own.
 * - `concurrency`: the most calls in flight at once, results that were not taken included, so that a
 *   batch of any length needs no more memory than those; 0 for 16.
 * - `on_ready`: told each time that a call ended, for a program that waits elsewhere, such as in an
 *   event loop; or NULL. It is not called after cardwire_batch_free has returned outside a callback.
 * - `user_data`: handed to `on_ready`; usable on any thread until then.
 * - `batch`: receives the batch.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. With a client that is closed each input ends with
 * CARDWIRE_CLOSED. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_recognize_many(const cardwire_client *client,
                                        const cardwire_options *options,
                                        size_t concurrency,
                                        cardwire_ready_callback on_ready,
                                        void *user_data,
                                        cardwire_batch **batch,
                                        cardwire_error **error);

/**
 * Begins a batch of cardholders, each of whom is verified as cardwire_verify does.
 *
 * - `client`: a live client.
 * - `options`: as for cardwire_recognize_many.
 * - `concurrency`: as for cardwire_recognize_many.
 * - `on_ready`: as for cardwire_recognize_many.
 * - `user_data`: handed to `on_ready`.
 * - `batch`: receives the batch.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_recognize_many gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_verify_many(const cardwire_client *client,
                                     const cardwire_options *options,
                                     size_t concurrency,
                                     cardwire_ready_callback on_ready,
                                     void *user_data,
                                     cardwire_batch **batch,
                                     cardwire_error **error);

/**
 * Says what comes next, and waits for it at the most for `timeout_ms`: one of CARDWIRE_BATCH_*; 0 where
 * every result was taken and no input is to come, and for a handle that is not live.
 *
 * CARDWIRE_BATCH_INPUT: put in the next input, or say that there is none. It is asked for once;
 * where it is not there yet, results of calls in flight come meanwhile, and it is asked for again where
 * nothing is in flight. CARDWIRE_BATCH_WAIT: the time is over. A cancellation of the options ends the
 * inputs; the calls in flight end with CARDWIRE_CANCELLED, and their results are still to be taken.
 *
 * - `batch`: a batch.
 * - `timeout_ms`: milliseconds; 0 does not wait, below 0 there is no limit.
 *
 * Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_batch_next(cardwire_batch *batch,
                            int64_t timeout_ms);

/**
 * Puts in the photo that was asked for, a copy, and begins its call.
 *
 * - `batch`: a live batch of photos.
 * - `image`, `image_len`: the photo, as for cardwire_recognize.
 * - `options`: the order number and the reference of its call, or NULL; the rest of the options is the
 *   batch's.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, or CARDWIRE_INVALID_ARGUMENT: nothing was put in then, and the photo is asked for
 * still. A refusal of the call itself is its result. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_put_image(cardwire_batch *batch,
                                         const uint8_t *image,
                                         size_t image_len,
                                         const cardwire_options *options,
                                         cardwire_error **error);

/**
 * Puts in the photo that was asked for, in a file, which is read when its turn comes.
 *
 * - `batch`: a live batch of photos.
 * - `image`, `image_len`: the path, as for cardwire_recognize_file.
 * - `options`: as for cardwire_batch_put_image.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_batch_put_image gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_put_file(cardwire_batch *batch,
                                        const char *image,
                                        size_t image_len,
                                        const cardwire_options *options,
                                        cardwire_error **error);

/**
 * Puts in the photo that was asked for, at an address.
 *
 * - `batch`: a live batch of photos.
 * - `image`, `image_len`: the address, as for cardwire_recognize_url.
 * - `options`: as for cardwire_batch_put_image.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_batch_put_image gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_put_url(cardwire_batch *batch,
                                       const char *image,
                                       size_t image_len,
                                       const cardwire_options *options,
                                       cardwire_error **error);

/**
 * Puts in the cardholder who was asked for, a copy, and begins the call: one cardholder may be changed
 * and used for every input.
 *
 * - `batch`: a live batch of cardholders.
 * - `cardholder`: a live cardholder.
 * - `options`: as for cardwire_batch_put_image.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_batch_put_image gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_put_cardholder(cardwire_batch *batch,
                                              const cardwire_cardholder *cardholder,
                                              const cardwire_options *options,
                                              cardwire_error **error);

/**
 * Leaves the input that was asked for without a call: one that the program could not make. It counts,
 * and no result comes of it.
 *
 * - `batch`: a live batch.
 * - `index`: receives its number; SIZE_MAX where none was asked for.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_refuse(cardwire_batch *batch,
                                      size_t *index,
                                      cardwire_error **error);

/**
 * Says that no more inputs come, at the end of them or before. The calls in flight go on, and their
 * results are still to be taken: they may be billed.
 *
 * - `batch`: a live batch.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_end_inputs(cardwire_batch *batch,
                                          cardwire_error **error);

/**
 * Takes the result that comes next. They come as their calls end.
 *
 * - `batch`: a live batch of photos.
 * - `index`: receives the number of the input, counted from 0 as they were put in; SIZE_MAX where there
 *   is no result to take.
 * - `recognition`: receives the result; free it with cardwire_recognition_free.
 * - `error`: receives the error of the call, or NULL.
 *
 * Gives what cardwire_recognize gives of that photo; CARDWIRE_INVALID_ARGUMENT, with SIZE_MAX in
 * `index`, where there is no result to take. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_take_recognition(cardwire_batch *batch,
                                                size_t *index,
                                                cardwire_recognition **recognition,
                                                cardwire_error **error);

/**
 * Takes the result that comes next, as cardwire_batch_take_recognition does.
 *
 * - `batch`: a live batch of cardholders.
 * - `index`: as for cardwire_batch_take_recognition.
 * - `verification`: receives the result; free it with cardwire_verification_free.
 * - `error`: receives the error of the call, or NULL.
 *
 * Gives what cardwire_verify gives of that cardholder; CARDWIRE_INVALID_ARGUMENT, with SIZE_MAX in
 * `index`, where there is no result to take. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_take_verification(cardwire_batch *batch,
                                                 size_t *index,
                                                 cardwire_verification **verification,
                                                 cardwire_error **error);

/**
 * Frees a batch. Calls in flight are cancelled, and their results are lost: with a journal their
 * orders are there (cardwire_journal_find_order, cardwire_journal_unknown_orders); or set a
 * cancellation in the options of the batch, and take every result before you free it. A thread that
 * waits in cardwire_batch_next is told 0. It may be called from `on_ready`. NULL and a handle that
 * is not live are left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_batch_free(cardwire_batch *batch);

/**
 * Returns the name of one of CARDWIRE_ORDER_STATUS_*, in snake_case; NULL for any other number.
 * The text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_status_name(int32_t order_status);

/**
 * Returns the order number. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_order_id(const cardwire_order_record *record);

/**
 * Returns your own name for what was asked; NULL where you gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_reference(const cardwire_order_record *record);

/**
 * Returns the vendor that was asked; NULL where this library does not know it. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_vendor(const cardwire_order_record *record);

/**
 * Returns the `name` of the vendor's entry in the configuration, or the vendor's name. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_account(const cardwire_order_record *record);

/**
 * Returns the operation of the order: one of CARDWIRE_OPERATION_*; 0 where this library does not
 * know it. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_record_operation(const cardwire_order_record *record);

/**
 * Returns the status of the order: one of CARDWIRE_ORDER_STATUS_*; 0 for a handle that is not live.
 * Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_record_status(const cardwire_order_record *record);

/**
 * Returns how many requests it took. Since 0.1.
 */
CARDWIRE_API uint32_t cardwire_order_record_sends(const cardwire_order_record *record);

/**
 * Returns when it was first written, in milliseconds since 1970. Since 0.1.
 */
CARDWIRE_API uint64_t cardwire_order_record_created_ms(const cardwire_order_record *record);

/**
 * Returns when it was last written, in milliseconds since 1970. Since 0.1.
 */
CARDWIRE_API uint64_t cardwire_order_record_changed_ms(const cardwire_order_record *record);

/**
 * Returns the delivery of a complete request to the vendor: one of CARDWIRE_SENT_*; 0 for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_record_sent(const cardwire_order_record *record);

/**
 * Returns the bill of the order, as far as it is known: one of CARDWIRE_BILLED_*; 0 for a handle
 * that is not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_record_billed(const cardwire_order_record *record);

/**
 * Returns how it ended: `ok`, or the name of a status as cardwire_status_name gives it; NULL while
 * nothing came of it. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_outcome(const cardwire_order_record *record);

/**
 * Returns the vendor's code; NULL where it gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_vendor_code(const cardwire_order_record *record);

/**
 * Returns the vendor's own number for the request, to name when asking the vendor; NULL where it
 * gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_request_id(const cardwire_order_record *record);

/**
 * Returns the HTTP status of the vendor's answer; 0 where there was no answer. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_record_http_status(const cardwire_order_record *record);

/**
 * Returns 1 where the answer came after the caller had gone, else 0. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_order_record_late(const cardwire_order_record *record);

/**
 * Returns when somebody settled it with the vendor, in milliseconds since 1970; 0 where nobody
 * did. Since 0.1.
 */
CARDWIRE_API uint64_t cardwire_order_record_reconciled_ms(const cardwire_order_record *record);

/**
 * Returns their note; NULL where there is none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_note(const cardwire_order_record *record);

/**
 * Returns the length of cardwire_order_record_note in bytes, without the NUL; 0 where it is NULL.
 * Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_record_note_len(const cardwire_order_record *record);

/**
 * Returns the record as a JSON object, with the field names that every language uses. Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_record_json(const cardwire_order_record *record);

/**
 * Returns the length of cardwire_order_record_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_record_json_len(const cardwire_order_record *record);

/**
 * Reads the order that the vendor answered before, of an error whose status is
 * CARDWIRE_ALREADY_ANSWERED, or the order that runs, of CARDWIRE_ALREADY_RUNNING. Its `sent` and `billed`
 * are those of that order; the error's own are those of the call that ended with it.
 *
 * - `failure`: a live error.
 * - `record`: receives the record, or NULL for an error of another status; free it with
 *   cardwire_order_record_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_answered_order(const cardwire_error *failure,
                                        cardwire_order_record **record,
                                        cardwire_error **error);

/**
 * Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
 * Since 0.1.
 */
CARDWIRE_API void cardwire_order_record_free(cardwire_order_record *record);

/**
 * Returns how many there are. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_records_count(const cardwire_order_records *records);

/**
 * Gives one of them.
 *
 * - `records`: a live list.
 * - `index`: counted from 0, the newest.
 * - `record`: receives a copy, which does not depend on the list; free it with
 *   cardwire_order_record_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, or CARDWIRE_INVALID_ARGUMENT, past the last too. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_order_records_get(const cardwire_order_records *records,
                                           size_t index,
                                           cardwire_order_record **record,
                                           cardwire_error **error);

/**
 * Returns the records as a JSON list of objects, with the field names that every language uses.
 * Since 0.1.
 */
CARDWIRE_API const char *cardwire_order_records_json(const cardwire_order_records *records);

/**
 * Returns the length of cardwire_order_records_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_order_records_json_len(const cardwire_order_records *records);

/**
 * Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
 * Since 0.1.
 */
CARDWIRE_API void cardwire_order_records_free(cardwire_order_records *records);

/**
 * Lends the journal that the configuration of a client names. Each call with it gives
 * CARDWIRE_INVALID_CONFIG where the configuration names none, and CARDWIRE_CLOSED once the client is
 * closed or freed. The client's resources, such as the open file, go when both are freed.
 *
 * - `client`: a live client.
 * - `journal`: receives it; free it with cardwire_journal_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_client_journal(const cardwire_client *client,
                                        cardwire_journal **journal,
                                        cardwire_error **error);

/**
 * Opens a journal's file, or makes an empty one.
 *
 * - `path`, `path_len`: the path; bytes as the system's paths are, UTF-8 on Windows.
 * - `journal`: receives it; free it with cardwire_journal_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, or CARDWIRE_STORAGE where the file cannot be used.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_open(const char *path,
                                      size_t path_len,
                                      cardwire_journal **journal,
                                      cardwire_error **error);

/**
 * Works as cardwire_journal_open, with a NUL-terminated path. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_open_z(const char *path,
                                        cardwire_journal **journal,
                                        cardwire_error **error);

/**
 * Lists orders, newest first.
 *
 * - `journal`: a live journal.
 * - `filter`, `filter_len`: which ones, as a JSON object with the keys `status`, `vendor`,
 *   `account`, `reference`, `since_ms`, `until_ms` (milliseconds since 1970; the latter is past the
 *   last), `before` (the number of the last order of the page before) and `limit`, each of which may
 *   be left out; or NULL and 0 for every order.
 * - `records`: receives the list; free it with cardwire_order_records_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, CARDWIRE_INVALID_ARGUMENT, CARDWIRE_STORAGE where the file cannot be read, or
 * CARDWIRE_CLOSED after a fork; of a client's journal also what cardwire_client_journal says. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_orders(const cardwire_journal *journal,
                                        const char *filter,
                                        size_t filter_len,
                                        cardwire_order_records **records,
                                        cardwire_error **error);

/**
 * Works as cardwire_journal_orders, with a NUL-terminated filter, or NULL for every order. Since
 * 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_orders_z(const cardwire_journal *journal,
                                          const char *filter,
                                          cardwire_order_records **records,
                                          cardwire_error **error);

/**
 * Lists the orders that a vendor may have executed and billed without this machine knowing, and
 * that nobody settled, newest first. Those of calls that still run are not among them.
 *
 * - `journal`: a live journal.
 * - `records`: receives the list; free it with cardwire_order_records_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_journal_orders gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_unknown_orders(const cardwire_journal *journal,
                                                cardwire_order_records **records,
                                                cardwire_error **error);

/**
 * Looks an order up.
 *
 * - `journal`: a live journal.
 * - `order_id`, `order_id_len`: the order number.
 * - `record`: receives the record, or NULL where the journal has no such order; free it with
 *   cardwire_order_record_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_journal_orders gives; CARDWIRE_OK where there is no such order. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_find_order(const cardwire_journal *journal,
                                            const char *order_id,
                                            size_t order_id_len,
                                            cardwire_order_record **record,
                                            cardwire_error **error);

/**
 * Works as cardwire_journal_find_order, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_find_order_z(const cardwire_journal *journal,
                                              const char *order_id,
                                              cardwire_order_record **record,
                                              cardwire_error **error);

/**
 * Notes that an order was settled with the vendor: it is unknown no longer.
 *
 * - `journal`: a live journal.
 * - `order_id`, `order_id_len`: the order number.
 * - `note`, `note_len`: what was found out; it must hold no personal data. Long digit runs are
 *   masked.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_journal_orders gives; CARDWIRE_INVALID_ARGUMENT where there is no such order.
 * Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_reconcile_order(const cardwire_journal *journal,
                                                 const char *order_id,
                                                 size_t order_id_len,
                                                 const char *note,
                                                 size_t note_len,
                                                 cardwire_error **error);

/**
 * Works as cardwire_journal_reconcile_order, with NUL-terminated texts. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_reconcile_order_z(const cardwire_journal *journal,
                                                   const char *order_id,
                                                   const char *note,
                                                   cardwire_error **error);

/**
 * Writes orders to a new file as lines of JSON, newest first, for its owner alone. The memory that it
 * takes does not grow with their number.
 *
 * - `journal`: a live journal.
 * - `filter`, `filter_len`: which ones, as for cardwire_journal_orders; or NULL and 0 for every order. Without a
 *   `limit` there is none.
 * - `path`, `path_len`: the path; bytes as the system's paths are, UTF-8 on Windows. It must not be
 *   there yet.
 * - `count`: receives how many were written; it may be NULL.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_journal_orders gives; CARDWIRE_INVALID_ARGUMENT where the file is
 * there or cannot be made. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_export_orders(const cardwire_journal *journal,
                                               const char *filter,
                                               size_t filter_len,
                                               const char *path,
                                               size_t path_len,
                                               uint64_t *count,
                                               cardwire_error **error);

/**
 * Works as cardwire_journal_export_orders, with a NUL-terminated path, and a NUL-terminated filter
 * or NULL for every order. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_export_orders_z(const cardwire_journal *journal,
                                                 const char *filter,
                                                 const char *path,
                                                 uint64_t *count,
                                                 cardwire_error **error);

/**
 * Removes the orders that were last written before a moment. Those that run and those that are
 * unknown and not settled always stay. The number of an order that was removed may be used again.
 *
 * - `journal`: a live journal.
 * - `before_ms`: the moment, in milliseconds since 1970, at least 24 hours ago.
 * - `count`: receives how many were removed; it may be NULL.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_journal_orders gives; CARDWIRE_INVALID_ARGUMENT for a later moment,
 * CARDWIRE_STORAGE where the journal cannot be written. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_journal_prune_orders(const cardwire_journal *journal,
                                              uint64_t before_ms,
                                              uint64_t *count,
                                              cardwire_error **error);

/**
 * Closes the journal and frees it. Records live on. Other threads may use it meanwhile: their calls
 * end first. NULL and a handle that is not live are left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_journal_free(cardwire_journal *journal);

/**
 * Returns the name of one of CARDWIRE_ASK_*, in snake_case; NULL for any other number. The text is
 * never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_ask_reason_name(int32_t reason);

/**
 * Makes an empty set of providers.
 *
 * - `providers`: receives it; free it with cardwire_providers_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_providers_new(cardwire_providers **providers,
                                       cardwire_error **error);

/**
 * Adds a provider, or replaces another of that name.
 *
 * - `providers`: a live set.
 * - `name`, `name_len`: the name in the configuration.
 * - `on_ask`: called when an account needs credentials: for its first call, after the end that it
 *   gave, and after the vendor refused what it gave. Of many calls that wait, one asks; a question
 *   without an answer is given up after 30 seconds. It is not called after cardwire_client_close or
 *   cardwire_client_free has returned outside a callback. It must not wait for a call to the account
 *   that it is asked for.
 * - `user_data`: handed to `on_ask`; usable on any thread until then.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_providers_set(cardwire_providers *providers,
                                       const char *name,
                                       size_t name_len,
                                       cardwire_provider_callback on_ask,
                                       void *user_data,
                                       cardwire_error **error);

/**
 * Works as cardwire_providers_set, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_providers_set_z(cardwire_providers *providers,
                                         const char *name,
                                         cardwire_provider_callback on_ask,
                                         void *user_data,
                                         cardwire_error **error);

/**
 * Frees a set of providers. NULL and a handle that is not live are left alone. Since 0.1.
 */
CARDWIRE_API void cardwire_providers_free(cardwire_providers *providers);

/**
 * Returns the vendor of the account. Since 0.1.
 */
CARDWIRE_API const char *cardwire_ask_vendor(const cardwire_ask *ask);

/**
 * Returns the account: the `name` of its entry in the configuration, or the vendor's name. Since
 * 0.1.
 */
CARDWIRE_API const char *cardwire_ask_account(const cardwire_ask *ask);

/**
 * Returns how many secrets are asked for: the keys of the entry that name the provider. Since 0.1.
 */
CARDWIRE_API size_t cardwire_ask_secret_count(const cardwire_ask *ask);

/**
 * Returns a secret that is asked for, such as `access_token`; `index` counts from 0. NULL where
 * there is no such one. Since 0.1.
 */
CARDWIRE_API const char *cardwire_ask_secret(const cardwire_ask *ask, size_t index);

/**
 * Returns why it is asked: one of CARDWIRE_ASK_*. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_ask_reason(const cardwire_ask *ask);

/**
 * Gives the value of a secret, which is copied. One that the vendor can do without, such as `token`,
 * may be left out.
 *
 * - `ask`: a live question.
 * - `secret`, `secret_len`: which one, as cardwire_ask_secret names it.
 * - `value`, `value_len`: the value.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_ask_set(cardwire_ask *ask,
                                 const char *secret,
                                 size_t secret_len,
                                 const char *value,
                                 size_t value_len,
                                 cardwire_error **error);

/**
 * Works as cardwire_ask_set, with NUL-terminated texts. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_ask_set_z(cardwire_ask *ask,
                                   const char *secret,
                                   const char *value,
                                   cardwire_error **error);

/**
 * Says how long the values can be used. After that the provider is asked again; without it, only
 * when the vendor refuses them.
 *
 * - `ask`: a live question.
 * - `expires_in_ms`: milliseconds from now.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_ask_set_expires_in_ms(cardwire_ask *ask,
                                               uint64_t expires_in_ms,
                                               cardwire_error **error);

/**
 * Answers a question with the values that were set, and frees it.
 *
 * - `ask`: a live question.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API cardwire_status cardwire_ask_answer(cardwire_ask *ask, cardwire_error **error);

/**
 * Says that there are no credentials, and frees the question. The calls that wait end with
 * CARDWIRE_CREDENTIALS_UNAVAILABLE, not billed.
 *
 * - `ask`: a live question.
 * - `cause`: a pointer of yours, which the errors of these calls give back:
 *   cardwire_error_provider_cause. May be NULL. It is yours again where this function fails.
 * - `free_cause`: called once with `cause` when no error has it any more, on any thread; or NULL.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_ask_fail(cardwire_ask *ask,
                                  void *cause,
                                  cardwire_free_callback free_cause,
                                  cardwire_error **error);

/**
 * Returns the name of one of CARDWIRE_LEVEL_*, in snake_case; NULL for any other number. The text is
 * never freed. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_level_name(int32_t level);

/**
 * Returns the name of one of CARDWIRE_BREAKER_STATE_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_breaker_state_name(int32_t breaker_state);

/**
 * Returns the name of one of CARDWIRE_OPERATION_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_operation_name(int32_t operation);

/**
 * Returns the kind of the event: one of CARDWIRE_EVENT_*; 0 for a handle that is not live. Since
 * 0.1.
 */
CARDWIRE_API int32_t cardwire_event_kind(const cardwire_event *event);

/**
 * Returns the kind of the event, as a name in snake_case, such as `attempt_ended`. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_name(const cardwire_event *event);

/**
 * Returns the level of the event in a log: one of CARDWIRE_LEVEL_*; 0 for a handle that is not
 * live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_level(const cardwire_event *event);

/**
 * Returns the event as one line of a log: its name, then its fields as `name=value`, those that
 * have no value left out. It has no line break in it. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_text(const cardwire_event *event);

/**
 * Returns the number of the call, which all its events have; no other call of the process has it.
 * Since 0.1.
 */
CARDWIRE_API uint64_t cardwire_event_call(const cardwire_event *event);

/**
 * Returns the number that cardwire_options_set_context gave the call; 0 where it has none. Since
 * 0.1.
 */
CARDWIRE_API uint64_t cardwire_event_context(const cardwire_event *event);

/**
 * Returns the vendor; NULL where the event is of a call that chose none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_vendor(const cardwire_event *event);

/**
 * Returns the `name` of the vendor's entry in the configuration, or the vendor's name; NULL where
 * there is no vendor. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_account(const cardwire_event *event);

/**
 * Returns the operation: one of CARDWIRE_OPERATION_*; 0 where the event is of an order, a token or
 * a breaker. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_operation(const cardwire_event *event);

/**
 * Returns the order number; NULL where the event has none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_order_id(const cardwire_event *event);

/**
 * Counts the attempts of the call from 1; 0 where the event is not of an attempt. Since 0.1.
 */
CARDWIRE_API uint32_t cardwire_event_attempt(const cardwire_event *event);

/**
 * Returns how many attempts the call made; 0 where no call ended. Since 0.1.
 */
CARDWIRE_API uint32_t cardwire_event_attempts(const cardwire_event *event);

/**
 * Returns the vendor's host, where an attempt starts; NULL else, and on this machine. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_server_address(const cardwire_event *event);

/**
 * Returns the vendor's port, where an attempt starts; 0 else, and on this machine. Since 0.1.
 */
CARDWIRE_API uint32_t cardwire_event_server_port(const cardwire_event *event);

/**
 * Returns how it ended: `ok`, or the name of a status; NULL where nothing ended. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_outcome(const cardwire_event *event);

/**
 * Returns the vendor's code, as it came; NULL where it gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_vendor_code(const cardwire_event *event);

/**
 * Returns the HTTP status of the answer; 0 where there was none. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_http_status(const cardwire_event *event);

/**
 * Returns the vendor's number for the request; NULL where it gave none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_request_id(const cardwire_event *event);

/**
 * Returns the number that the gateway before the vendor gave the request; NULL where there is
 * none. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_gateway_request_id(const cardwire_event *event);

/**
 * Returns the delivery of the request to the vendor: one of CARDWIRE_SENT_*; 0 where neither an
 * attempt nor a call ended. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_sent(const cardwire_event *event);

/**
 * Returns the bill of the attempt or the call, as far as it is known: one of CARDWIRE_BILLED_*; 0
 * where none ended. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_billed(const cardwire_event *event);

/**
 * Returns the reason for which the library refused to send a request: `pace`, `quota`, `breaker`,
 * `account_blocked`, `parameters_blocked`, `store`, `photo`, `too_late`, `journal`, `credentials`
 * or `argument`; NULL where the event is of no refusal. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_reason(const cardwire_event *event);

/**
 * Returns how many units of the daily quota are left, as far as this process counts them; -1 where
 * the event is not of a quota. Since 0.1.
 */
CARDWIRE_API int64_t cardwire_event_quota_left(const cardwire_event *event);

/**
 * Returns how many units a day has; 0 where the event is not of a quota. Since 0.1.
 */
CARDWIRE_API uint32_t cardwire_event_quota_limit(const cardwire_event *event);

/**
 * Returns the state of the breaker before: one of CARDWIRE_BREAKER_STATE_*; 0 where the event is
 * not of a breaker. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_breaker_before(const cardwire_event *event);

/**
 * Returns the state of the breaker from now on: one of CARDWIRE_BREAKER_STATE_*; 0 where the event
 * is not of a breaker. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_event_breaker_after(const cardwire_event *event);

/**
 * Returns the state of the order in the journal: `intent` before the first byte of its request
 * leaves, `released` before the last byte leaves, `done` when something came of it; NULL where the
 * event is not of an order. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_state(const cardwire_event *event);

/**
 * Returns how long it took; 0 where it only began. Since 0.1.
 */
CARDWIRE_API uint64_t cardwire_event_milliseconds(const cardwire_event *event);

/**
 * Returns the event as a JSON object; `event` holds its name. Since 0.1.
 */
CARDWIRE_API const char *cardwire_event_json(const cardwire_event *event);

/**
 * Returns the length of cardwire_event_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_event_json_len(const cardwire_event *event);

/**
 * Returns the name of one of CARDWIRE_BLOCK_SCOPE_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_block_scope_name(int32_t block_scope);

/**
 * Gives the health of each account: its breaker, what it is not asked for a while, what is left of its
 * quota, and the age of its token. Nothing is sent.
 *
 * - `client`: a live client.
 * - `health`: receives it; free it with cardwire_account_health_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT; CARDWIRE_CLOSED in a forked child. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_client_health(const cardwire_client *client,
                                       cardwire_account_health **health,
                                       cardwire_error **error);

/**
 * Returns how many accounts there are. Since 0.1.
 */
CARDWIRE_API size_t cardwire_account_health_count(const cardwire_account_health *health);

/**
 * Returns the `name` of the entry of account `index` in the configuration, or the vendor's name; NULL past
 * the last. Accounts are counted from 0. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_account_health_account(const cardwire_account_health *health,
                                            size_t index);

/**
 * Returns the vendor of account `index`; NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_account_health_vendor(const cardwire_account_health *health,
                                           size_t index);

/**
 * Returns the state of the breaker of account `index`: one of CARDWIRE_BREAKER_STATE_*; 0 past the last.
 * It is closed too where the configuration turns it off. Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_account_health_breaker(const cardwire_account_health *health,
                                        size_t index);

/**
 * Returns until when the breaker of account `index` lets no request through, in milliseconds since 1970; 0
 * where it is not open. Since 0.1.
 */
CARDWIRE_API
uint64_t cardwire_account_health_breaker_until_ms(const cardwire_account_health *health,
                                                  size_t index);

/**
 * Returns how many blocks account `index` has. Since 0.1.
 */
CARDWIRE_API
size_t cardwire_account_health_block_count(const cardwire_account_health *health,
                                           size_t index);

/**
 * Returns what block `block` of account `index` keeps from it: one of CARDWIRE_BLOCK_SCOPE_*; 0 past the
 * last. Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_account_health_block_scope(const cardwire_account_health *health,
                                            size_t index,
                                            size_t block);

/**
 * Returns the kind of the vendor's refusal that led to block `block` of account `index`, as
 * cardwire_status_name gives it; NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_account_health_block_outcome(const cardwire_account_health *health,
                                                  size_t index,
                                                  size_t block);

/**
 * Returns the vendor's code of that refusal, as it came; NULL where it gave none. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_account_health_block_vendor_code(const cardwire_account_health *health,
                                                      size_t index,
                                                      size_t block);

/**
 * Returns how many cardholders and cards are blocked so; 1 for an account, 0 past the last. Since 0.1.
 */
CARDWIRE_API
uint32_t cardwire_account_health_block_size(const cardwire_account_health *health,
                                            size_t index,
                                            size_t block);

/**
 * Returns when the last of them ends, in milliseconds since 1970; 0 past the last. Since 0.1.
 */
CARDWIRE_API
uint64_t cardwire_account_health_block_until_ms(const cardwire_account_health *health,
                                                size_t index,
                                                size_t block);

/**
 * Returns how many units of the daily quota of account `index` are left, as far as this process counts
 * them; -1 where it has none. Since 0.1.
 */
CARDWIRE_API
int64_t cardwire_account_health_quota_left(const cardwire_account_health *health,
                                           size_t index);

/**
 * Returns how many units a day of account `index` has; 0 where it has no quota. Since 0.1.
 */
CARDWIRE_API
uint32_t cardwire_account_health_quota_limit(const cardwire_account_health *health,
                                             size_t index);

/**
 * Returns how many requests account `index` is sent in a second at the most; 0 where nothing holds them
 * back. Since 0.1.
 */
CARDWIRE_API
double cardwire_account_health_requests_per_second(const cardwire_account_health *health,
                                                   size_t index);

/**
 * Returns how many requests of account `index` are being sent or answered. Since 0.1.
 */
CARDWIRE_API
uint32_t cardwire_account_health_in_flight(const cardwire_account_health *health,
                                           size_t index);

/**
 * Returns since when this process has the token of account `index`, in milliseconds since 1970; 0 where it
 * has none. Since 0.1.
 */
CARDWIRE_API
uint64_t cardwire_account_health_token_since_ms(const cardwire_account_health *health,
                                                size_t index);

/**
 * Returns when the token of account `index` is dead, in milliseconds since 1970; 0 where it has none.
 * Since 0.1.
 */
CARDWIRE_API
uint64_t cardwire_account_health_token_until_ms(const cardwire_account_health *health,
                                                size_t index);

/**
 * Returns the accounts as a JSON list of objects, with the field names that every language uses.
 * Since 0.1.
 */
CARDWIRE_API const char *cardwire_account_health_json(const cardwire_account_health *health);

/**
 * Returns the length of cardwire_account_health_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_account_health_json_len(const cardwire_account_health *health);

/**
 * Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
 * Since 0.1.
 */
CARDWIRE_API void cardwire_account_health_free(cardwire_account_health *health);

/**
 * Returns the name of one of CARDWIRE_IMAGE_FORMAT_*, in snake_case; NULL for any other number.
 * The text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_image_format_name(int32_t image_format);

/**
 * Returns the name of one of CARDWIRE_PHOTO_LOOK_*, in snake_case; NULL for any other number. The
 * text is never freed. Since 0.1.
 */
CARDWIRE_API const char *cardwire_photo_look_name(int32_t photo_look);

/**
 * Checks the form of a card number on this machine.
 *
 * - `card_number`, `card_number_len`: the number.
 * - `well_formed`: receives 1 where it is 12 to 19 digits, blanks and dashes between them aside; else 0.
 * - `luhn`: receives 1 where the last digit is the Luhn check digit; else 0. Some issued cards fail
 *   this, so no call refuses a card for it.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_check_card_number(const char *card_number,
                                           size_t card_number_len,
                                           int32_t *well_formed,
                                           int32_t *luhn,
                                           cardwire_error **error);

/**
 * Works as cardwire_check_card_number, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_check_card_number_z(const char *card_number,
                                             int32_t *well_formed,
                                             int32_t *luhn,
                                             cardwire_error **error);

/**
 * Replaces by `*`, in place, what may not be shown of a card number: all but its first six and last four
 * digits, the most that PCI DSS 4.0.1, 3.4.1 allows on a display. Of a text that is not 12 to 19 digits
 * alone, everything is replaced.
 *
 * - `card_number`, `card_number_len`: the number.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_mask_card_number(char *card_number,
                                          size_t card_number_len,
                                          cardwire_error **error);

/**
 * Checks the form of a resident identity number (GB 11643-1999) on this machine.
 *
 * - `id_number`, `id_number_len`: the number.
 * - `well_formed`: receives 1 where it is 17 digits and a digit or X, or the 15 digits of before
 *   1999; else 0.
 * - `checksum`: receives 1 where the last character is the check character; else 0, as for 15
 *   digits.
 * - `birth_date`: receives 1 where the birth date in it is a date from 1900 to 2099; else 0.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK or CARDWIRE_INVALID_ARGUMENT. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_check_id_number(const char *id_number,
                                         size_t id_number_len,
                                         int32_t *well_formed,
                                         int32_t *checksum,
                                         int32_t *birth_date,
                                         cardwire_error **error);

/**
 * Works as cardwire_check_id_number, with a NUL-terminated text. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_check_id_number_z(const char *id_number,
                                           int32_t *well_formed,
                                           int32_t *checksum,
                                           int32_t *birth_date,
                                           cardwire_error **error);

/**
 * Checks an image against each vendor's limits on this machine. Only its header is read.
 *
 * - `image`, `image_len`: the photo, as for cardwire_recognize.
 * - `image_check`: receives the result; free it with cardwire_image_check_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK, or CARDWIRE_INVALID_ARGUMENT where the bytes are no image of a format that any
 * vendor takes. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_check_image(const uint8_t *image,
                                     size_t image_len,
                                     cardwire_image_check **image_check,
                                     cardwire_error **error);

/**
 * Works as cardwire_check_image, and looks at the photo: whether its number can be read, and if not,
 * whether it shows no card, is not sharp or is cut. The photo is decoded and read on the calling
 * thread, in some tenths of a second.
 *
 * - `image`, `image_len`: the photo, as for cardwire_recognize.
 * - `image_check`: receives the result; free it with cardwire_image_check_free.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK; CARDWIRE_INVALID_ARGUMENT where the bytes are no image of a format that any
 * vendor takes, are damaged, or have more pixels than the vendor `offline` takes; or
 * CARDWIRE_UNSUPPORTED from a library that was built without the feature `offline`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_look_at_image(const uint8_t *image,
                                       size_t image_len,
                                       cardwire_image_check **image_check,
                                       cardwire_error **error);

/**
 * Returns the most bytes that are read of a photo's file, and that a program need take from a
 * stream. Since 0.1.
 */
CARDWIRE_API size_t cardwire_image_limit(void);

/**
 * Returns the format, by the first bytes: one of CARDWIRE_IMAGE_FORMAT_*; 0 for a handle that is
 * not live. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_image_check_format(const cardwire_image_check *image_check);

/**
 * Returns the width in pixels, as the header states it; 0 where it does not. Since 0.1.
 */
CARDWIRE_API size_t cardwire_image_check_width(const cardwire_image_check *image_check);

/**
 * Returns the height in pixels, as the header states it; 0 where it does not. Since 0.1.
 */
CARDWIRE_API size_t cardwire_image_check_height(const cardwire_image_check *image_check);

/**
 * Returns the size in bytes. Since 0.1.
 */
CARDWIRE_API size_t cardwire_image_check_bytes(const cardwire_image_check *image_check);

/**
 * Returns what a look at the photo showed: one of CARDWIRE_PHOTO_LOOK_*; 0 where
 * cardwire_check_image read its header alone. Several faults may meet; the one with the lowest
 * number is told. Since 0.1.
 */
CARDWIRE_API int32_t cardwire_image_check_look(const cardwire_image_check *image_check);

/**
 * Returns how many vendors read card photos. Since 0.1.
 */
CARDWIRE_API size_t cardwire_image_check_vendor_count(const cardwire_image_check *image_check);

/**
 * Returns the name of vendor `index`, counted from 0; NULL past the last. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_image_check_vendor(const cardwire_image_check *image_check,
                                        size_t index);

/**
 * Returns 1 where vendor `index` takes this image as it is, else 0; a call makes it fit where it can.
 * Since 0.1.
 */
CARDWIRE_API
int32_t cardwire_image_check_accepted(const cardwire_image_check *image_check,
                                      size_t index);

/**
 * Returns the reason why vendor `index` does not take this image; NULL where it does. Since 0.1.
 */
CARDWIRE_API
const char *cardwire_image_check_problem(const cardwire_image_check *image_check,
                                         size_t index);

/**
 * Returns everything as a JSON object. Since 0.1.
 */
CARDWIRE_API const char *cardwire_image_check_json(const cardwire_image_check *image_check);

/**
 * Returns the length of cardwire_image_check_json in bytes, without the NUL. Since 0.1.
 */
CARDWIRE_API size_t cardwire_image_check_json_len(const cardwire_image_check *image_check);

/**
 * Frees it with every text borrowed from it. NULL and a handle that is not live are left alone.
 * Since 0.1.
 */
CARDWIRE_API void cardwire_image_check_free(cardwire_image_check *image_check);

/**
 * Returns the lists that are the same in every language, as a JSON object: `version`; `kinds` of
 * errors with numbers and advice; `vendors` with their operations; the lists of names (`outcomes`,
 * `reasons` and so on); `config_keys`; `records` with the name, the shape and the source of each
 * field; `limits`; and `error`, the document of an error that says nothing. The text is never freed.
 * Since 0.1.
 */
CARDWIRE_API
const char *cardwire_contract(void);

/**
 * Makes a call in one piece and waits for its end: `callback` runs on this thread before the function
 * returns. A call that is refused ends in `callback` too.
 *
 * - `client`: a live client.
 * - `request`, `request_len`: a JSON object. `operation` is `recognize`, `recognize_file`,
 *   `recognize_url`, `verify`, `lookup_card` or `fetch_order`; the arguments have the names of those
 *   functions (`image` for a path or an address, `card_number`, `name`, `id_number`, `phone`,
 *   `order_id`), and `options` is an object with `vendors` (separated by commas), `order_id`,
 *   `reference`, `user_id`, `timeout_ms`, `skip_answered` and `context`, each of which may be left out.
 * - `image`, `image_len`: the photo for `recognize`; NULL and 0 else.
 * - `cancellation`: ends the call, or NULL.
 * - `callback`: receives the end.
 * - `user_data`: handed to `callback`.
 *
 * Gives nothing. Since 0.1.
 */
CARDWIRE_API
void cardwire_call_run(const cardwire_client *client,
                       const char *request,
                       size_t request_len,
                       const uint8_t *image,
                       size_t image_len,
                       const cardwire_cancellation *cancellation,
                       cardwire_document_callback callback,
                       void *user_data);

/**
 * Begins cardwire_call_run and returns at once. A call that is refused ends in `callback` before the
 * function returns, on this thread; everything else later, on one of the library's threads. Everything that is
 * pointed to is copied.
 *
 * - `client`: a live client.
 * - `request`, `request_len`: as for cardwire_call_run.
 * - `image`, `image_len`: the photo for `recognize`; NULL and 0 else.
 * - `cancellation`: ends the call, or NULL.
 * - `callback`: receives the end.
 * - `user_data`: handed to `callback`.
 *
 * Gives nothing. Since 0.1.
 */
CARDWIRE_API
void cardwire_call_start(const cardwire_client *client,
                         const char *request,
                         size_t request_len,
                         const uint8_t *image,
                         size_t image_len,
                         const cardwire_cancellation *cancellation,
                         cardwire_document_callback callback,
                         void *user_data);

/**
 * Begins a batch in one piece: cardwire_recognize_many or cardwire_verify_many.
 *
 * - `client`: a live client.
 * - `request`, `request_len`: a JSON object. `operation` is `recognize_many` or `verify_many`;
 *   `concurrency` and `options`, as for cardwire_call_run, may be left out.
 * - `cancellation`: ends the calls of the batch, or NULL.
 * - `on_ready`: as for cardwire_recognize_many.
 * - `user_data`: handed to `on_ready`.
 * - `batch`: receives the batch.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_recognize_many gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_start(const cardwire_client *client,
                                     const char *request,
                                     size_t request_len,
                                     const cardwire_cancellation *cancellation,
                                     cardwire_ready_callback on_ready,
                                     void *user_data,
                                     cardwire_batch **batch,
                                     cardwire_error **error);

/**
 * Puts in the input that was asked for, in one piece, as cardwire_batch_put_image and the like do.
 *
 * - `batch`: a live batch.
 * - `request`, `request_len`: as for cardwire_call_run, with an operation of the batch: `recognize`,
 *   `recognize_file` or `recognize_url`, or `verify`. Of its `options` the order number and the reference
 *   count.
 * - `image`, `image_len`: the photo for `recognize`; NULL and 0 else.
 * - `error`: receives the error, or NULL.
 *
 * Gives what cardwire_batch_put_image gives. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_put(cardwire_batch *batch,
                                   const char *request,
                                   size_t request_len,
                                   const uint8_t *image,
                                   size_t image_len,
                                   cardwire_error **error);

/**
 * Takes the result that comes next, in one piece: `callback` is given the end of its call, on this thread
 * before the function returns.
 *
 * - `batch`: a live batch.
 * - `index`: as for cardwire_batch_take_recognition.
 * - `callback`: receives the end.
 * - `user_data`: handed to `callback`.
 * - `error`: receives the error, or NULL.
 *
 * Gives CARDWIRE_OK; or CARDWIRE_INVALID_ARGUMENT, where there is no result to take too, without calling
 * `callback`. Since 0.1.
 */
CARDWIRE_API
cardwire_status cardwire_batch_take(cardwire_batch *batch,
                                    size_t *index,
                                    cardwire_document_callback callback,
                                    void *user_data,
                                    cardwire_error **error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* CARDWIRE_H */
