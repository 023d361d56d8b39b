/// @file
/// Events. Part of cardwire.hpp.
#ifndef CARDWIRE_EVENT_HPP
#define CARDWIRE_EVENT_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "values.hpp"

#include <chrono>

namespace cardwire {

/// An event of a client. It is valid until the callback returns that it was given to.
class Event {
public:
    explicit Event(const cardwire_event *handle) : handle_(handle) {}

    EventKind kind() const { return static_cast<EventKind>(cardwire_event_kind(handle_)); }
    std::string_view name() const { return detail::view(cardwire_event_name(handle_)); }
    Level level() const { return static_cast<Level>(cardwire_event_level(handle_)); }
    /// The event as one line of a log.
    std::string_view text() const { return detail::view(cardwire_event_text(handle_)); }
    /// The number of the call, which all its events have.
    std::uint64_t call() const { return cardwire_event_call(handle_); }
    /// The number that the options of the call have as their context.
    std::optional<std::uint64_t> context() const { return maybe(cardwire_event_context(handle_)); }
    std::optional<std::string_view> vendor() const { return detail::maybe(cardwire_event_vendor(handle_)); }
    std::optional<std::string_view> account() const { return detail::maybe(cardwire_event_account(handle_)); }
    std::optional<Operation> operation() const { return detail::maybe_enum<Operation>(cardwire_event_operation(handle_)); }
    std::optional<std::string_view> order_id() const { return detail::maybe(cardwire_event_order_id(handle_)); }
    /// Counts the attempts of the call from 1.
    std::uint32_t attempt() const { return cardwire_event_attempt(handle_); }
    /// The number of attempts of a call that ended.
    std::uint32_t attempts() const { return cardwire_event_attempts(handle_); }
    /// The vendor's host and port, where an attempt starts.
    std::optional<std::string_view> server_address() const { return detail::maybe(cardwire_event_server_address(handle_)); }
    std::optional<std::uint32_t> server_port() const { return maybe(cardwire_event_server_port(handle_)); }
    /// `ok`, or the name of a kind of error; nothing where nothing ended.
    std::optional<std::string_view> outcome() const { return detail::maybe(cardwire_event_outcome(handle_)); }
    std::optional<std::string_view> vendor_code() const { return detail::maybe(cardwire_event_vendor_code(handle_)); }
    /// The HTTP status of the answer.
    std::optional<int> http_status() const { return maybe<int>(cardwire_event_http_status(handle_)); }
    std::optional<std::string_view> request_id() const { return detail::maybe(cardwire_event_request_id(handle_)); }
    std::optional<std::string_view> gateway_request_id() const {
        return detail::maybe(cardwire_event_gateway_request_id(handle_));
    }
    std::optional<Sent> sent() const { return detail::maybe_enum<Sent>(cardwire_event_sent(handle_)); }
    std::optional<Billed> billed() const { return detail::maybe_enum<Billed>(cardwire_event_billed(handle_)); }
    /// Of a request that was refused here: why.
    std::optional<std::string_view> reason() const { return detail::maybe(cardwire_event_reason(handle_)); }
    /// Of a quota: the units that are left of the day, and those that it has.
    std::optional<std::uint32_t> quota_left() const {
        const std::int64_t left = cardwire_event_quota_left(handle_);
        return left >= 0 ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(left)) : std::nullopt;
    }
    std::optional<std::uint32_t> quota_limit() const { return maybe(cardwire_event_quota_limit(handle_)); }
    /// Of a breaker that changed: its states before and from now on.
    std::optional<BreakerState> breaker_before() const {
        return detail::maybe_enum<BreakerState>(cardwire_event_breaker_before(handle_));
    }
    std::optional<BreakerState> breaker_after() const {
        return detail::maybe_enum<BreakerState>(cardwire_event_breaker_after(handle_));
    }
    /// Of an order that was written: `intent`, `released` or `done`.
    std::optional<std::string_view> state() const { return detail::maybe(cardwire_event_state(handle_)); }
    std::chrono::milliseconds duration() const { return std::chrono::milliseconds(cardwire_event_milliseconds(handle_)); }
    std::string_view json() const { return detail::view(cardwire_event_json(handle_), cardwire_event_json_len(handle_)); }

private:
    template <class T> static std::optional<T> maybe(T value) { return value ? std::optional<T>(value) : std::nullopt; }

    const cardwire_event *handle_;
};

} // namespace cardwire

#endif
#endif
