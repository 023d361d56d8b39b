"""Results of calls.

Results are frozen, compare by value, pickle, and mask personal data in ``repr``.
"""

from __future__ import annotations

import builtins
import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Dict, Generic, NoReturn, Optional, Tuple, Type, TypeVar, Union

from ._facts import HasFacts
from ._names import (
    Billed,
    CardKind,
    IssuerSource,
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
from ._records import JsonRecord, Record, dataclass

if TYPE_CHECKING:
    from ._errors import CardwireError


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(JsonRecord):
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
    """The order number it was sent under: the next account is asked under a new one, after `offline` under the same."""
    sent: Sent
    """The delivery of this request to the vendor."""
    billed: Billed
    """The bill of this request, as far as it is known."""
    duration: timedelta
    """Its duration."""

    @property
    def outcome(self) -> str:
        """``ok``, or the name of the failure's kind."""
        return "ok" if self.failure is None else self.failure.value


@dataclass(frozen=True, slots=True, repr=False)
class PhotoWarning(JsonRecord):
    """A warning with the vendor's code for it."""

    kind: WarningKind
    """Its meaning."""
    code: str
    """The vendor's code, as it came; ``check_digit`` or ``other_reading`` where the warning is
    the library's own."""


@dataclass(frozen=True, slots=True, repr=False)
class Point(JsonRecord):
    """A point in a photo, in pixels from its upper left corner, as the photo is shown: turned by its
    EXIF orientation."""

    x: int
    """To the right."""
    y: int
    """Downwards."""


@dataclass(frozen=True, slots=True, repr=False)
class NumberCandidate(JsonRecord):
    """A number that may stand on a card, as it was read: of `CardwireError.candidates`."""

    card_number: str
    """The number, digits only."""
    confidence: float
    """From 0 to 1: the share of such readings that are right."""


# Nothing in it is personal: its ``repr`` shows the name.
@dataclass(frozen=True, slots=True)
class Issuer(JsonRecord):
    """The issuer of cards whose numbers begin alike, by the table of prefixes."""

    name: str
    """The issuing bank's name in Chinese, as it is today."""
    code: Optional[str]
    """The bank's code as Alipay writes it, such as ``ICBC``, where the table has one."""
    card_kind: CardKind
    """Debit, credit, ... where the table states it."""


@dataclass(frozen=True, slots=True, repr=False)
class ValidThru(JsonRecord):
    """The month a card is valid through."""

    year: Optional[int]
    """The year, with four digits, where the text could be read as a date."""
    month: Optional[int]
    """The month, 1 to 12, where the text could be read as a date."""
    printed: str
    """The vendor's text."""


@dataclass(frozen=True, slots=True, repr=False)
class ImageFitted(JsonRecord):
    """A photo that was made to fit what the vendor takes: turned upright by its EXIF orientation, made
    smaller, or written as a JPEG."""

    bytes_before: int
    """Size in bytes of the photo that was given."""
    bytes_after: int
    """Size in bytes of the photo that was sent."""
    width_before: int
    """Width in pixels of the photo that was given, as it is stored; 0 where its header does not state it."""
    height_before: int
    """Height in pixels of the photo that was given, as it is stored; 0 where its header does not state it."""
    width_after: int
    """Width in pixels of the photo that was sent."""
    height_after: int
    """Height in pixels of the photo that was sent."""


@dataclass(frozen=True, slots=True, repr=False)
class CallFacts(JsonRecord):
    """Vendor, order number, request id, ``sent``, ``billed`` and attempts of one call."""

    vendor: Optional[Vendor]
    """The vendor that answered or was asked last; ``None`` when none was chosen."""
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
    image_fitted: Optional[ImageFitted]
    """What the photo became for the vendor that answered or was asked last; ``None`` where it was sent as it
    came."""
    sent: Sent
    """The delivery of the request; of several attempts, the most that one came to."""
    billed: Billed
    """The bill of the call; of several attempts, the most that one came to."""
    attempts: Tuple[Attempt, ...]
    """Each attempt, oldest first."""


#: The facts of a call that never began.
NOTHING_SENT = CallFacts(None, None, None, None, None, None, None, Sent.NO, Billed.NO, ())


@dataclass(frozen=True, slots=True, repr=False)
class Cause(JsonRecord):
    """The step of the network at which a request failed.

    It holds no secret and no personal datum: of an address only its host and port.
    """

    step: str
    """``resolve``, ``connect``, ``proxy``, ``tls``, ``send`` or ``receive``."""
    host: str
    """The vendor's, or the proxy's, as the configuration names it."""
    port: int
    """Its port."""
    reason: str
    """In English: the operating system's, TLS's, or the proxy's status."""
    os_error: Optional[int] = None
    """The operating system's number for it, an ``errno``."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.step} {host}:{self.port}: {self.reason}"

    def as_os_error(self) -> OSError:
        """The exception that Python's own network modules raise at such a step."""
        text = str(self)
        if self.step == "resolve":
            import socket

            return socket.gaierror(socket.EAI_NONAME, text)
        if self.os_error is not None:
            # Of the class for the number, such as ConnectionRefusedError.
            return OSError(self.os_error, text)
        if self.step == "tls":
            import ssl

            return ssl.SSLError(1, text)
        if self.step == "connect":
            return builtins.TimeoutError(text)
        return ConnectionError(text)


@dataclass(frozen=True, slots=True, repr=False)
class Recognition(JsonRecord, HasFacts):
    """A card as a vendor read it."""

    facts: CallFacts
    """Vendor, order number, request id, ``sent``, ``billed`` and the attempts, each of which is an
    attribute of the result as well."""
    card_number: str
    """The card number, digits only."""
    confidence: Optional[float]
    """From 0 to 1, the share of such readings that are right, where whoever read it says so: the vendor
    ``offline`` does."""
    issuer: Optional[str]
    """The issuing bank: as the vendor names it, or else as the table of prefixes does."""
    issuer_source: Optional[IssuerSource]
    """The source of the issuer."""
    issuer_code: Optional[str]
    """The issuer's code as Alipay writes it, such as ``ICBC``, where the table of prefixes has one."""
    card_name: Optional[str]
    """The card's full name, as the vendor states it."""
    card_kind: CardKind
    """Debit, credit, ..."""
    valid_thru: Optional[ValidThru]
    """The month the card is valid through, where the vendor read one."""
    number_photo: Optional[bytes]
    """A JPEG of the number as it stands on the card."""
    clarity: Optional[int]
    """The sharpness of the photo, 0 to 100."""
    corners: Tuple[Point, ...]
    """The corners of the card in the photo, clockwise from the upper left one of the card, where
    whoever read it says so: the vendor ``offline`` does."""
    warnings: Tuple[PhotoWarning, ...]
    """The faults that were found in the photo, or in what was read."""
    raw: bytes
    """The vendor's whole answer, byte for byte. It holds the card number."""


@dataclass(frozen=True, slots=True, repr=False)
class Verification(JsonRecord, HasFacts):
    """A vendor's answer about a cardholder.

    It has no truth value: compare ``outcome``.
    """

    facts: CallFacts
    """Vendor, order number, request id, ``sent``, ``billed`` and the attempts, each of which is an
    attribute of the result as well."""
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
class CardLookup(JsonRecord, HasFacts):
    """A vendor's knowledge about a card number: its issuer, and the kind of the card."""

    facts: CallFacts
    """Vendor, order number, request id, ``sent``, ``billed`` and the attempts, each of which is an
    attribute of the result as well."""
    found: bool
    """True where the vendor knows the card."""
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
class Order(JsonRecord, HasFacts):
    """An order as a vendor keeps it under its number."""

    facts: CallFacts
    """Vendor, order number, request id, ``sent``, ``billed`` and the attempts, each of which is an
    attribute of the result as well."""
    card_number: Optional[str]
    """The card number, digits only."""
    valid_thru: Optional[ValidThru]
    """The month the card is valid through."""
    clarity: Optional[int]
    """The sharpness of the photo, 0 to 100."""
    warnings: Tuple[PhotoWarning, ...]
    """The faults that the vendor found in the photo."""
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


@dataclass(frozen=True, slots=True, repr=False)
class OrderRecord(JsonRecord):
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
    """The operation that was asked for."""
    status: OrderStatus
    """Its status."""
    sends: int
    """The number of its requests."""
    created: datetime
    """When it was first written, in UTC."""
    changed: datetime
    """When it was last written, in UTC."""
    sent: Sent
    """The delivery of a complete request to the vendor."""
    billed: Billed
    """The bill of it, as far as it is known."""
    outcome: Optional[str]
    """``ok``, or the name of the failure's kind; ``None`` while nothing came of it."""
    vendor_code: Optional[str]
    """The vendor's code, where it gave one."""
    request_id: Optional[str]
    """The vendor's number for the request."""
    http_status: Optional[int]
    """The HTTP status of the answer, where there was one."""
    late: bool
    """True where the answer came after the caller had gone."""
    reconciled: Optional[datetime]
    """When somebody settled it with the vendor, in UTC."""
    note: Optional[str]
    """Their note."""


_RESULTS: Dict[str, Type[JsonRecord]] = {
    "recognition": Recognition,
    "verification": Verification,
    "card_lookup": CardLookup,
    "order": Order,
    "issuer": Issuer,
}


#: `json.loads` also looks for blanks around a document.
_decode = json.JSONDecoder().raw_decode


def read_result(record: str, text: str, beside: Dict[str, bytes]) -> JsonRecord:
    """Makes a result from the native module's JSON and the bytes beside it, by their names."""
    document: Dict[str, Any] = _decode(text)[0]
    document.update(beside)
    return _RESULTS[record]._read(document)


_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, repr=False)
class BatchResult(Record, Generic[_Result]):
    """An item of a batch with a result."""

    index: int
    """The number of its input, from 0."""
    result: _Result
    """The vendor's own description."""
    error: None = None
    """Nothing went wrong."""

    def unwrap(self) -> _Result:
        """The result."""
        return self.result


@dataclass(frozen=True, slots=True, repr=False)
class BatchFailure(Record):
    """An item of a batch without a result."""

    index: int
    """The number of its input, from 0."""
    error: CardwireError
    """Why there is no result."""
    result: None = None
    """There is none."""

    def unwrap(self) -> NoReturn:
        """Raises the error."""
        raise self.error


BatchItem = Union[BatchResult[_Result], BatchFailure]
"""One item of a batch: where its ``error`` is ``None`` there is a ``result``, else none."""
