"""The values that calls take and give: enums, results, checks and events.

Results are frozen, compare by value, pickle, and mask personal data in ``repr``.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import sys
from datetime import timedelta
from enum import Enum
from typing import (
    TYPE_CHECKING,
    Any,
    Dict,
    Generic,
    Optional,
    Protocol,
    Tuple,
    TypeVar,
    Union,
    cast,
)

if TYPE_CHECKING:
    from ._errors import CardwireError

if TYPE_CHECKING or sys.version_info >= (3, 10):
    from dataclasses import dataclass
else:

    def dataclass(*, slots, **arguments):
        """CPython 3.9 has no ``slots``."""
        return dataclasses.dataclass(**arguments)


class _Slug(str, Enum):
    """A name that is the same in every language; it equals its text."""

    def __str__(self) -> str:
        return str(self.value)


class Kind(_Slug):
    """The kind of an error."""

    INVALID_ARGUMENT = "invalid_argument"
    INVALID_CONFIG = "invalid_config"
    UNSUPPORTED = "unsupported"
    UNAUTHENTICATED = "unauthenticated"
    PERMISSION_DENIED = "permission_denied"
    QUOTA_EXHAUSTED = "quota_exhausted"
    RATE_LIMITED = "rate_limited"
    IMAGE_REJECTED = "image_rejected"
    CARD_NOT_FOUND = "card_not_found"
    VENDOR_UNAVAILABLE = "vendor_unavailable"
    VENDOR_ERROR = "vendor_error"
    TIMEOUT = "timeout"
    NETWORK = "network"
    PROTOCOL = "protocol"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    STORAGE = "storage"
    INTERNAL = "internal"


class Vendor(_Slug):
    """A vendor, named as in the configuration."""

    TENCENT_KYC = "tencent_kyc"
    WECHAT = "wechat"
    ALIYUN_BANKOCR = "aliyun_bankocr"
    TENCENT_FACEID = "tencent_faceid"
    ALIYUN_YHKR = "aliyun_yhkr"


class Operation(_Slug):
    """What a vendor can be asked to do."""

    RECOGNIZE = "recognize"
    VERIFY = "verify"
    LOOKUP_CARD = "lookup_card"
    FETCH_ORDER = "fetch_order"


class Sent(_Slug):
    """Whether a complete request reached the vendor. Only after ``NO`` is a repeat safe."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class Billed(_Slug):
    """Whether the vendor bills the call."""

    NO = "no"
    UNKNOWN = "unknown"
    YES = "yes"


class CardKind(_Slug):
    """What a card is good for."""

    DEBIT = "debit"
    CREDIT = "credit"
    QUASI_CREDIT = "quasi_credit"
    PREPAID = "prepaid"
    UNKNOWN = "unknown"


class WarningKind(_Slug):
    """What a vendor found wrong with a photo that it could read all the same."""

    EXPIRED = "expired"
    DATE_INVALID = "date_invalid"
    BORDER_INCOMPLETE = "border_incomplete"
    GLARE = "glare"
    PHOTOCOPY = "photocopy"
    RECAPTURED = "recaptured"
    BLURRED = "blurred"
    OTHER = "other"


class Outcome(_Slug):
    """Whether card, name and ID number belong together.

    It has no truth value, since every outcome would be true: compare it.
    """

    MATCH = "match"
    MISMATCH = "mismatch"
    INCONCLUSIVE = "inconclusive"

    def __bool__(self) -> bool:
        raise TypeError("an outcome has no truth value: compare it with Outcome.MATCH")


class Reason(_Slug):
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


class LookupReason(_Slug):
    """Why a vendor knows nothing about a card number."""

    NO_RECORD = "no_record"
    VENDOR_BUSY = "vendor_busy"
    NO_SUCH_CARD = "no_such_card"
    ATTEMPTS_EXCEEDED = "attempts_exceeded"
    CARD_INVALID = "card_invalid"
    CARD_TYPE_UNSUPPORTED = "card_type_unsupported"
    UNKNOWN = "unknown"


class ImageFormat(_Slug):
    """An image format, told by its first bytes."""

    JPEG = "jpeg"
    PNG = "png"
    BMP = "bmp"


Fields = Dict[str, Any]
"""Values by name, as the native module hands them over."""

_HIDDEN = frozenset(
    ("card_number", "card_name", "name", "id_number", "phone", "description", "url")
)


def _shown(name: str, value: object) -> str:
    if isinstance(value, Enum):
        return f"<{value.value}>"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if name in _HIDDEN and value is not None:
        return "'***'"
    return repr(value)


class _Record:
    """What all frozen values share: a ``repr`` that masks."""

    __slots__ = ()

    def __repr__(self) -> str:
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        shown = (
            f"{field.name}={_shown(field.name, getattr(self, field.name))}" for field in fields
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)


