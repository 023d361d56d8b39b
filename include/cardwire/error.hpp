/// @file
/// The facts of a call, and a value or an error. Part of cardwire.hpp.
#ifndef CARDWIRE_ERROR_HPP
#define CARDWIRE_ERROR_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "values.hpp"

#include <chrono>
#include <cstdlib>
#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#if defined(__cpp_exceptions) || defined(__EXCEPTIONS) || defined(_CPPUNWIND)
#define CARDWIRE_HPP_EXCEPTIONS 1
#include <exception>
#else
#define CARDWIRE_HPP_EXCEPTIONS 0
#endif

namespace cardwire {

namespace detail {

/// The C functions that every result and every error has.
template <class Handle> struct Functions;

#define CARDWIRE_HPP_FUNCTIONS(object)                                                             \
    template <> struct Functions<cardwire_##object> {                                              \
        using H = cardwire_##object;                                                               \
        static void free(H *h) { cardwire_##object##_free(h); }                                    \
        static const char *json(const H *h) { return cardwire_##object##_json(h); }                \
        static std::size_t json_len(const H *h) { return cardwire_##object##_json_len(h); }        \
        static const cardwire_call_facts *facts(const H *h) { return cardwire_##object##_facts(h); } \
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
    void operator()(cardwire_account_health *handle) const { cardwire_account_health_free(handle); }
    void operator()(cardwire_issuer *handle) const { cardwire_issuer_free(handle); }
    void operator()(cardwire_order_record *handle) const { cardwire_order_record_free(handle); }
    void operator()(cardwire_order_records *handle) const { cardwire_order_records_free(handle); }
    void operator()(cardwire_providers *handle) const { cardwire_providers_free(handle); }
    void operator()(cardwire_journal *handle) const { cardwire_journal_free(handle); }
    void operator()(cardwire_batch *handle) const { cardwire_batch_free(handle); }
    template <class Handle> void operator()(Handle *handle) const { Functions<Handle>::free(handle); }
};

template <class Handle> using Owned = std::unique_ptr<Handle, Free>;

} // namespace detail

/// One request that a call made to a vendor, or meant to make.
struct Attempt {
    std::string vendor;
    /// The `name` of the vendor's entry in the configuration.
    std::string account;
    /// `ok`, or the name of a kind of error.
    std::string outcome;
    /// As it came; nothing where the vendor gave none.
    std::optional<std::string> vendor_code;
    /// The order number of the attempt: the next account is asked under a new one, after `offline` under the same.
    std::string order_id;
    Sent sent;
    Billed billed;
    std::chrono::milliseconds duration;
};

/// The step of the network at which a request failed. It holds no secret and no personal datum.
struct Cause {
    /// `resolve`, `connect`, `proxy`, `tls`, `send` or `receive`.
    std::string step;
    /// The vendor's, or the proxy's, as the configuration names it.
    std::string host;
    std::uint16_t port;
    /// In English: the operating system's, TLS's, or the proxy's status.
    std::string reason;
    /// The operating system's number for it: std::error_code(*os_error, std::system_category()).
    std::optional<int> os_error;
};

/// A number that may stand on a card, as it was read. Its texts belong to the error that gave it.
struct NumberCandidate {
    /// Digits only; personal data.
    std::string_view card_number;
    /// The first six and last four digits, as they may be shown and logged.
    std::string_view card_number_masked;
    /// From 0 to 1: the share of such readings that are right.
    double confidence;
};

/// A photo that was made to fit what the vendor takes: turned upright by its EXIF orientation, made smaller, or
/// written as a JPEG.
struct ImageFitted {
    /// Size in bytes of the photo that was given.
    std::size_t bytes_before;
    /// Size in bytes of the photo that was sent.
    std::size_t bytes_after;
    /// Width in pixels of the photo that was given, as it is stored; 0 where its header does not state it.
    std::size_t width_before;
    /// Height in pixels of the photo that was given, as it is stored; 0 where its header does not state it.
    std::size_t height_before;
    /// Width in pixels of the photo that was sent.
    std::size_t width_after;
    /// Height in pixels of the photo that was sent.
    std::size_t height_after;
};

/// The facts of a call. They belong to the result or the error that gave it, and its texts do.
class CallFacts {
public:
    explicit CallFacts(const cardwire_call_facts *handle) : handle_(handle) {}

    /// The vendor that answered or was asked last.
    std::optional<std::string_view> vendor() const { return detail::maybe(cardwire_call_facts_vendor(handle_)); }
    /// The `name` of its entry in the configuration.
    std::optional<std::string_view> account() const { return detail::maybe(cardwire_call_facts_account(handle_)); }
    /// Yours, or the one that the library made. Keep it.
    std::optional<std::string_view> order_id() const { return detail::maybe(cardwire_call_facts_order_id(handle_)); }
    /// The vendor's own number for the request.
    std::optional<std::string_view> request_id() const { return detail::maybe(cardwire_call_facts_request_id(handle_)); }
    /// The number that the gateway before the vendor gave the request (Aliyun Cloud Market).
    std::optional<std::string_view> gateway_request_id() const { return detail::maybe(cardwire_call_facts_gateway_request_id(handle_)); }
    /// When the vendor says that it answered, as it writes it.
    std::optional<std::string_view> transaction_time() const { return detail::maybe(cardwire_call_facts_transaction_time(handle_)); }
    /// What the photo became for the vendor that answered or was asked last; nothing where it was sent as it came.
    std::optional<ImageFitted> image_fitted() const {
        const std::size_t before = cardwire_call_facts_image_fitted_bytes_before(handle_);
        if (before == 0) {
            return std::nullopt;
        }
        return ImageFitted{before,
                           cardwire_call_facts_image_fitted_bytes_after(handle_),
                           cardwire_call_facts_image_fitted_width_before(handle_),
                           cardwire_call_facts_image_fitted_height_before(handle_),
                           cardwire_call_facts_image_fitted_width_after(handle_),
                           cardwire_call_facts_image_fitted_height_after(handle_)};
    }
    /// The delivery of a complete request to the vendor.
    Sent sent() const { return static_cast<Sent>(cardwire_call_facts_sent(handle_)); }
    /// The bill of the call, as far as it is known.
    Billed billed() const { return static_cast<Billed>(cardwire_call_facts_billed(handle_)); }

    /// Every request that was made, or meant to be made, oldest first.
    std::vector<Attempt> attempts() const {
        std::vector<Attempt> attempts;
        const std::size_t count = cardwire_call_facts_attempt_count(handle_);
        for (std::size_t i = 0; i < count; i++) {
            const char *code = cardwire_call_facts_attempt_vendor_code(handle_, i);
            attempts.push_back({std::string(detail::view(cardwire_call_facts_attempt_vendor(handle_, i))),
                                std::string(detail::view(cardwire_call_facts_attempt_account(handle_, i))),
                                std::string(detail::view(cardwire_call_facts_attempt_outcome(handle_, i))),
                                code ? std::optional<std::string>(code) : std::nullopt,
                                std::string(detail::view(cardwire_call_facts_attempt_order_id(handle_, i))),
                                static_cast<Sent>(cardwire_call_facts_attempt_sent(handle_, i)),
                                static_cast<Billed>(cardwire_call_facts_attempt_billed(handle_, i)),
                                std::chrono::milliseconds(cardwire_call_facts_attempt_milliseconds(handle_, i))});
        }
        return attempts;
    }

private:
    const cardwire_call_facts *handle_;
};

/// The part that every result and every error has.
template <class Pointer> class WithFacts {
    using Handle = typename Pointer::element_type;
    using Functions = detail::Functions<Handle>;

public:
    /// The facts of the call.
    CallFacts facts() const & { return CallFacts(Functions::facts(c_handle())); }
    CallFacts facts() const && = delete;
    /// Everything as a JSON object, with the field names that every language uses.
    std::string_view json() const & { return detail::view(Functions::json(c_handle()), Functions::json_len(c_handle())); }
    std::string_view json() const && = delete;

    /// The handle, for the functions of cardwire.h; it stays the object's own.
    const Handle *c_handle() const { return handle_.get(); }

protected:
    explicit WithFacts(Pointer handle) : handle_(std::move(handle)) {}

private:
    Pointer handle_;
};

class OrderRecord;

/// Why a call gave no result. `what()` is one line without personal data.
class Error : public std::runtime_error, public WithFacts<std::shared_ptr<cardwire_error>> {
public:
    /// Takes over what a function of cardwire.h gave.
    Error(cardwire_status status, cardwire_error *error)
        : std::runtime_error(line(status, error)),
          WithFacts(std::shared_ptr<cardwire_error>(error, detail::Free())), status_(status) {}

    Kind kind() const { return static_cast<Kind>(status_); }
    /// The message; it begins with the name of the argument or of the configuration's key.
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
    /// The file that could not be used, where the error is about one.
    std::optional<std::string_view> path() const & { return detail::maybe(cardwire_error_path(c_handle())); }
    std::optional<std::string_view> path() const && = delete;
    /// The operating system's reason for it; no error where there is none.
    std::error_code os_error() const { return {cardwire_error_os_error(c_handle()), std::system_category()}; }
    /// The vendor's own text, cut, with personal data masked.
    std::optional<std::string_view> vendor_message() const & { return detail::maybe(cardwire_error_vendor_message(c_handle())); }
    std::optional<std::string_view> vendor_message() const && = delete;
    /// The HTTP status of the vendor's answer.
    std::optional<int> http_status() const {
        const std::int32_t status = cardwire_error_http_status(c_handle());
        return status ? std::optional<int>(status) : std::nullopt;
    }
    /// The time to wait before the next try, where it is known.
    std::optional<std::chrono::milliseconds> retry_after() const {
        const std::int64_t wait = cardwire_error_retry_after_ms(c_handle());
        return wait >= 0 ? std::optional<std::chrono::milliseconds>(wait) : std::nullopt;
    }
    /// The order that the vendor answered before, for Kind::already_answered, or that runs, for Kind::already_running.
    std::optional<OrderRecord> order() const;
    /// The numbers that may stand on the card, the likeliest first, none of them read with confidence: of a
    /// Kind::card_not_found of the vendor `offline`. They are personal data, and in none of the error's texts.
    std::vector<NumberCandidate> candidates() const & {
        std::vector<NumberCandidate> candidates;
        const std::size_t count = cardwire_error_candidate_count(c_handle());
        for (std::size_t i = 0; i < count; i++)
            candidates.push_back({detail::view(cardwire_error_candidate_card_number(c_handle(), i)),
                                  detail::view(cardwire_error_candidate_card_number_masked(c_handle(), i)),
                                  cardwire_error_candidate_confidence(c_handle(), i)});
        return candidates;
    }
    std::vector<NumberCandidate> candidates() const && = delete;
    /// The step of the network that failed, where one did.
    std::optional<Cause> cause() const {
        const char *step = cardwire_error_cause_step(c_handle());
        if (!step) return std::nullopt;
        const std::int32_t os_error = cardwire_error_cause_os_error(c_handle());
        return Cause{step, std::string(detail::view(cardwire_error_cause_host(c_handle()))),
                     static_cast<std::uint16_t>(cardwire_error_cause_port(c_handle())),
                     std::string(detail::view(cardwire_error_cause_reason(c_handle()))),
                     os_error ? std::optional<int>(os_error) : std::nullopt};
    }
#if CARDWIRE_HPP_EXCEPTIONS
    /// The exception of a provider of yours, where one threw; rethrow it with std::rethrow_exception.
    std::exception_ptr provider_exception() const {
        const void *cause = cardwire_error_provider_cause(c_handle());
        return cause ? *static_cast<const std::exception_ptr *>(cause) : nullptr;
    }
#endif
    /// True where the same call may succeed later and cannot have been billed by this one.
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

    /// The value. Without one it throws the Error, or aborts where there are no exceptions.
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

} // namespace cardwire

#endif
#endif
