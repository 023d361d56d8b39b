/// @file
/// Numbers with their names, and what is borrowed from objects. Part of cardwire.hpp.
#ifndef CARDWIRE_VALUES_HPP
#define CARDWIRE_VALUES_HPP

#include "standard.hpp"
#if CARDWIRE_CXX17

#include "../cardwire.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cardwire {

/// The kind of an error; numbers are those of cardwire_status.
enum class Kind : std::int32_t {
    invalid_argument = CARDWIRE_INVALID_ARGUMENT,
    invalid_config = CARDWIRE_INVALID_CONFIG,
    unsupported = CARDWIRE_UNSUPPORTED,
    unauthenticated = CARDWIRE_UNAUTHENTICATED,
    permission_denied = CARDWIRE_PERMISSION_DENIED,
    quota_exhausted = CARDWIRE_QUOTA_EXHAUSTED,
    rate_limited = CARDWIRE_RATE_LIMITED,
    credentials_unavailable = CARDWIRE_CREDENTIALS_UNAVAILABLE,
    image_rejected = CARDWIRE_IMAGE_REJECTED,
    card_not_found = CARDWIRE_CARD_NOT_FOUND,
    vendor_unavailable = CARDWIRE_VENDOR_UNAVAILABLE,
    vendor_error = CARDWIRE_VENDOR_ERROR,
    timeout = CARDWIRE_TIMEOUT,
    network = CARDWIRE_NETWORK,
    protocol = CARDWIRE_PROTOCOL,
    cancelled = CARDWIRE_CANCELLED,
    closed = CARDWIRE_CLOSED,
    already_answered = CARDWIRE_ALREADY_ANSWERED,
    already_running = CARDWIRE_ALREADY_RUNNING,
    storage = CARDWIRE_STORAGE,
    internal = CARDWIRE_INTERNAL,
};

/// The delivery of a complete request to the vendor.
enum class Sent : std::int32_t {
    no = CARDWIRE_SENT_NO,
    unknown = CARDWIRE_SENT_UNKNOWN,
    yes = CARDWIRE_SENT_YES,
};

/// The bill of the call, as far as it is known.
enum class Billed : std::int32_t {
    no = CARDWIRE_BILLED_NO,
    unknown = CARDWIRE_BILLED_UNKNOWN,
    yes = CARDWIRE_BILLED_YES,
};

/// The kind of a card by how it pays.
enum class CardKind : std::int32_t {
    debit = CARDWIRE_CARD_KIND_DEBIT,
    credit = CARDWIRE_CARD_KIND_CREDIT,
    quasi_credit = CARDWIRE_CARD_KIND_QUASI_CREDIT,
    prepaid = CARDWIRE_CARD_KIND_PREPAID,
    unknown = CARDWIRE_CARD_KIND_UNKNOWN,
};

/// A fault of a photo that could be read all the same, or of what was read.
enum class WarningKind : std::int32_t {
    expired = CARDWIRE_WARNING_EXPIRED,
    date_invalid = CARDWIRE_WARNING_DATE_INVALID,
    border_incomplete = CARDWIRE_WARNING_BORDER_INCOMPLETE,
    glare = CARDWIRE_WARNING_GLARE,
    photocopy = CARDWIRE_WARNING_PHOTOCOPY,
    recaptured = CARDWIRE_WARNING_RECAPTURED,
    blurred = CARDWIRE_WARNING_BLURRED,
    other = CARDWIRE_WARNING_OTHER,
    number_doubtful = CARDWIRE_WARNING_NUMBER_DOUBTFUL,
};

/// The source of a recognised card's issuer.
enum class IssuerSource : std::int32_t {
    vendor = CARDWIRE_ISSUER_SOURCE_VENDOR,
    table = CARDWIRE_ISSUER_SOURCE_TABLE,
};

/// The outcome of a verification: whether card and cardholder belong together.
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

/// An operation that a vendor is asked for.
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
    webp = CARDWIRE_IMAGE_FORMAT_WEBP,
};

/// What a look at a photo showed. Several faults may meet; the first of this list is told.
enum class PhotoLook : std::int32_t {
    readable = CARDWIRE_PHOTO_LOOK_READABLE,
    no_card = CARDWIRE_PHOTO_LOOK_NO_CARD,
    blurred = CARDWIRE_PHOTO_LOOK_BLURRED,
    cut = CARDWIRE_PHOTO_LOOK_CUT,
    not_sure = CARDWIRE_PHOTO_LOOK_NOT_SURE,
};

/// The kinds of a client's events.
enum class EventKind : std::int32_t {
    attempt_started = CARDWIRE_EVENT_ATTEMPT_STARTED,
    attempt_ended = CARDWIRE_EVENT_ATTEMPT_ENDED,
    token_refreshed = CARDWIRE_EVENT_TOKEN_REFRESHED,
    order_written = CARDWIRE_EVENT_ORDER_WRITTEN,
    call_started = CARDWIRE_EVENT_CALL_STARTED,
    call_ended = CARDWIRE_EVENT_CALL_ENDED,
    request_refused = CARDWIRE_EVENT_REQUEST_REFUSED,
    rate_permit_waited = CARDWIRE_EVENT_RATE_PERMIT_WAITED,
    quota_unit_taken = CARDWIRE_EVENT_QUOTA_UNIT_TAKEN,
    breaker_changed = CARDWIRE_EVENT_BREAKER_CHANGED,
};

/// The level of an event in a log.
enum class Level : std::int32_t {
    debug = CARDWIRE_LEVEL_DEBUG,
    info = CARDWIRE_LEVEL_INFO,
    warn = CARDWIRE_LEVEL_WARN,
    error = CARDWIRE_LEVEL_ERROR,
};

/// The state of an account's circuit breaker.
enum class BreakerState : std::int32_t {
    closed = CARDWIRE_BREAKER_STATE_CLOSED,
    open = CARDWIRE_BREAKER_STATE_OPEN,
    half_open = CARDWIRE_BREAKER_STATE_HALF_OPEN,
};

/// The extent of a block.
enum class BlockScope : std::int32_t {
    account = CARDWIRE_BLOCK_SCOPE_ACCOUNT,
    parameters = CARDWIRE_BLOCK_SCOPE_PARAMETERS,
};

/// The status of an order of the journal.
enum class OrderStatus : std::int32_t {
    in_flight = CARDWIRE_ORDER_STATUS_IN_FLIGHT,
    not_sent = CARDWIRE_ORDER_STATUS_NOT_SENT,
    unknown = CARDWIRE_ORDER_STATUS_UNKNOWN,
    answered = CARDWIRE_ORDER_STATUS_ANSWERED,
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
inline std::string_view name(IssuerSource value) { return detail::view(cardwire_issuer_source_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Outcome value) { return detail::view(cardwire_outcome_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Reason value) { return detail::view(cardwire_reason_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(LookupReason value) { return detail::view(cardwire_lookup_reason_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(Operation value) { return detail::view(cardwire_operation_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(OrderStatus value) { return detail::view(cardwire_order_status_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(ImageFormat value) { return detail::view(cardwire_image_format_name(static_cast<std::int32_t>(value))); }
inline std::string_view name(PhotoLook value) { return detail::view(cardwire_photo_look_name(static_cast<std::int32_t>(value))); }

/// Returns advice about an error of this kind, in one sentence.
inline std::string_view advice(Kind value) { return detail::view(cardwire_status_advice(static_cast<std::int32_t>(value))); }

} // namespace cardwire

#endif
#endif
