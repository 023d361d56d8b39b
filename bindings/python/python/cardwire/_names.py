"""The names that are the same in every language."""

from __future__ import annotations

from enum import Enum


class Slug(str, Enum):
    """A name that is the same in every language; it equals its text."""

    def __str__(self) -> str:
        return str(self.value)


class AskReason(Slug):
    """Why a provider is asked for credentials."""

    FIRST = "first"
    EXPIRED = "expired"
    REFUSED = "refused"


class Kind(Slug):
    """The kind of an error."""

    INVALID_ARGUMENT = "invalid_argument"
    INVALID_CONFIG = "invalid_config"
    UNSUPPORTED = "unsupported"
    UNAUTHENTICATED = "unauthenticated"
    PERMISSION_DENIED = "permission_denied"
    QUOTA_EXHAUSTED = "quota_exhausted"
    RATE_LIMITED = "rate_limited"
    CREDENTIALS_UNAVAILABLE = "credentials_unavailable"
    IMAGE_REJECTED = "image_rejected"
    CARD_NOT_FOUND = "card_not_found"
    VENDOR_UNAVAILABLE = "vendor_unavailable"
    VENDOR_ERROR = "vendor_error"
    TIMEOUT = "timeout"
    NETWORK = "network"
    PROTOCOL = "protocol"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    ALREADY_ANSWERED = "already_answered"
    ALREADY_RUNNING = "already_running"
    STORAGE = "storage"
    INTERNAL = "internal"


class Vendor(Slug):
    """A vendor, named as in the configuration."""

    TENCENT_KYC = "tencent_kyc"
    WECHAT = "wechat"
    ALIYUN_BANKOCR = "aliyun_bankocr"
    TENCENT_FACEID = "tencent_faceid"
    ALIYUN_YHKR = "aliyun_yhkr"
    ALIYUN_OCR = "aliyun_ocr"
    ALIYUN_BANKMETA = "aliyun_bankmeta"
    TENCENT_OCR = "tencent_ocr"
    BAIDU_OCR = "baidu_ocr"
    OFFLINE = "offline"


class Operation(Slug):
    """An operation that a vendor can be asked for."""

    RECOGNIZE = "recognize"
    VERIFY = "verify"
    LOOKUP_CARD = "lookup_card"
    FETCH_ORDER = "fetch_order"


class Sent(Slug):
    """The delivery of a complete request to the vendor. Only after ``NO`` is a repeat safe."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class Billed(Slug):
    """The bill of the call, as far as it is known."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class OrderStatus(Slug):
    """The status of an order in the journal."""

    IN_FLIGHT = "in_flight"
    """The call runs."""
    NOT_SENT = "not_sent"
    """The last byte of the request never left: the vendor cannot have executed it."""
    UNKNOWN = "unknown"
    """The vendor may have executed and billed it."""
    ANSWERED = "answered"
    """The vendor answered."""


class CardKind(Slug):
    """The kind of a card."""

    DEBIT = "debit"
    CREDIT = "credit"
    QUASI_CREDIT = "quasi_credit"
    PREPAID = "prepaid"
    UNKNOWN = "unknown"


class WarningKind(Slug):
    """A fault of a photo that could be read all the same, or of what was read."""

    EXPIRED = "expired"
    DATE_INVALID = "date_invalid"
    BORDER_INCOMPLETE = "border_incomplete"
    GLARE = "glare"
    PHOTOCOPY = "photocopy"
    RECAPTURED = "recaptured"
    BLURRED = "blurred"
    NUMBER_DOUBTFUL = "number_doubtful"
    """The card number may be misread. Code ``check_digit``: its check digit does not fit; few cards
    have none. Code ``other_reading``: the vendor `offline`, asked before, read another number."""
    OTHER = "other"


class IssuerSource(Slug):
    """The source of a recognised card's issuer."""

    VENDOR = "vendor"
    """The vendor named it."""
    TABLE = "table"
    """The number's first digits, by the table of prefixes."""


class Outcome(Slug):
    """The outcome of a verification: whether card, name and ID number belong together.

    It has no truth value, since every outcome would be true: compare it.
    """

    MATCH = "match"
    MISMATCH = "mismatch"
    INCONCLUSIVE = "inconclusive"

    def __bool__(self) -> bool:
        raise TypeError("an outcome has no truth value: compare it with Outcome.MATCH")


class Reason(Slug):
    """Why a verification did not end in a match."""

    CARDHOLDER_MISMATCH = "cardholder_mismatch"
    NAME_INVALID = "name_invalid"
    ID_NUMBER_INVALID = "id_number_invalid"
    PHONE_INVALID = "phone_invalid"
    CARD_NUMBER_INVALID = "card_number_invalid"
    CARD_NUMBER_MALFORMED = "card_number_malformed"
    NO_ISSUER = "no_issuer"
    CARD_INACTIVE = "card_inactive"
    CARD_LOST = "card_lost"
    CARD_EXPIRED = "card_expired"
    CARD_RESTRICTED = "card_restricted"
    CARD_CONFISCATED = "card_confiscated"
    CARD_SUSPECTED_FRAUD = "card_suspected_fraud"
    CARD_ABNORMAL = "card_abnormal"
    PIN_TRIES_EXCEEDED = "pin_tries_exceeded"
    CARDLESS_PAYMENT_DISABLED = "cardless_payment_disabled"
    ISSUER_UNSUPPORTED = "issuer_unsupported"
    ATTEMPTS_EXCEEDED = "attempts_exceeded"
    ID_TYPE_UNSUPPORTED = "id_type_unsupported"
    VENDOR_BUSY = "vendor_busy"
    NO_RECORD = "no_record"
    UNKNOWN = "unknown"


class LookupReason(Slug):
    """Why a vendor knows nothing about a card number."""

    NO_RECORD = "no_record"
    VENDOR_BUSY = "vendor_busy"
    NO_SUCH_CARD = "no_such_card"
    ATTEMPTS_EXCEEDED = "attempts_exceeded"
    CARD_INVALID = "card_invalid"
    CARD_TYPE_UNSUPPORTED = "card_type_unsupported"
    UNKNOWN = "unknown"


class Level(Slug):
    """The level of an event in a log."""

    DEBUG = "debug"
    INFO = "info"
    WARN = "warn"
    ERROR = "error"


class BreakerState(Slug):
    """The state of an account's circuit breaker."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BlockScope(Slug):
    """The extent of a block."""

    ACCOUNT = "account"
    PARAMETERS = "parameters"


class ImageFormat(Slug):
    """An image format, told by its first bytes."""

    JPEG = "jpeg"
    PNG = "png"
    BMP = "bmp"
    WEBP = "webp"


class PhotoLook(Slug):
    """What a look at a photo showed. Several faults may meet; the first of this list is told."""

    READABLE = "readable"
    """The number can be read with confidence: the vendor `offline` with the built-in table of issuers accepts it."""
    NO_CARD = "no_card"
    """No card was seen."""
    BLURRED = "blurred"
    """The number is not sharp enough: out of focus, moved, or too small in the photo."""
    CUT = "cut"
    """The photo's edge cuts the card's number off."""
    NOT_SURE = "not_sure"
    """No such fault was seen, but the number cannot be read with confidence here. A vendor may read it."""