def _document(value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (Attempt, PhotoWarning, ValidThru)):
        return value.to_dict()
    if isinstance(value, tuple):
        items = cast(Tuple[object, ...], value)
        return [_document(item) for item in items]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    return value


def _raw_document(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8"))
    except ValueError:
        return raw.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(_Record):
    """One request sent, or meant to be sent, to a vendor on behalf of a call."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    failure: Optional[Kind]
    """``None`` where the vendor gave a result, else the kind of its failure."""
    vendor_code: Optional[str]
    """The vendor's code, where it gave one."""
    order_id: str
    """The order number it was sent under: another account is asked under a new one."""
    sent: Sent
    """Whether this request reached the vendor."""
    billed: Billed
    """Whether the vendor bills this request."""
    duration: timedelta
    """How long it took."""

    @property
    def outcome(self) -> str:
        """``ok``, or the name of the failure's kind."""
        return "ok" if self.failure is None else self.failure.value

    def to_dict(self) -> Dict[str, Any]:
        """The attempt as JSON has it."""
        return {
            "vendor": self.vendor.value,
            "account": self.account,
            "outcome": self.outcome,
            "vendor_code": self.vendor_code,
            "order_id": self.order_id,
            "sent": self.sent.value,
            "billed": self.billed.value,
            "milliseconds": _milliseconds(self.duration),
        }

    @classmethod
    def _from_fields(cls, fields: Fields) -> Attempt:
        return cls(
            vendor=Vendor(fields["vendor"]),
            account=fields["account"],
            failure=None if fields["failure"] is None else Kind(fields["failure"]),
            vendor_code=fields["vendor_code"],
            order_id=fields["order_id"],
            sent=Sent(fields["sent"]),
            billed=Billed(fields["billed"]),
            duration=fields["duration"],
        )


@dataclass(frozen=True, slots=True, repr=False)
class PhotoWarning(_Record):
    """A warning with the vendor's code for it."""

    kind: WarningKind
    """What it says."""
    code: str
    """The vendor's code, as it came."""

    def to_dict(self) -> Dict[str, Any]:
        """The warning as JSON has it."""
        return {"kind": self.kind.value, "code": self.code}


@dataclass(frozen=True, slots=True, repr=False)
class ValidThru(_Record):
    """The month a card is valid through."""

    year: Optional[int]
    """The year, with four digits, where the text could be read as a date."""
    month: Optional[int]
    """The month, 1 to 12, where the text could be read as a date."""
    printed: str
    """The vendor's text."""

    def to_dict(self) -> Dict[str, Any]:
        """The date as JSON has it."""
        return {"year": self.year, "month": self.month, "printed": self.printed}


@dataclass(frozen=True, slots=True, repr=False)
class CallFacts(_Record):
    """What is known about every call that gave a result."""

    vendor: Optional[Vendor]
    """The vendor that answered."""
    account: Optional[str]
    """The entry's ``name`` in the configuration, or the vendor's name."""
    order_id: Optional[str]
    """The order number: the caller's own, or one made by the library."""
    request_id: Optional[str]
    """The vendor's number for the request, to be named when asking the vendor."""
    sent: Sent
    """Whether a complete request reached the vendor."""
    billed: Billed
    """Whether the vendor bills the call."""
    attempts: Tuple[Attempt, ...]
    """Each attempt, oldest first."""

    def to_dict(self) -> Dict[str, Any]:
        """Everything as JSON has it, personal data and photos (as base64) included."""
        document = {
            field.name: _document(getattr(self, field.name)) for field in dataclasses.fields(self)
        }
        raw = getattr(self, "raw", None)
        if raw is not None:
            document["raw"] = _raw_document(raw)
        return document


def _facts(fields: Fields) -> Fields:
    """The fields of `CallFacts`, as its classes take them."""
    vendor = fields.get("vendor")
    return {
        "vendor": None if vendor is None else Vendor(vendor),
        "account": fields.get("account"),
        "order_id": fields.get("order_id"),
        "request_id": fields.get("request_id"),
        "sent": Sent(fields["sent"]),
        "billed": Billed(fields["billed"]),
        "attempts": tuple(map(Attempt._from_fields, fields.get("attempts", ()))),
    }


def _valid_thru(fields: Fields) -> Optional[ValidThru]:
    return None if fields["valid_thru"] is None else ValidThru(*fields["valid_thru"])


def _warnings(fields: Fields) -> Tuple[PhotoWarning, ...]:
    return tuple(PhotoWarning(WarningKind(kind), code) for kind, code in fields["warnings"])


@dataclass(frozen=True, slots=True, repr=False)
class Recognition(CallFacts):
    """What a vendor read on a card."""

    card_number: str
    """The card number, digits only."""
    issuer: Optional[str]
    """The issuing bank, as the vendor names it."""
    card_name: Optional[str]
    """The card's full name, as the vendor states it."""
    card_kind: CardKind
    """Debit, credit, ..."""
    valid_thru: Optional[ValidThru]
    """The month the card is valid through, where the vendor read one."""
    number_photo: Optional[bytes]
    """A JPEG of the number as it stands on the card."""
    clarity: Optional[int]
    """How sharp the photo is, 0 to 100."""
    warnings: Tuple[PhotoWarning, ...]
    """What was wrong with the photo."""
    raw: bytes
    """The vendor's whole answer, byte for byte. It holds the card number."""

    @classmethod
    def _from_fields(cls, fields: Fields) -> Recognition:
        return cls(
            **_facts(fields),
            card_number=fields["card_number"],
            issuer=fields["issuer"],
            card_name=fields["card_name"],
            card_kind=CardKind(fields["card_kind"]),
            valid_thru=_valid_thru(fields),
            number_photo=fields["number_photo"],
            clarity=fields["clarity"],
            warnings=_warnings(fields),
            raw=fields["raw"],
        )


@dataclass(frozen=True, slots=True, repr=False)
class Verification(CallFacts):
    """A vendor's answer about a cardholder.

    It has no truth value: compare ``outcome``.
    """

    outcome: Outcome
    """Match, mismatch, or the vendor cannot tell."""
    reason: Optional[Reason]
    """Why it is not a match; ``None`` for a match."""
    vendor_code: str
    """The vendor's code, as it came."""
    description: str
    """The vendor's text, in its language; for people, not for programs."""
    raw: bytes
    """The vendor's whole answer, byte for byte."""

    def __bool__(self) -> bool:
        raise TypeError("a verification has no truth value: compare its outcome with Outcome.MATCH")

    @classmethod
    def _from_fields(cls, fields: Fields) -> Verification:
        return cls(
            **_facts(fields),
            outcome=Outcome(fields["outcome"]),
            reason=None if fields["reason"] is None else Reason(fields["reason"]),
            vendor_code=fields["vendor_code"],
            description=fields["description"],
            raw=fields["raw"],
        )


@dataclass(frozen=True, slots=True, repr=False)
class CardLookup(CallFacts):
    """What a vendor knows about a card number: who issued it, and of what kind the card is."""

    found: bool
    """Whether the vendor knows the card."""
    reason: Optional[LookupReason]
    """Why it does not; ``None`` when it does."""
    issuer: Optional[str]
    """The issuing bank, as the vendor names it."""
    card_kind: CardKind
    """Debit, credit, ..."""
    vendor_code: str
    """The vendor's code, as it came."""
    description: str
    """The vendor's text, in its language; for people, not for programs."""
    raw: bytes
    """The vendor's whole answer, byte for byte."""

    @classmethod
    def _from_fields(cls, fields: Fields) -> CardLookup:
        return cls(
            **_facts(fields),
            found=fields["found"],
            reason=None if fields["reason"] is None else LookupReason(fields["reason"]),
            issuer=fields["issuer"],
            card_kind=CardKind(fields["card_kind"]),
            vendor_code=fields["vendor_code"],
            description=fields["description"],
            raw=fields["raw"],
        )


@dataclass(frozen=True, slots=True, repr=False)
class Order(CallFacts):
    """What a vendor keeps under an order number."""

    card_number: Optional[str]
    """The card number, digits only."""
    valid_thru: Optional[ValidThru]
    """The month the card is valid through."""
    clarity: Optional[int]
    """How sharp the photo is, 0 to 100."""
    warnings: Tuple[PhotoWarning, ...]
    """What was wrong with the photo."""
    original_photo: Optional[bytes]
    """The photo as it was sent."""
    card_photo: Optional[bytes]
    """The card cut out of the photo."""
    number_photo: Optional[bytes]
    """The number cut out of the photo."""
    operated_at: Optional[str]
    """When the vendor worked on it, in the vendor's words (China Standard Time)."""
    raw: bytes
    """The vendor's whole answer, byte for byte. It holds the card number."""

    @classmethod
    def _from_fields(cls, fields: Fields) -> Order:
        return cls(
            **_facts(fields),
            card_number=fields["card_number"],
            valid_thru=_valid_thru(fields),
            clarity=fields["clarity"],
            warnings=_warnings(fields),
            original_photo=fields["original_photo"],
            card_photo=fields["card_photo"],
            number_photo=fields["number_photo"],
            operated_at=fields["operated_at"],
            raw=fields["raw"],
        )


@dataclass(frozen=True, slots=True, repr=False)
class ImageUrl(_Record):
    """A card photo at an ``http`` or ``https`` address that the vendor can reach.

    The address goes to the vendor as it is; this library never downloads it.
    """

    url: str
    """The address."""


class BinaryFile(Protocol):
    """Anything whose ``read`` gives bytes: an open file, a ``BytesIO``, an upload."""

    def read(self) -> bytes:
        """Everything that is left to read."""
        ...


ImageInput = Union[
    bytes,
    bytearray,
    memoryview,
    str,
    "os.PathLike[str]",
    "os.PathLike[bytes]",
    BinaryFile,
    ImageUrl,
]
"""A card photo: its bytes, the path of a file, an open binary file, or an `ImageUrl`."""


@dataclass(frozen=True, slots=True, repr=False)
class Cardholder(_Record):
    """Whom `verify_many` verifies."""

    card_number: str
    """The card number: 12 to 19 digits, spaces and dashes aside."""
    name: str
    """The cardholder's name."""
    id_number: Optional[str] = None
    """The number of the resident identity card."""
    phone: Optional[str] = None
    """The mobile phone number that the issuer holds."""


_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, repr=False)
class BatchItem(_Record, Generic[_Result]):
    """One result of a batch."""

    index: int
    """Which input it belongs to, from 0."""
    result: Optional[_Result]
    """What the vendor said; ``None`` where there is an error."""
    error: Optional[CardwireError]
    """Why there is no result; ``None`` where there is one."""

    def unwrap(self) -> _Result:
        """The result; raises the error where there is none."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, repr=False)
class CardNumberCheck(_Record):
    """What the digits of a card number say."""

    well_formed: bool
    """Whether it is 12 to 19 digits, spaces and dashes aside."""
    luhn: bool
    """Whether the last digit is the Luhn check digit. Some issued cards fail this."""


@dataclass(frozen=True, slots=True, repr=False)
class IdNumberCheck(_Record):
    """What the characters of a resident identity number say (GB 11643-1999)."""

    well_formed: bool
    """Whether it is 17 digits and a digit or ``X``, or the 15 digits of before 1999."""
    checksum: bool
    """Whether the last character is the check character; false for 15 digits."""
    birth_date: bool
    """Whether the digits that state the birth date are a date from 1900 to 2099."""


@dataclass(frozen=True, slots=True, repr=False)
class ImageCheck(_Record):
    """What the header of an image says, and which vendors take it."""

    format: ImageFormat
    """The format, by the first bytes."""
    width: int
    """Width in pixels, as the header states it."""
    height: int
    """Height in pixels, as the header states it."""
    bytes: int
    """Size in bytes."""
    vendors: Dict[Vendor, Optional[CardwireError]]
    """Each vendor that reads card photos: ``None`` where it takes this one, else its refusal."""


@dataclass(frozen=True, slots=True, repr=False)
class AttemptStarted(_Record):
    """A request to a vendor begins."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Operation
    """What is asked."""
    order_id: str
    """The order number of the call."""
    attempt: int
    """Counts the attempts of a call from 1."""


