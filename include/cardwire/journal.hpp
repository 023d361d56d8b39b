/// @file
/// The orders of a journal. Part of cardwire.hpp.
#ifndef CARDWIRE_JOURNAL_HPP
#define CARDWIRE_JOURNAL_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "error.hpp"

namespace cardwire {

/// One order as the journal held it when it was read: no personal data, no secret.
class OrderRecord {
public:
    using Time = std::chrono::system_clock::time_point;

    explicit OrderRecord(cardwire_order_record *handle) : handle_(handle) {}

    std::string_view order_id() const & { return detail::view(cardwire_order_record_order_id(c_handle())); }
    std::string_view order_id() const && = delete;
    /// Your own name for what was asked; nothing where you gave none.
    std::optional<std::string_view> reference() const & { return detail::maybe(cardwire_order_record_reference(c_handle())); }
    std::optional<std::string_view> reference() const && = delete;
    /// The vendor that was asked; nothing where this library does not know it.
    std::optional<std::string_view> vendor() const & { return detail::maybe(cardwire_order_record_vendor(c_handle())); }
    std::optional<std::string_view> vendor() const && = delete;
    /// The `name` of the vendor's entry in the configuration.
    std::string_view account() const & { return detail::view(cardwire_order_record_account(c_handle())); }
    std::string_view account() const && = delete;
    /// The operation of the order; nothing where this library does not know it.
    std::optional<Operation> operation() const { return detail::maybe_enum<Operation>(cardwire_order_record_operation(c_handle())); }
    OrderStatus status() const { return static_cast<OrderStatus>(cardwire_order_record_status(c_handle())); }
    /// The number of its requests.
    std::uint32_t sends() const { return cardwire_order_record_sends(c_handle()); }
    /// When it was first written.
    Time created() const { return time(cardwire_order_record_created_ms(c_handle())); }
    /// When it was last written.
    Time changed() const { return time(cardwire_order_record_changed_ms(c_handle())); }
    /// The delivery of a complete request to the vendor.
    Sent sent() const { return static_cast<Sent>(cardwire_order_record_sent(c_handle())); }
    /// The bill of it, as far as it is known.
    Billed billed() const { return static_cast<Billed>(cardwire_order_record_billed(c_handle())); }
    /// `ok`, or the name of a kind of error; nothing while nothing came of it.
    std::optional<std::string_view> outcome() const & { return detail::maybe(cardwire_order_record_outcome(c_handle())); }
    std::optional<std::string_view> outcome() const && = delete;
    std::optional<std::string_view> vendor_code() const & { return detail::maybe(cardwire_order_record_vendor_code(c_handle())); }
    std::optional<std::string_view> vendor_code() const && = delete;
    /// The vendor's own number for the request.
    std::optional<std::string_view> request_id() const & { return detail::maybe(cardwire_order_record_request_id(c_handle())); }
    std::optional<std::string_view> request_id() const && = delete;
    /// The HTTP status of the vendor's answer.
    std::optional<int> http_status() const {
        const std::int32_t status = cardwire_order_record_http_status(c_handle());
        return status ? std::optional<int>(status) : std::nullopt;
    }
    /// True where the answer came after the caller had gone.
    bool late() const { return cardwire_order_record_late(c_handle()) != 0; }
    /// When somebody settled it with the vendor; nothing where nobody did.
    std::optional<Time> reconciled() const {
        const std::uint64_t ms = cardwire_order_record_reconciled_ms(c_handle());
        return ms ? std::optional<Time>(time(ms)) : std::nullopt;
    }
    /// Their note.
    std::optional<std::string_view> note() const & {
        return detail::maybe(cardwire_order_record_note(c_handle()), cardwire_order_record_note_len(c_handle()));
    }
    std::optional<std::string_view> note() const && = delete;
    /// The record as a JSON object, with the field names that every language uses.
    std::string_view json() const & {
        return detail::view(cardwire_order_record_json(c_handle()), cardwire_order_record_json_len(c_handle()));
    }
    std::string_view json() const && = delete;
    const cardwire_order_record *c_handle() const { return handle_.get(); }

private:
    static Time time(std::uint64_t ms) { return Time(std::chrono::milliseconds(ms)); }

