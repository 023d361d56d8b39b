"""What calls give.

Results are frozen, compare by value, pickle, and mask personal data in ``repr``.
"""

from __future__ import annotations

import base64
import dataclasses
import json
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, Generic, NoReturn, Optional, Tuple, TypeVar, Union, cast

from ._names import (
    Billed,
    CardKind,
    Kind,
    LookupReason,
    Operation,
    OrderStatus,
    Outcome,
    Reason,
    Sent,
    Vendor,
    WarningKind,
)
from ._records import Record, dataclass, milliseconds

if TYPE_CHECKING:
    from ._errors import CardwireError


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
class Attempt(Record):
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
            "milliseconds": milliseconds(self.duration),
        }


@dataclass(frozen=True, slots=True, repr=False)
class PhotoWarning(Record):
    """A warning with the vendor's code for it."""

    kind: WarningKind
    """What it says."""
    code: str
    """The vendor's code, as it came."""

    def to_dict(self) -> Dict[str, Any]:
        """The warning as JSON has it."""
        return {"kind": self.kind.value, "code": self.code}


@dataclass(frozen=True, slots=True, repr=False)
class ValidThru(Record):
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
class CallFacts(Record):
    """What is known about every call that gave a result."""

    vendor: Optional[Vendor]
    """The vendor that answered."""
    account: Optional[str]
    """The entry's ``name`` in the configuration, or the vendor's name."""
    order_id: Optional[str]
    """The order number: the caller's own, or one made by the library."""
    request_id: Optional[str]
    """The vendor's number for the request, to be named when asking the vendor."""
    gateway_request_id: Optional[str]
    """The number that the gateway before the vendor gave the request (Aliyun Cloud Market)."""
    transaction_time: Optional[str]
    """When the vendor says that it answered, as it writes it."""
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


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _moment(unix_ms: Optional[int]) -> Optional[datetime]:
    return None if unix_ms is None else _EPOCH + timedelta(milliseconds=unix_ms)


def unix_ms(moment: datetime) -> int:
    """The first whole millisecond since 1970 that is not before a moment."""
    try:
        moment = moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        # The first and the last moments are out of range in another time zone.
        moment = moment.replace(tzinfo=timezone.utc)
    return -((_EPOCH - moment) // timedelta(milliseconds=1))


@dataclass(frozen=True, slots=True, repr=False)
class OrderRecord(Record):
    """One order as the journal holds it. There is no personal datum and no secret in it."""

    order_id: str
    """The order number."""
    reference: Optional[str]
    """The caller's own name for what was asked, where it gave one."""
    vendor: Optional[Vendor]
    """The vendor that was asked."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Optional[Operation]
    """What was asked."""
    status: OrderStatus
    """What is known of it."""
    sends: int
    """How many requests it took."""
    created: datetime
    """When it was first written, in UTC."""
    changed: datetime
    """When it was last written, in UTC."""
    sent: Sent
    """Whether a complete request reached the vendor."""
    billed: Billed
    """Whether the vendor bills it."""
    outcome: Optional[str]
    """``ok``, or the name of the failure's kind; ``None`` while nothing came of it."""
    vendor_code: Optional[str]
    """The vendor's code, where it gave one."""
    request_id: Optional[str]
    """The vendor's number for the request."""
    http_status: Optional[int]
    """The HTTP status of the answer, where there was one."""
    late: bool
    """Whether the answer came after the caller had gone."""
    reconciled: Optional[datetime]
    """When somebody settled it with the vendor, in UTC."""
    note: Optional[str]
    """What they noted."""

    def to_dict(self) -> Dict[str, Any]:
        """The record as JSON has it, with moments in milliseconds since 1970."""
        document: Dict[str, Any] = {}
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name in ("created", "changed", "reconciled"):
                document[f"{field.name}_ms"] = None if value is None else unix_ms(value)
            else:
                document[field.name] = _document(value)
        return document

    @classmethod
    def _from_document(cls, document: Dict[str, Any]) -> OrderRecord:
        values = dict(document)
        for name in ("created", "changed", "reconciled"):
            values[name] = _moment(values.pop(f"{name}_ms"))
        vendor, operation = values["vendor"], values["operation"]
        values["vendor"] = None if vendor is None else Vendor(vendor)
        values["operation"] = None if operation is None else Operation(operation)
        values["status"] = OrderStatus(values["status"])
        values["sent"] = Sent(values["sent"])
        values["billed"] = Billed(values["billed"])
        return cls(**values)


_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, repr=False)
class BatchResult(Record, Generic[_Result]):
    """An item of a batch with a result."""

    index: int
    """Which input it belongs to, from 0."""
    result: _Result
    """What the vendor said."""
    error: None = None
    """Nothing went wrong."""

    def unwrap(self) -> _Result:
        """The result."""
        return self.result


@dataclass(frozen=True, slots=True, repr=False)
class BatchFailure(Record):
    """An item of a batch without a result."""

    index: int
    """Which input it belongs to, from 0."""
    error: CardwireError
    """Why there is no result."""
    result: None = None
    """There is none."""

    def unwrap(self) -> NoReturn:
        """Raises the error."""
        raise self.error


BatchItem = Union[BatchResult[_Result], BatchFailure]
"""One item of a batch: where its ``error`` is ``None`` there is a ``result``, else none."""