@dataclass(frozen=True, slots=True, repr=False)
class AttemptEnded(_Record):
    """A request to a vendor ended."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Operation
    """What was asked."""
    order_id: str
    """The order number of the call."""
    attempt: int
    """Counts the attempts of a call from 1."""
    failure: Optional[Kind]
    """``None`` where the vendor gave a result, else the kind of its failure."""
    vendor_code: Optional[str]
    """The vendor's code, where it gave one."""
    sent: Sent
    """Whether the request reached the vendor."""
    duration: timedelta
    """How long it took."""


@dataclass(frozen=True, slots=True, repr=False)
class TokenRefreshed(_Record):
    """A token was fetched, or could not be."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    failure: Optional[Kind]
    """``None`` where there is a new token, else the kind of the failure."""
    duration: timedelta
    """How long it took."""


Event = Union[AttemptStarted, AttemptEnded, TokenRefreshed]
"""What a client tells ``on_event``. It holds no personal datum and no secret."""


def _event(fields: Fields) -> Optional[Event]:
    """The event; ``None`` for one that has no class here."""
    if fields["event"] not in ("attempt_started", "attempt_ended", "token_refreshed"):
        return None
    failure = fields.get("failure")
    common: Fields = {"vendor": Vendor(fields["vendor"]), "account": fields["account"]}
    kind = None if failure is None else Kind(failure)
    if fields["event"] == "token_refreshed":
        return TokenRefreshed(**common, failure=kind, duration=fields["duration"])
    common["operation"] = Operation(fields["operation"])
    common["order_id"] = fields["order_id"]
    common["attempt"] = fields["attempt"]
    if fields["event"] == "attempt_started":
        return AttemptStarted(**common)
    return AttemptEnded(
        **common,
        failure=kind,
        vendor_code=fields["vendor_code"],
        sent=Sent(fields["sent"]),
        duration=fields["duration"],
    )