    detail::Owned<cardwire_order_record> handle_;
};

inline std::optional<OrderRecord> Error::order() const {
    cardwire_order_record *record;
    cardwire_answered_order(c_handle(), &record, nullptr);
    return record ? std::optional<OrderRecord>(OrderRecord(record)) : std::nullopt;
}

namespace detail {

/// Every record of a list that a C function gives.
template <class Function> Result<std::vector<OrderRecord>> records(Function function) {
    cardwire_order_records *given;
    cardwire_error *error;
    cardwire_status status = function(&given, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    const Owned<cardwire_order_records> list(given);
    std::vector<OrderRecord> records;
    const std::size_t count = cardwire_order_records_count(given);
    for (std::size_t i = 0; i < count; i++) {
        cardwire_order_record *one;
        status = cardwire_order_records_get(given, i, &one, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        records.emplace_back(one);
    }
    return records;
}

/// The record that a C function gives, where there is one.
template <class Function> Result<std::optional<OrderRecord>> record(Function function) {
    cardwire_order_record *given;
    cardwire_error *error;
    const cardwire_status status = function(&given, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return given ? std::optional<OrderRecord>(given) : std::optional<OrderRecord>();
}

/// Returns the count that a C function gave.
template <class Function> Result<std::uint64_t> counted(Function function) {
    std::uint64_t count;
    cardwire_error *error;
    const cardwire_status status = function(&count, &error);
    if (status != CARDWIRE_OK) return Error(status, error);
    return count;
}

/// Every order is after 1970.
inline std::uint64_t unix_ms(OrderRecord::Time time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return ms < 0 ? 0 : static_cast<std::uint64_t>(ms);
}

} // namespace detail

/// The orders of a journal, as a client or the journal's file gives them. Nothing is sent.
class JournalAccess {
public:
    /// Lists orders, newest first: those that the filter wants, a JSON object with the keys `status`, `vendor`,
    /// `account`, `reference`, `since_ms`, `until_ms`, `before` and `limit`.
    Result<std::vector<OrderRecord>> try_orders(std::string_view filter = {}) const {
        return detail::records([&](auto **out, auto **error) {
            return cardwire_journal_orders(journal_.get(), filter.data(), filter.size(), out, error);
        });
    }

    /// Lists the orders that a vendor may have executed and billed without this machine knowing, and
    /// that nobody settled.
    Result<std::vector<OrderRecord>> try_unknown_orders() const {
        return detail::records([&](auto **out, auto **error) {
            return cardwire_journal_unknown_orders(journal_.get(), out, error);
        });
    }

    /// Looks an order up.
    Result<std::optional<OrderRecord>> try_find_order(std::string_view order_id) const {
        return detail::record([&](auto **out, auto **error) {
            return cardwire_journal_find_order(journal_.get(), detail::data(order_id), order_id.size(), out, error);
        });
    }

    /// Notes that an order was settled with the vendor. The note must hold no personal data.
    Result<void> try_reconcile_order(std::string_view order_id, std::string_view note) const {
        cardwire_error *error;
        const cardwire_status status = cardwire_journal_reconcile_order(
            journal_.get(), detail::data(order_id), order_id.size(), detail::data(note), note.size(), &error);
        return detail::checked(status, error);
    }

    /// Writes orders to a new file as lines of JSON, newest first, and gives how many.
    Result<std::uint64_t> try_export_orders(std::string_view path, std::string_view filter = {}) const {
        return detail::counted([&](auto *count, auto **error) {
            return cardwire_journal_export_orders(journal_.get(), filter.data(), filter.size(), detail::data(path),
                                                  path.size(), count, error);
        });
    }

    /// Removes the orders that were last written before a moment at least 24 hours ago, and gives how
    /// many. Those that run and those that are unknown and not settled stay.
    Result<std::uint64_t> try_prune_orders(OrderRecord::Time before) const {
        return detail::counted([&](auto *count, auto **error) {
            return cardwire_journal_prune_orders(journal_.get(), detail::unix_ms(before), count, error);
        });
    }

#if CARDWIRE_HPP_EXCEPTIONS
    /// Like the functions with `try_`, and throw.
    std::vector<OrderRecord> orders(std::string_view filter = {}) const { return try_orders(filter).value(); }
    std::vector<OrderRecord> unknown_orders() const { return try_unknown_orders().value(); }
    std::optional<OrderRecord> find_order(std::string_view order_id) const { return try_find_order(order_id).value(); }
    void reconcile_order(std::string_view order_id, std::string_view note) const {
        try_reconcile_order(order_id, note).value();
    }
    std::uint64_t export_orders(std::string_view path, std::string_view filter = {}) const {
        return try_export_orders(path, filter).value();
    }
    std::uint64_t prune_orders(OrderRecord::Time before) const { return try_prune_orders(before).value(); }
#endif

protected:
    JournalAccess() = default;
    explicit JournalAccess(cardwire_journal *journal) : journal_(journal) {}

    detail::Owned<cardwire_journal> journal_;
};

/// A journal's file without a client, for tools that settle orders with the vendors. Clients may write to the
/// same file meanwhile.
class Journal : public JournalAccess {
public:
    /// Opens a journal's file, or makes an empty one.
    static Result<Journal> open(std::string_view path) {
        cardwire_journal *made;
        cardwire_error *error;
        const cardwire_status status = cardwire_journal_open(detail::data(path), path.size(), &made, &error);
        if (status != CARDWIRE_OK) return Error(status, error);
        return Journal(made);
    }

    const cardwire_journal *c_handle() const { return journal_.get(); }

private:
    explicit Journal(cardwire_journal *handle) : JournalAccess(handle) {}
};

} // namespace cardwire

#endif
#endif
