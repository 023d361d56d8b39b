/// @file
/// Cardwire for C++17: classes over cardwire.h, which states what every function does, needs and
/// promises. Nothing here decides anything; link the C library.
///
/// - Objects own their handle, move and do not copy; only `Error` copies. A moved-from object may
///   be destroyed and assigned to, nothing else.
/// - Every call has two forms. `recognize` throws `Error`; `try_recognize` returns
///   `Result<Recognition>`. Without exceptions (-fno-exceptions) only the second form is there.
/// - Text goes in as `std::string_view`, UTF-8. Text and bytes come out borrowed from their object,
///   so they are not to be had from a temporary: keep the object in a variable.
/// - What is wrong with a value given to `Options` or `Cardholder` is told by the call that uses it.
/// - Callbacks run on a thread of the library. An exception that leaves one ends the program, except
///   in `recognize_many` and `verify_many`, which run theirs on the calling thread and let it out.
#ifndef CARDWIRE_HPP
#define CARDWIRE_HPP

#include "cardwire.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define CARDWIRE_HPP_EXCEPTIONS 1
#include <exception>
#else
#define CARDWIRE_HPP_EXCEPTIONS 0
#endif

namespace cardwire {

/// What an error is; numbers are those of cardwire_status.
enum class Kind : std::int32_t {
    invalid_argument = CARDWIRE_INVALID_ARGUMENT,
    invalid_config = CARDWIRE_INVALID_CONFIG,
    unsupported = CARDWIRE_UNSUPPORTED,
    unauthenticated = CARDWIRE_UNAUTHENTICATED,
    permission_denied = CARDWIRE_PERMISSION_DENIED,
    quota_exhausted = CARDWIRE_QUOTA_EXHAUSTED,
    rate_limited = CARDWIRE_RATE_LIMITED,
    image_rejected = CARDWIRE_IMAGE_REJECTED,
    card_not_found = CARDWIRE_CARD_NOT_FOUND,
    vendor_unavailable = CARDWIRE_VENDOR_UNAVAILABLE,
    vendor_error = CARDWIRE_VENDOR_ERROR,
    timeout = CARDWIRE_TIMEOUT,
    network = CARDWIRE_NETWORK,
    protocol = CARDWIRE_PROTOCOL,
    cancelled = CARDWIRE_CANCELLED,
    closed = CARDWIRE_CLOSED,
    storage = CARDWIRE_STORAGE,
    internal = CARDWIRE_INTERNAL,
};

/// Whether a complete request reached the vendor.
enum class Sent : std::int32_t {
    no = CARDWIRE_SENT_NO,
    unknown = CARDWIRE_SENT_UNKNOWN,
    yes = CARDWIRE_SENT_YES,
};

/// Whether the vendor bills the call.
enum class Billed : std::int32_t {
    no = CARDWIRE_BILLED_NO,
    unknown = CARDWIRE_BILLED_UNKNOWN,
    yes = CARDWIRE_BILLED_YES,
};

/// How a card pays.
enum class CardKind : std::int32_t {
    debit = CARDWIRE_CARD_KIND_DEBIT,
    credit = CARDWIRE_CARD_KIND_CREDIT,
    quasi_credit = CARDWIRE_CARD_KIND_QUASI_CREDIT,
    prepaid = CARDWIRE_CARD_KIND_PREPAID,
    unknown = CARDWIRE_CARD_KIND_UNKNOWN,
};

/// What was wrong with a photo that could be read all the same.
enum class WarningKind : std::int32_t {
    expired = CARDWIRE_WARNING_EXPIRED,
    date_invalid = CARDWIRE_WARNING_DATE_INVALID,
    border_incomplete = CARDWIRE_WARNING_BORDER_INCOMPLETE,
    glare = CARDWIRE_WARNING_GLARE,
    photocopy = CARDWIRE_WARNING_PHOTOCOPY,
    recaptured = CARDWIRE_WARNING_RECAPTURED,
    blurred = CARDWIRE_WARNING_BLURRED,
    other = CARDWIRE_WARNING_OTHER,
};

/// Whether card and cardholder belong together.
enum class Outcome : std::int32_t {
    match = CARDWIRE_OUTCOME_MATCH,
    mismatch = CARDWIRE_OUTCOME_MISMATCH,
    inconclusive = CARDWIRE_OUTCOME_INCONCLUSIVE,
};

/// Why a verification did not match.
enum class Reason : std::int32_t {
    cardholder_mismatch = CARDWIRE_REASON_CARDHOLDER_MISMATCH,
    name_invalid = CARDWIRE_REASON_NAME_INVALID,
    id_number_invalid = CARDWIRE_REASON_ID_NUMBER_INVALID,
    phone_invalid = CARDWIRE_REASON_PHONE_INVALID,
    card_number_invalid = CARDWIRE_REASON_CARD_NUMBER_INVALID,
    card_number_malformed = CARDWIRE_REASON_CARD_NUMBER_MALFORMED,
    no_issuer = CARDWIRE_REASON_NO_ISSUER,
    card_inactive = CARDWIRE_REASON_CARD_INACTIVE,
    card_lost = CARDWIRE_REASON_CARD_LOST,
    card_expired = CARDWIRE_REASON_CARD_EXPIRED,
    card_restricted = CARDWIRE_REASON_CARD_RESTRICTED,
    card_confiscated = CARDWIRE_REASON_CARD_CONFISCATED,
    card_suspected_fraud = CARDWIRE_REASON_CARD_SUSPECTED_FRAUD,
    card_abnormal = CARDWIRE_REASON_CARD_ABNORMAL,
    pin_tries_exceeded = CARDWIRE_REASON_PIN_TRIES_EXCEEDED,
    cardless_payment_disabled = CARDWIRE_REASON_CARDLESS_PAYMENT_DISABLED,
    issuer_unsupported = CARDWIRE_REASON_ISSUER_UNSUPPORTED,
    attempts_exceeded = CARDWIRE_REASON_ATTEMPTS_EXCEEDED,
    id_type_unsupported = CARDWIRE_REASON_ID_TYPE_UNSUPPORTED,
    vendor_busy = CARDWIRE_REASON_VENDOR_BUSY,
    no_record = CARDWIRE_REASON_NO_RECORD,
    unknown = CARDWIRE_REASON_UNKNOWN,
};

/// Why a vendor does not know a card.
enum class LookupReason : std::int32_t {
    no_record = CARDWIRE_LOOKUP_REASON_NO_RECORD,
    vendor_busy = CARDWIRE_LOOKUP_REASON_VENDOR_BUSY,
    no_such_card = CARDWIRE_LOOKUP_REASON_NO_SUCH_CARD,
    attempts_exceeded = CARDWIRE_LOOKUP_REASON_ATTEMPTS_EXCEEDED,
    card_invalid = CARDWIRE_LOOKUP_REASON_CARD_INVALID,
    card_type_unsupported = CARDWIRE_LOOKUP_REASON_CARD_TYPE_UNSUPPORTED,
    unknown = CARDWIRE_LOOKUP_REASON_UNKNOWN,
};

/// What a vendor is asked.
enum class Operation : std::int32_t {
    recognize = CARDWIRE_OPERATION_RECOGNIZE,
    verify = CARDWIRE_OPERATION_VERIFY,
    lookup_card = CARDWIRE_OPERATION_LOOKUP_CARD,
    fetch_order = CARDWIRE_OPERATION_FETCH_ORDER,
};

/// An image format, told by its first bytes.
enum class ImageFormat : std::int32_t {
    jpeg = CARDWIRE_IMAGE_FORMAT_JPEG,
    png = CARDWIRE_IMAGE_FORMAT_PNG,
    bmp = CARDWIRE_IMAGE_FORMAT_BMP,
};

/// What a client did.
enum class EventKind : std::int32_t {
    attempt_started = CARDWIRE_EVENT_ATTEMPT_STARTED,
    attempt_ended = CARDWIRE_EVENT_ATTEMPT_ENDED,
    token_refreshed = CARDWIRE_EVENT_TOKEN_REFRESHED,
};

/// Bytes borrowed from an object, like std::span.
class Bytes {
public:
    Bytes() = default;
    Bytes(const std::uint8_t *data, std::size_t size) : data_(data), size_(size) {}
    const std::uint8_t *data() const { return data_; }
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    const std::uint8_t *begin() const { return data_; }
    const std::uint8_t *end() const { return data_ + size_; }
    std::vector<std::uint8_t> to_vector() const { return {begin(), end()}; }

private:
    const std::uint8_t *data_ = nullptr;
    std::size_t size_ = 0;
};

namespace detail {

inline std::string_view view(const char *text) { return text ? std::string_view(text) : std::string_view(); }

inline std::string_view view(const char *text, std::size_t length) {
    return text ? std::string_view(text, length) : std::string_view();
}

inline std::optional<std::string_view> maybe(const char *text) {
    return text ? std::optional<std::string_view>(text) : std::nullopt;
}

inline std::optional<std::string_view> maybe(const char *text, std::size_t length) {
    return text ? std::optional<std::string_view>({text, length}) : std::nullopt;
}

template <class Enum> std::optional<Enum> maybe_enum(std::int32_t number) {
    return number ? std::optional<Enum>(static_cast<Enum>(number)) : std::nullopt;
}

/// An empty text is not a missing one: the C functions tell them apart.
inline const char *data(std::string_view text) { return text.data() ? text.data() : ""; }

/// The C functions that every object with facts of a call has.
template <class Handle> struct Functions;

#define CARDWIRE_HPP_FUNCTIONS(object)                                                             \
    template <> struct Functions<cardwire_##object> {                                              \
        using H = cardwire_##object;                                                               \
        static void free(H *h) { cardwire_##object##_free(h); }                                    \
        static const char *vendor(const H *h) { return cardwire_##object##_vendor(h); }            \
        static const char *account(const H *h) { return cardwire_##object##_account(h); }          \
        static const char *order_id(const H *h) { return cardwire_##object##_order_id(h); }        \
        static const char *request_id(const H *h) { return cardwire_##object##_request_id(h); }    \
        static std::int32_t sent(const H *h) { return cardwire_##object##_sent(h); }               \
        static std::int32_t billed(const H *h) { return cardwire_##object##_billed(h); }           \
        static const char *json(const H *h) { return cardwire_##object##_json(h); }                \
        static std::size_t json_len(const H *h) { return cardwire_##object##_json_len(h); }        \
        static std::size_t attempts(const H *h) { return cardwire_##object##_attempt_count(h); }   \
        static const char *attempt_vendor(const H *h, std::size_t i) {                             \
            return cardwire_##object##_attempt_vendor(h, i);                                       \
        }                                                                                          \
        static const char *attempt_account(const H *h, std::size_t i) {                            \
            return cardwire_##object##_attempt_account(h, i);                                      \
        }                                                                                          \
        static const char *attempt_outcome(const H *h, std::size_t i) {                            \
            return cardwire_##object##_attempt_outcome(h, i);                                      \
        }                                                                                          \
        static const char *attempt_vendor_code(const H *h, std::size_t i) {                        \
            return cardwire_##object##_attempt_vendor_code(h, i);                                  \
        }                                                                                          \
        static const char *attempt_order_id(const H *h, std::size_t i) {                           \
            return cardwire_##object##_attempt_order_id(h, i);                                     \
        }                                                                                          \
        static std::int32_t attempt_billed(const H *h, std::size_t i) {                            \
            return cardwire_##object##_attempt_billed(h, i);                                       \
        }                                                                                          \
        static std::int32_t attempt_sent(const H *h, std::size_t i) {                              \
            return cardwire_##object##_attempt_sent(h, i);                                         \
        }                                                                                          \
        static std::uint64_t attempt_milliseconds(const H *h, std::size_t i) {                     \
            return cardwire_##object##_attempt_milliseconds(h, i);                                 \
        }                                                                                          \
    }

CARDWIRE_HPP_FUNCTIONS(recognition);
CARDWIRE_HPP_FUNCTIONS(verification);
CARDWIRE_HPP_FUNCTIONS(card_lookup);
CARDWIRE_HPP_FUNCTIONS(order);
CARDWIRE_HPP_FUNCTIONS(error);
#undef CARDWIRE_HPP_FUNCTIONS

struct Free {
    void operator()(cardwire_client *handle) const { cardwire_client_free(handle); }
    void operator()(cardwire_options *handle) const { cardwire_options_free(handle); }
    void operator()(cardwire_cancellation *handle) const { cardwire_cancellation_free(handle); }
    void operator()(cardwire_cardholder *handle) const { cardwire_cardholder_free(handle); }
    void operator()(cardwire_image_check *handle) const { cardwire_image_check_free(handle); }
    template <class Handle> void operator()(Handle *handle) const { Functions<Handle>::free(handle); }
};

template <class Handle> using Owned = std::unique_ptr<Handle, Free>;

} // namespace detail

/// The version of the library that is running.
inline std::string_view version() { return detail::view(cardwire_version()); }
/// The same in one number, as CARDWIRE_VERSION_NUMBER.
inline std::uint32_t version_number() { return cardwire_version_number(); }

/// The name of a value, in snake_case, as in JSON; empty for a number that has none.
inline std::string_view name(Kind value) { return detail::view(cardwire_status_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Sent value) { return detail::view(cardwire_sent_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Billed value) { return detail::view(cardwire_billed_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(CardKind value) { return detail::view(cardwire_card_kind_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(WarningKind value) { return detail::view(cardwire_warning_kind_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Outcome value) { return detail::view(cardwire_outcome_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Reason value) { return detail::view(cardwire_reason_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(LookupReason value) { return detail::view(cardwire_lookup_reason_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Operation value) { return detail::view(cardwire_operation_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(ImageFormat value) { return detail::view(cardwire_image_format_name(static_cast<std::int32_t>(value))); }

/// What to do about an error of this kind, in one sentence.
inline std::string_view advice(Kind value) { return detail::view(cardwire_status_advice(static_cast<std::int32_t>(value))); }

/// One request that a call made to a vendor, or meant to make.
struct Attempt {
    std::string vendor;
    /// The `name` of the vendor's entry in the configuration.
    std::string account;
    /// `ok`, or the name of a kind of error.
    std::string outcome;
    /// As it came; nothing where the vendor gave none.
    std::optional<std::string> vendor_code;
    /// What it was sent under: another account is asked under a new one.
    std::string order_id;
    Sent sent;
    Billed billed;
    std::chrono::milliseconds duration;
};

/// What is known about a call, of every result and every error.
template <class Pointer> class CallFacts {
    using Handle = typename Pointer::element_type;
    using Functions = detail::Functions<Handle>;

public:
    /// The vendor that answered or was asked last.
    std::optional<std::string_view> vendor() const & { return detail::maybe(Functions::vendor(c_handle())); }
    std::optional<std::string_view> vendor() const && = delete;
    /// The `name` of its entry in the configuration.
    std::optional<std::string_view> account() const & { return detail::maybe(Functions::account(c_handle())); }
    std::optional<std::string_view> account() const && = delete;
    /// Yours, or the one that the library made. Keep it.
    std::optional<std::string_view> order_id() const & { return detail::maybe(Functions::order_id(c_handle())); }
    std::optional<std::string_view> order_id() const && = delete;
    /// The vendor's own number for the request.
    std::optional<std::string_view> request_id() const & { return detail::maybe(Functions::request_id(c_handle())); }
    std::optional<std::string_view> request_id() const && = delete;
    /// Whether a complete request reached the vendor.
    Sent sent() const { return static_cast<Sent>(Functions::sent(c_handle())); }
    /// Whether the vendor bills the call.
    Billed billed() const { return static_cast<Billed>(Functions::billed(c_handle())); }
    /// Everything as a JSON object, with the field names that every language uses.
    std::string_view json() const & { return detail::view(Functions::json(c_handle()), Functions::json_len(c_handle())); }
    std::string_view json() const && = delete;

    /// Every request that was made, or meant to be made, oldest first.
    std::vector<Attempt> attempts() const {
        std::vector<Attempt> attempts;
        const std::size_t count = Functions::attempts(c_handle());
        for (std::size_t i = 0; i < count; i++) {
            const char *code = Functions::attempt_vendor_code(c_handle(), i);
            attempts.push_back({std::string(detail::view(Functions::attempt_vendor(c_handle(), i))),
                                std::string(detail::view(Functions::attempt_account(c_handle(), i))),
                                std::string(detail::view(Functions::attempt_outcome(c_handle(), i))),
                                code ? std::optional<std::string>(code) : std::nullopt,
                                std::string(detail::view(Functions::attempt_order_id(c_handle(), i))),
                                static_cast<Sent>(Functions::attempt_sent(c_handle(), i)),
                                static_cast<Billed>(Functions::attempt_billed(c_handle(), i)),
                                std::chrono::milliseconds(Functions::attempt_milliseconds(c_handle(), i))});
        }
        return attempts;
    }

    /// The handle, for the functions of cardwire.h; it stays the object's own.
    const Handle *c_handle() const { return handle_.get(); }

protected:
    explicit CallFacts(Pointer handle) : handle_(std::move(handle)) {}

private:
    Pointer handle_;
};

/// Why a call gave no result. `what()` is one line without personal data.
class Error : public std::runtime_error, public CallFacts<std::shared_ptr<cardwire_error>> {
public:
    /// Takes over what a function of cardwire.h gave.
    Error(cardwire_status status, cardwire_error *error)
        : std::runtime_error(line(status, error)),
          CallFacts(std::shared_ptr<cardwire_error>(error, detail::Free())), status_(status) {}

    Kind kind() const { return static_cast<Kind>(status_); }
    /// What went wrong; begins with the name of the argument or of the configuration's key.
    std::string_view message() const & {
        return detail::view(cardwire_error_message(c_handle()), cardwire_error_message_len(c_handle()));
    }
    std::string_view message() const && = delete;
    /// The argument that was refused, for Kind::invalid_argument.
    std::optional<std::string_view> argument() const & { return detail::maybe(cardwire_error_argument(c_handle())); }
    std::optional<std::string_view> argument() const && = delete;
    /// The vendor's own code, as it came.
    std::optional<std::string_view> vendor_code() const & { return detail::maybe(cardwire_error_vendor_code(c_handle())); }
    std::optional<std::string_view> vendor_code() const && = delete;
    /// The vendor's own text, cut, with personal data masked.
    std::optional<std::string_view> vendor_message() const & { return detail::maybe(cardwire_error_vendor_message(c_handle())); }
    std::optional<std::string_view> vendor_message() const && = delete;
    /// The HTTP status of the vendor's answer.
    std::optional<int> http_status() const {
        const std::int32_t status = cardwire_error_http_status(c_handle());
        return status ? std::optional<int>(status) : std::nullopt;
    }
    /// How long to wait before the next try, where it is known.
    std::optional<std::chrono::milliseconds> retry_after() const {
        const std::int64_t wait = cardwire_error_retry_after_ms(c_handle());
        return wait >= 0 ? std::optional<std::chrono::milliseconds>(wait) : std::nullopt;
    }
    /// Whether the same call may succeed later and cannot have been billed by this one.
    bool retryable() const { return cardwire_error_retryable(c_handle()) != 0; }

private:
    static std::string line(cardwire_status status, const cardwire_error *error) {
        const char *text = cardwire_error_text(error);
        return std::string(detail::view(text ? text : cardwire_status_name(status)));
    }

    cardwire_status status_;
};

/// A value or an Error, like std::expected. It does not convert to bool, so that nobody takes "the
/// vendor answered" for "they match".
template <class Value> class [[nodiscard]] Result {
public:
    Result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const = delete;

    /// The value. Where there is none: throws the Error, or aborts without exceptions.
    Value &value() & { return check(), *std::get_if<0>(&content_); }
    const Value &value() const & { return check(), *std::get_if<0>(&content_); }
    Value &&value() && { return check(), std::move(*std::get_if<0>(&content_)); }
    Value *operator->() { return &value(); }
    const Value *operator->() const { return &value(); }

    /// The error; only where there is no value.
    const Error &error() const & {
        if (has_value()) std::abort();
        return *std::get_if<1>(&content_);
    }
    Error error() const && { return static_cast<const Result &>(*this).error(); }

private:
    void check() const {
        if (has_value()) return;
#if CARDWIRE_HPP_EXCEPTIONS
        throw *std::get_if<1>(&content_);
#else
        std::abort();
#endif
    }

    std::variant<Value, Error> content_;
};

/// Success or an Error.
template <> class [[nodiscard]] Result<void> {
public:
    Result() = default;
    Result(Error error) : error_(std::move(error)) {}

    bool has_value() const { return !error_.has_value(); }
    explicit operator bool() const = delete;

    /// Throws the Error where there is one, or aborts without exceptions.
    void value() const {
        if (has_value()) return;
#if CARDWIRE_HPP_EXCEPTIONS
        throw *error_;
#else
        std::abort();
#endif
    }

    /// The error; only where there is one.
    const Error &error() const & {
        if (has_value()) std::abort();
        return *error_;
    }
    Error error() const && { return static_cast<const Result &>(*this).error(); }

private:
    std::optional<Error> error_;
};

namespace detail {

inline Result<void> checked(cardwire_status status, cardwire_error *error) {
    if (status == CARDWIRE_OK) return {};
    return Error(status, error);
}

} // namespace detail

/// The date that a card is valid through.
struct ValidThru {
    /// Nothing where the text could not be read as a date.
    std::optional<int> year;
    std::optional<int> month;
    /// The vendor's text.
    std::string printed;
};

/// Something wrong with a photo that could be read all the same.
struct Warning {
    WarningKind kind;
    /// The vendor's code, as it came.
    std::string code;
};

namespace detail {

inline std::optional<ValidThru> valid_thru(const char *printed, std::int32_t year, std::int32_t month) {
    if (!printed) return std::nullopt;
    return ValidThru{year ? std::optional<int>(year) : std::nullopt,
                     month ? std::optional<int>(month) : std::nullopt, printed};
}

template <class Handle>
std::vector<Warning> warnings(const Handle *handle, std::size_t count,
                              std::int32_t (*kind)(const Handle *, std::size_t),
                              const char *(*code)(const Handle *, std::size_t)) {
    std::vector<Warning> warnings;
    for (std::size_t i = 0; i < count; i++)
        warnings.push_back({static_cast<WarningKind>(kind(handle, i)), std::string(view(code(handle, i)))});
    return warnings;
}

} // namespace detail

/// What a vendor read from a card photo.
class Recognition : public CallFacts<detail::Owned<cardwire_recognition>> {
public:
    explicit Recognition(cardwire_recognition *handle) : CallFacts(detail::Owned<cardwire_recognition>(handle)) {}

    /// Digits only; personal data.
    std::string_view card_number() const & {
        return detail::view(cardwire_recognition_card_number(c_handle()), cardwire_recognition_card_number_len(c_handle()));
    }
    std::string_view card_number() const && = delete;
    /// The first six and last four digits, as they may be shown and logged.
    std::string_view card_number_masked() const & { return detail::view(cardwire_recognition_card_number_masked(c_handle())); }
    std::string_view card_number_masked() const && = delete;
    std::optional<std::string_view> issuer() const & {
        return detail::maybe(cardwire_recognition_issuer(c_handle()), cardwire_recognition_issuer_len(c_handle()));
    }
    std::optional<std::string_view> issuer() const && = delete;
    std::optional<std::string_view> card_name() const & {
        return detail::maybe(cardwire_recognition_card_name(c_handle()), cardwire_recognition_card_name_len(c_handle()));
    }
    std::optional<std::string_view> card_name() const && = delete;
    CardKind card_kind() const { return static_cast<CardKind>(cardwire_recognition_card_kind(c_handle())); }
    std::optional<ValidThru> valid_thru() const {
        return detail::valid_thru(cardwire_recognition_valid_thru_printed(c_handle()),
                                  cardwire_recognition_valid_thru_year(c_handle()),
                                  cardwire_recognition_valid_thru_month(c_handle()));
    }
    /// How sharp the photo is, 0 to 100, where the vendor says.
    std::optional<int> clarity() const {
        const std::int32_t clarity = cardwire_recognition_clarity(c_handle());
        return clarity >= 0 ? std::optional<int>(clarity) : std::nullopt;
    }
    std::vector<Warning> warnings() const {
        return detail::warnings<cardwire_recognition>(c_handle(), cardwire_recognition_warning_count(c_handle()),
                                                      cardwire_recognition_warning_kind,
                                                      cardwire_recognition_warning_code);
    }
    /// A JPEG of the number as it stands on the card; personal data.
    Bytes number_photo() const & {
        return {cardwire_recognition_number_photo(c_handle()), cardwire_recognition_number_photo_len(c_handle())};
    }
    Bytes number_photo() const && = delete;
    /// The vendor's whole answer, byte for byte; personal data.
    Bytes raw() const & { return {cardwire_recognition_raw(c_handle()), cardwire_recognition_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// Whether card and cardholder belong together. It has no truth value: look at `outcome()`.
class Verification : public CallFacts<detail::Owned<cardwire_verification>> {
public:
    explicit Verification(cardwire_verification *handle) : CallFacts(detail::Owned<cardwire_verification>(handle)) {}
    explicit operator bool() const = delete;

    Outcome outcome() const { return static_cast<Outcome>(cardwire_verification_outcome(c_handle())); }
    /// Why it did not match; nothing where it did.
    std::optional<Reason> reason() const { return detail::maybe_enum<Reason>(cardwire_verification_reason(c_handle())); }
    /// The vendor's code, as it came.
    std::string_view vendor_code() const & { return detail::view(cardwire_verification_vendor_code(c_handle())); }
    std::string_view vendor_code() const && = delete;
    /// The vendor's text, for people.
    std::string_view description() const & {
        return detail::view(cardwire_verification_description(c_handle()), cardwire_verification_description_len(c_handle()));
    }
    std::string_view description() const && = delete;
    /// The vendor's whole answer, byte for byte; personal data.
    Bytes raw() const & { return {cardwire_verification_raw(c_handle()), cardwire_verification_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// Who issued a card number.
class CardLookup : public CallFacts<detail::Owned<cardwire_card_lookup>> {
public:
    explicit CardLookup(cardwire_card_lookup *handle) : CallFacts(detail::Owned<cardwire_card_lookup>(handle)) {}

    bool found() const { return cardwire_card_lookup_found(c_handle()) != 0; }
    /// Why the vendor does not know the card; nothing where it does.
    std::optional<LookupReason> reason() const {
        return detail::maybe_enum<LookupReason>(cardwire_card_lookup_reason(c_handle()));
    }
    std::optional<std::string_view> issuer() const & {
        return detail::maybe(cardwire_card_lookup_issuer(c_handle()), cardwire_card_lookup_issuer_len(c_handle()));
    }
    std::optional<std::string_view> issuer() const && = delete;
    CardKind card_kind() const { return static_cast<CardKind>(cardwire_card_lookup_card_kind(c_handle())); }
    /// The vendor's code, as it came.
    std::string_view vendor_code() const & { return detail::view(cardwire_card_lookup_vendor_code(c_handle())); }
    std::string_view vendor_code() const && = delete;
    /// The vendor's text, for people.
    std::string_view description() const & {
        return detail::view(cardwire_card_lookup_description(c_handle()), cardwire_card_lookup_description_len(c_handle()));
    }
    std::string_view description() const && = delete;
    /// The vendor's whole answer, byte for byte.
    Bytes raw() const & { return {cardwire_card_lookup_raw(c_handle()), cardwire_card_lookup_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// What a vendor keeps under an order number.
class Order : public CallFacts<detail::Owned<cardwire_order>> {
public:
    explicit Order(cardwire_order *handle) : CallFacts(detail::Owned<cardwire_order>(handle)) {}

    /// Digits only; personal data.
    std::optional<std::string_view> card_number() const & {
        return detail::maybe(cardwire_order_card_number(c_handle()), cardwire_order_card_number_len(c_handle()));
    }
    std::optional<std::string_view> card_number() const && = delete;
    /// The first six and last four digits, as they may be shown and logged.
    std::optional<std::string_view> card_number_masked() const & {
        return detail::maybe(cardwire_order_card_number_masked(c_handle()));
    }
    std::optional<std::string_view> card_number_masked() const && = delete;
    std::optional<ValidThru> valid_thru() const {
        return detail::valid_thru(cardwire_order_valid_thru_printed(c_handle()),
                                  cardwire_order_valid_thru_year(c_handle()),
                                  cardwire_order_valid_thru_month(c_handle()));
    }
    /// How sharp the photo is, 0 to 100, where the vendor says.
    std::optional<int> clarity() const {
        const std::int32_t clarity = cardwire_order_clarity(c_handle());
        return clarity >= 0 ? std::optional<int>(clarity) : std::nullopt;
    }
    std::vector<Warning> warnings() const {
        return detail::warnings<cardwire_order>(c_handle(), cardwire_order_warning_count(c_handle()),
                                                cardwire_order_warning_kind, cardwire_order_warning_code);
    }
    /// When the vendor worked on the order, in its own form.
    std::optional<std::string_view> operated_at() const & { return detail::maybe(cardwire_order_operated_at(c_handle())); }
    std::optional<std::string_view> operated_at() const && = delete;
    /// The photo as it was sent; personal data.
    Bytes original_photo() const & {
        return {cardwire_order_original_photo(c_handle()), cardwire_order_original_photo_len(c_handle())};
    }
    Bytes original_photo() const && = delete;
    /// The card cut out of it; personal data.
    Bytes card_photo() const & {
        return {cardwire_order_card_photo(c_handle()), cardwire_order_card_photo_len(c_handle())};
    }
    Bytes card_photo() const && = delete;
    /// The number cut out of it; personal data.
    Bytes number_photo() const & {
        return {cardwire_order_number_photo(c_handle()), cardwire_order_number_photo_len(c_handle())};
    }
    Bytes number_photo() const && = delete;
    /// The vendor's whole answer, byte for byte; personal data.
    Bytes raw() const & { return {cardwire_order_raw(c_handle()), cardwire_order_raw_len(c_handle())}; }
    Bytes raw() const && = delete;
};

/// What a client did. It is valid until the callback returns that it was given to.
class Event {
public:
    explicit Event(const cardwire_event *handle) : handle_(handle) {}

    EventKind kind() const { return static_cast<EventKind>(cardwire_event_kind(handle_)); }
    std::string_view name() const { return detail::view(cardwire_event_name(handle_)); }
    std::string_view vendor() const { return detail::view(cardwire_event_vendor(handle_)); }
    std::string_view account() const { return detail::view(cardwire_event_account(handle_)); }
    std::optional<Operation> operation() const { return detail::maybe_enum<Operation>(cardwire_event_operation(handle_)); }
    std::optional<std::string_view> order_id() const { return detail::maybe(cardwire_event_order_id(handle_)); }
    /// Counts the attempts of the call from 1.
    std::uint32_t attempt() const { return cardwire_event_attempt(handle_); }
    /// `ok`, or the name of a kind of error; nothing where it only began.
    std::optional<std::string_view> outcome() const { return detail::maybe(cardwire_event_outcome(handle_)); }
    std::optional<std::string_view> vendor_code() const { return detail::maybe(cardwire_event_vendor_code(handle_)); }
    std::optional<Sent> sent() const { return detail::maybe_enum<Sent>(cardwire_event_sent(handle_)); }
    std::chrono::milliseconds duration() const { return std::chrono::milliseconds(cardwire_event_milliseconds(handle_)); }
    std::string_view json() const { return detail::view(cardwire_event_json(handle_), cardwire_event_json_len(handle_)); }

private:
    const cardwire_event *handle_;
};

/// Ends calls from another thread.
class Cancellation {
public:
    Cancellation() {
        cardwire_cancellation *handle;
        cardwire_cancellation_new(&handle, nullptr);
        handle_.reset(handle);
    }

    /// Ends every call that has this cancellation, now and later, with Kind::cancelled.
    void cancel() noexcept { cardwire_cancellation_cancel(handle_.get(), nullptr); }
    bool is_cancelled() const noexcept { return cardwire_cancellation_is_cancelled(handle_.get()) != 0; }
    const cardwire_cancellation *c_handle() const { return handle_.get(); }

private:
    detail::Owned<cardwire_cancellation> handle_;
};

/// What one call wants otherwise than the configuration says.
class Options {
public:
    Options() = default;

    /// Only these accounts, in this order: names separated by commas.
    Options &vendors(std::string_view names) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_vendors(options, detail::data(names), names.size(), error);
        });
    }
    Options &&vendors(std::string_view names) && { return std::move(vendors(names)); }
    /// The order number: 1 to 32 ASCII letters and digits, never used before.
    Options &order_id(std::string_view order_id) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_order_id(options, detail::data(order_id), order_id.size(), error);
        });
    }
    Options &&order_id(std::string_view order_id) && { return std::move(this->order_id(order_id)); }
    /// Your own name for your user, for vendors that keep one.
    Options &user_id(std::string_view user_id) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_user_id(options, detail::data(user_id), user_id.size(), error);
        });
    }
    Options &&user_id(std::string_view user_id) && { return std::move(this->user_id(user_id)); }
    /// How long the whole call may take; what is below 0 counts as 0.
    Options &timeout(std::chrono::milliseconds timeout) & {
        return set([&](auto *options, auto **error) {
            const auto count = timeout.count() > 0 ? static_cast<std::uint64_t>(timeout.count()) : 0;
            return cardwire_options_set_timeout_ms(options, count, error);
        });
    }
    Options &&timeout(std::chrono::milliseconds timeout) && { return std::move(this->timeout(timeout)); }
    /// What can end the call from another thread; it may go before the options do.
    Options &cancellation(const Cancellation &cancellation) & {
        return set([&](auto *options, auto **error) {
            return cardwire_options_set_cancellation(options, cancellation.c_handle(), error);
        });
    }
    Options &&cancellation(const Cancellation &cancellation) && { return std::move(this->cancellation(cancellation)); }

    /// What was wrong with a value.
    const std::optional<Error> &error() const { return error_; }
    /// NULL where nothing was set.
    const cardwire_options *c_handle() const { return handle_.get(); }

private:
    template <class Set> Options &set(Set set) {
        cardwire_error *error = nullptr;
        cardwire_status status = CARDWIRE_OK;
        if (!handle_) {
            cardwire_options *made;
            status = cardwire_options_new(&made, &error);
            handle_.reset(made);
        }
        if (status == CARDWIRE_OK) status = set(handle_.get(), &error);
        if (status != CARDWIRE_OK && !error_) error_.emplace(status, error);
        else cardwire_error_free(error);
        return *this;
    }

    detail::Owned<cardwire_options> handle_;
    std::optional<Error> error_;
};

/// Whom to verify. The library's copy of it is wiped when it is destroyed.
class Cardholder {
public:
    Cardholder(std::string_view card_number, std::string_view name) {
        cardwire_cardholder *made;
        cardwire_error *error;
        const cardwire_status status = cardwire_cardholder_new(detail::data(card_number), card_number.size(),
                                                               detail::data(name), name.size(), &made, &error);
        handle_.reset(made);
        keep(status, error);
    }

    /// The number of the resident identity card: the third element.
    Cardholder &id_number(std::string_view id_number) & {
        cardwire_error *error;
        const cardwire_status status =
            cardwire_cardholder_set_id_number(handle_.get(), detail::data(id_number), id_number.size(), &error);
        return keep(status, error);
    }
    Cardholder &&id_number(std::string_view id_number) && { return std::move(this->id_number(id_number)); }
    /// The mobile phone number that the bank holds: the fourth element.
    Cardholder &phone(std::string_view phone) & {
        cardwire_error *error;
        const cardwire_status status =
            cardwire_cardholder_set_phone(handle_.get(), detail::data(phone), phone.size(), &error);
        return keep(status, error);
    }
    Cardholder &&phone(std::string_view phone) && { return std::move(this->phone(phone)); }

    /// What was wrong with a value.
    const std::optional<Error> &error() const { return error_; }
    const cardwire_cardholder *c_handle() const { return handle_.get(); }

private:
    /// The first thing that was wrong is told.
    Cardholder &keep(cardwire_status status, cardwire_error *error) {
        if (status != CARDWIRE_OK && !error_) error_.emplace(status, error);
        else cardwire_error_free(error);
        return *this;
    }

    detail::Owned<cardwire_cardholder> handle_;
    std::optional<Error> error_;
};

/// A card photo: bytes, a file, or an address that the vendor downloads from.
class Image {
public:
    /// Borrowed: they must stay until the call, or the start of an asynchronous call, returns.
    static Image bytes(const std::uint8_t *data, std::size_t size) { return Image(Bytes(data, size)); }
    static Image bytes(Bytes bytes) { return Image(bytes); }
    /// Kept; move them in to spare a copy.
    static Image bytes(std::vector<std::uint8_t> bytes) { return Image(std::move(bytes)); }
    static Image file(std::string path) { return Image(File{std::move(path)}); }
    static Image url(std::string address) { return Image(Url{std::move(address)}); }

private:
    friend class Client;
    struct File { std::string path; };
    struct Url { std::string address; };
    using Source = std::variant<Bytes, std::vector<std::uint8_t>, File, Url>;
    explicit Image(Source source) : source_(std::move(source)) {}

    /// Hands it to the function for its kind, as pointer and length.
    template <class OnBytes, class OnFile, class OnUrl>
    cardwire_status give(OnBytes on_bytes, OnFile on_file, OnUrl on_url) const {
        if (const auto *bytes = std::get_if<Bytes>(&source_)) return on_bytes(bytes->data(), bytes->size());
        if (const auto *bytes = std::get_if<std::vector<std::uint8_t>>(&source_)) {
            static constexpr std::uint8_t none = 0;
            return on_bytes(bytes->empty() ? &none : bytes->data(), bytes->size());
        }
        if (const auto *file = std::get_if<File>(&source_)) return on_file(file->path.data(), file->path.size());
        const auto &url = *std::get_if<Url>(&source_);
        return on_url(url.address.data(), url.address.size());
    }

    Source source_;
};

/// Recognises card photos and verifies cardholders over the configured vendors. It may be used by
/// many threads at once. Destroying it ends the calls in flight and waits for their callbacks. A
/// client with an observer must not be destroyed in a callback.
class Client {
public:
    /// Receives events, on a thread of the library, several at once.
    using Observer = std::function<void(const Event &)>;
    /// Receives the end of an asynchronous call, once, on a thread of the library.
    template <class T> using Callback = std::function<void(Result<T>)>;
    /// Gives the next input of a batch, or nothing at the end.
    template <class T> using Next = std::function<std::optional<T>()>;
    /// Receives one result of a batch with the place of its input; false ends the batch.
    template <class T> using OnResult = std::function<bool(std::size_t, Result<T>)>;

    /// Makes a client from a configuration, a JSON document.
    static Result<Client> open(std::string_view config, Observer observer = nullptr) {
        Client client;
        cardwire_client *made;
        cardwire_error *error;
        cardwire_status status;
        if (observer) {
            client.observer_ = std::make_unique<Observer>(std::move(observer));
            status = cardwire_client_new_observed(detail::data(config), config.size(), observe,
                                                  client.observer_.get(), &made, &error);
        } else {
            status = cardwire_client_new(detail::data(config), config.size(), &made, &error);
        }
        if (status != CARDWIRE_OK) return Error(status, error);
        client.handle_.reset(made);
        return Result<Client>(std::move(client));
    }

    Client(Client &&) = default;
    Client &operator=(Client &&other) noexcept {
        // The old client must go before its observer.
        handle_ = std::move(other.handle_);
        observer_ = std::move(other.observer_);
        return *this;
    }

    /// Reads the card in a photo.
    Result<Recognition> try_recognize(const Image &image, const Options &options = {}) const {
        if (options.error()) return *options.error();
        const cardwire_options *o = options.c_handle();
        return call<Recognition, cardwire_recognition>([&](auto **out, auto **error) {
            return image.give(
                [&](auto *p, std::size_t n) { return cardwire_recognize(handle_.get(), p, n, o, out, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_file(handle_.get(), p, n, o, out, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_url(handle_.get(), p, n, o, out, error); });
        });
    }

    /// Asks whether card, name, ID number and phone belong together. A value means that the vendor
    /// answered: look at its `outcome()`.
    Result<Verification> try_verify(const Cardholder &cardholder, const Options &options = {}) const {
        if (cardholder.error()) return *cardholder.error();
        if (options.error()) return *options.error();
        return call<Verification, cardwire_verification>([&](auto **out, auto **error) {
            return cardwire_verify(handle_.get(), cardholder.c_handle(), options.c_handle(), out, error);
        });
    }

    /// Asks a vendor who issued a card number. Vendors bill this call.
    Result<CardLookup> try_lookup_card(std::string_view card_number, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return call<CardLookup, cardwire_card_lookup>([&](auto **out, auto **error) {
            return cardwire_lookup_card(handle_.get(), detail::data(card_number), card_number.size(),
                                        options.c_handle(), out, error);
        });
    }

    /// Fetches the images and the result that a vendor keeps under an order number.
    Result<Order> try_fetch_order(std::string_view order_id, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return call<Order, cardwire_order>([&](auto **out, auto **error) {
            return cardwire_fetch_order(handle_.get(), detail::data(order_id), order_id.size(), options.c_handle(),
                                        out, error);
        });
    }

    /// Begins `recognize` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_recognize_async(const Image &image, Callback<Recognition> callback, const Options &options = {}) const {
        if (options.error()) return *options.error();
        const cardwire_options *o = options.c_handle();
        return start<Recognition, cardwire_recognition>(std::move(callback), [&](auto done, void *data, auto **error) {
            return image.give(
                [&](auto *p, std::size_t n) { return cardwire_recognize_start(handle_.get(), p, n, o, done, data, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_file_start(handle_.get(), p, n, o, done, data, error); },
                [&](auto *p, std::size_t n) { return cardwire_recognize_url_start(handle_.get(), p, n, o, done, data, error); });
        });
    }

    /// Begins `verify` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_verify_async(const Cardholder &cardholder, Callback<Verification> callback, const Options &options = {}) const {
        if (cardholder.error()) return *cardholder.error();
        if (options.error()) return *options.error();
        return start<Verification, cardwire_verification>(std::move(callback), [&](auto done, void *data, auto **error) {
            return cardwire_verify_start(handle_.get(), cardholder.c_handle(), options.c_handle(), done, data, error);
        });
    }

    /// Begins `lookup_card` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_lookup_card_async(std::string_view card_number, Callback<CardLookup> callback, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return start<CardLookup, cardwire_card_lookup>(std::move(callback), [&](auto done, void *data, auto **error) {
            return cardwire_lookup_card_start(handle_.get(), detail::data(card_number), card_number.size(),
                                              options.c_handle(), done, data, error);
        });
    }

    /// Begins `fetch_order` and returns at once. `callback` is called once, unless this gives an Error.
    Result<void> try_fetch_order_async(std::string_view order_id, Callback<Order> callback, const Options &options = {}) const {
        if (options.error()) return *options.error();
        return start<Order, cardwire_order>(std::move(callback), [&](auto done, void *data, auto **error) {
            return cardwire_fetch_order_start(handle_.get(), detail::data(order_id), order_id.size(),
                                              options.c_handle(), done, data, error);
        });
    }

    /// Recognises every photo of a stream with at most `concurrency` calls in flight (0 for 16) and
    /// returns when the last result was reported. Both functions run on the calling thread.
    Result<void> try_recognize_many(const Next<Image> &next, const OnResult<Recognition> &on_result,
                                    const Options &options = {}, std::size_t concurrency = 0) const {
        if (options.error()) return *options.error();
        Batch<Image, Recognition> batch{next, on_result};
        cardwire_error *error;
        const cardwire_status status = cardwire_recognize_many(
            handle_.get(), options.c_handle(), concurrency,
            [](cardwire_batch_input *input, void *data) noexcept {
                return static_cast<Batch<Image, Recognition> *>(data)->fill([input](const Image &image, auto **why) {
                    return image.give(
                        [&](auto *p, std::size_t n) { return cardwire_batch_input_set_image(input, p, n, why); },
                        [&](auto *p, std::size_t n) { return cardwire_batch_input_set_file(input, p, n, why); },
                        [&](auto *p, std::size_t n) { return cardwire_batch_input_set_url(input, p, n, why); });
                });
            },
            [](std::size_t index, cardwire_recognition *given, cardwire_error *why, void *data) noexcept {
                return static_cast<Batch<Image, Recognition> *>(data)->report(index, given, why);
            },
            &batch, &error);
        return batch.end(status, error);
    }

    /// Verifies every cardholder of a stream, as `try_recognize_many` recognises photos.
    Result<void> try_verify_many(const Next<Cardholder> &next, const OnResult<Verification> &on_result,
                                 const Options &options = {}, std::size_t concurrency = 0) const {
        if (options.error()) return *options.error();
        Batch<Cardholder, Verification> batch{next, on_result};
        cardwire_error *error;
        const cardwire_status status = cardwire_verify_many(
            handle_.get(), options.c_handle(), concurrency,
            [](cardwire_batch_input *input, void *data) noexcept {
                return static_cast<Batch<Cardholder, Verification> *>(data)->fill([input](const Cardholder &holder, auto **why) {
                    return cardwire_batch_input_set_cardholder(input, holder.c_handle(), why);
                });
            },
            [](std::size_t index, cardwire_verification *given, cardwire_error *why, void *data) noexcept {
                return static_cast<Batch<Cardholder, Verification> *>(data)->report(index, given, why);
            },
            &batch, &error);
        return batch.end(status, error);
    }

    /// Ends the calls in flight with Kind::cancelled and refuses new ones with Kind::closed.
    void close() noexcept { cardwire_client_close(handle_.get(), nullptr); }

#if CARDWIRE_HPP_EXCEPTIONS
    /// Like `open`, and throws.
    explicit Client(std::string_view config, Observer observer = nullptr)
        : Client(open(config, std::move(observer)).value()) {}

    /// Like the functions with `try_`, and throw.
    Recognition recognize(const Image &image, const Options &options = {}) const {
        return try_recognize(image, options).value();
    }
    Verification verify(const Cardholder &cardholder, const Options &options = {}) const {
        return try_verify(cardholder, options).value();
    }
    CardLookup lookup_card(std::string_view card_number, const Options &options = {}) const {
        return try_lookup_card(card_number, options).value();
    }
    Order fetch_order(std::string_view order_id, const Options &options = {}) const {
        return try_fetch_order(order_id, options).value();
    }
    void recognize_async(const Image &image, Callback<Recognition> callback, const Options &options = {}) const {
        try_recognize_async(image, std::move(callback), options).value();
    }
    void verify_async(const Cardholder &cardholder, Callback<Verification> callback, const Options &options = {}) const {
        try_verify_async(cardholder, std::move(callback), options).value();
    }
    void lookup_card_async(std::string_view card_number, Callback<CardLookup> callback, const Options &options = {}) const {
        try_lookup_card_async(card_number, std::move(callback), options).value();
    }
    void fetch_order_async(std::string_view order_id, Callback<Order> callback, const Options &options = {}) const {
        try_fetch_order_async(order_id, std::move(callback), options).value();
    }
    void recognize_many(const Next<Image> &next, const OnResult<Recognition> &on_result,
                        const Options &options = {}, std::size_t concurrency = 0) const {
        try_recognize_many(next, on_result, options, concurrency).value();
    }
    void verify_many(const Next<Cardholder> &next, const OnResult<Verification> &on_result,
                     const Options &options = {}, std::size_t concurrency = 0) const {
        try_verify_many(next, on_result, options, concurrency).value();
    }
#endif

    const cardwire_client *c_handle() const { return handle_.get(); }

private:
    Client() = default;

    static void observe(const cardwire_event *event, void *data) noexcept {
        (*static_cast<Observer *>(data))(Event(event));
    }

    template <class T, class Handle, class Function> static Result<T> call(Function function) {
        Handle *out;
        cardwire_error *error;
        const cardwire_status status = function(&out, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        return T(out);
    }

    template <class T, class Handle> static Result<T> ended(Handle *given, cardwire_error *error) {
        if (given) return T(given);
        const cardwire_status status = cardwire_error_status(error);
        return Error(status ? status : CARDWIRE_INTERNAL, error);
    }

    template <class T, class Handle> static void finish(Handle *given, cardwire_error *error, void *data) noexcept {
        const std::unique_ptr<Callback<T>> callback(static_cast<Callback<T> *>(data));
        (*callback)(ended<T>(given, error));
    }

    template <class T, class Handle, class Function> static Result<void> start(Callback<T> callback, Function function) {
        auto kept = std::make_unique<Callback<T>>(std::move(callback));
        const bool callable = *kept != nullptr;
        void (*const then)(Handle *, cardwire_error *, void *) = finish<T, Handle>;
        cardwire_error *error;
        const cardwire_status status = function(callable ? then : nullptr, kept.get(), &error);
        // From now on it is the callback's own.
        if (status == CARDWIRE_OK) kept.release();
        return detail::checked(status, error);
    }

    /// The two functions of a batch and what ended it on this side.
    template <class Input, class T> struct Batch {
        const Next<Input> &next;
        const OnResult<T> &on_result;
        std::optional<Error> failure = std::nullopt;
        bool broken = false;
#if CARDWIRE_HPP_EXCEPTIONS
        std::exception_ptr thrown = nullptr;
#endif

        template <class Put> std::int32_t fill(Put put) noexcept {
            return guard(0, [&] {
                const std::optional<Input> input = next();
                if (!input) return 0;
                if constexpr (std::is_same_v<Input, Cardholder>) {
                    if (input->error()) return refuse(*input->error());
                }
                cardwire_error *error;
                const cardwire_status status = put(*input, &error);
                return status == CARDWIRE_OK ? 1 : refuse(Error(status, error));
            });
        }

        template <class Handle> std::int32_t report(std::size_t index, Handle *given, cardwire_error *error) noexcept {
            return guard(1, [&] {
                Result<T> result = ended<T>(given, error);
                return !broken && on_result(index, std::move(result)) ? 0 : 1;
            });
        }

        std::int32_t refuse(Error error) {
            failure = std::move(error);
            return 0;
        }

        template <class Body> std::int32_t guard(std::int32_t otherwise, Body body) noexcept {
#if CARDWIRE_HPP_EXCEPTIONS
            try {
                return body();
            } catch (...) {
                if (!thrown) thrown = std::current_exception();
                broken = true;
                return otherwise;
            }
#else
            (void)otherwise;
            return body();
#endif
        }

        Result<void> end(cardwire_status status, cardwire_error *error) {
            Result<void> result = detail::checked(status, error);
#if CARDWIRE_HPP_EXCEPTIONS
            if (thrown) std::rethrow_exception(thrown);
#endif
            if (failure) return *failure;
            return result;
        }
    };

    // Destroyed last: events come until the client is freed.
    std::unique_ptr<Observer> observer_;
    detail::Owned<cardwire_client> handle_;
};

/// The form of a card number.
struct CardNumberCheck {
    bool well_formed;
    /// Some issued cards fail it, so no call refuses a card for it.
    bool luhn;
};

/// The form of a resident identity number.
struct IdNumberCheck {
    bool well_formed;
    bool checksum;
    bool birth_date;
};

/// What each vendor's limits say about an image.
class ImageCheck {
public:
    struct Vendor {
        std::string vendor;
        /// What it refuses; nothing where it takes the image.
        std::optional<std::string> problem;
    };

    explicit ImageCheck(cardwire_image_check *handle) : handle_(handle) {}

    ImageFormat format() const { return static_cast<ImageFormat>(cardwire_image_check_format(handle_.get())); }
    std::size_t width() const { return cardwire_image_check_width(handle_.get()); }
    std::size_t height() const { return cardwire_image_check_height(handle_.get()); }
    std::size_t bytes() const { return cardwire_image_check_bytes(handle_.get()); }
    std::vector<Vendor> vendors() const {
        std::vector<Vendor> vendors;
        for (std::size_t i = 0; i < cardwire_image_check_vendor_count(handle_.get()); i++) {
            const char *problem = cardwire_image_check_problem(handle_.get(), i);
            vendors.push_back({std::string(detail::view(cardwire_image_check_vendor(handle_.get(), i))),
                               problem ? std::optional<std::string>(problem) : std::nullopt});
        }
        return vendors;
    }
    std::string_view json() const & {
        return detail::view(cardwire_image_check_json(handle_.get()), cardwire_image_check_json_len(handle_.get()));
    }
    std::string_view json() const && = delete;
    const cardwire_image_check *c_handle() const { return handle_.get(); }

private:
    detail::Owned<cardwire_image_check> handle_;
};

/// Checks the form of a card number on this machine.
inline Result<CardNumberCheck> try_check_card_number(std::string_view card_number) {
    std::int32_t well_formed, luhn;
    cardwire_error *error;
    const cardwire_status status =
        cardwire_check_card_number(detail::data(card_number), card_number.size(), &well_formed, &luhn, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return CardNumberCheck{well_formed != 0, luhn != 0};
}

/// Checks the form of a resident identity number on this machine.
inline Result<IdNumberCheck> try_check_id_number(std::string_view id_number) {
    std::int32_t well_formed, checksum, birth_date;
    cardwire_error *error;
    const cardwire_status status = cardwire_check_id_number(detail::data(id_number), id_number.size(), &well_formed,
                                                            &checksum, &birth_date, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return IdNumberCheck{well_formed != 0, checksum != 0, birth_date != 0};
}

/// Checks an image against each vendor's limits on this machine.
inline Result<ImageCheck> try_check_image(Bytes image) {
    cardwire_image_check *made;
    cardwire_error *error;
    const cardwire_status status = cardwire_check_image(image.data(), image.size(), &made, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return ImageCheck(made);
}

#if CARDWIRE_HPP_EXCEPTIONS
/// Like the functions with `try_`, and throw.
inline CardNumberCheck check_card_number(std::string_view card_number) { return try_check_card_number(card_number).value(); }
inline IdNumberCheck check_id_number(std::string_view id_number) { return try_check_id_number(id_number).value(); }
inline ImageCheck check_image(Bytes image) { return try_check_image(image).value(); }
#endif

} // namespace cardwire

#endif
