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
    std::string_view vendor() const { return detail::view(cardwire_event_vendor(handle_)); }
    std::string_view account() const { return detail::view(cardwire_event_account(handle_)); }
    std::optional<Operation> operation() const { return detail::maybe_enum<Operation>(cardwire_event_operation(handle_)); }
    std::optional<std::string_view> order_id() const { return detail::maybe(cardwire_event_order_id(handle_)); }
    /// Counts the attempts of the call from 1.
    std::uint32_t attempt() const { return cardwire_event_attempt(handle_); }
    /// `ok`, or the name of a kind of error; nothing where it only began.
    std::optional<std::string_view> outcome() const { return detail::maybe(cardwire_event_outcome(handle_)); }
    /// Of an order that was written: `intent`, `released` or `done`.
    std::optional<std::string_view> state() const { return detail::maybe(cardwire_event_state(handle_)); }
    std::optional<std::string_view> vendor_code() const { return detail::maybe(cardwire_event_vendor_code(handle_)); }
    std::optional<Sent> sent() const { return detail::maybe_enum<Sent>(cardwire_event_sent(handle_)); }
    std::chrono::milliseconds duration() const { return std::chrono::milliseconds(cardwire_event_milliseconds(handle_)); }
    std::string_view json() const { return detail::view(cardwire_event_json(handle_), cardwire_event_json_len(handle_)); }

private:
    const cardwire_event *handle_;
};

} // namespace cardwire

#endif
#endif
