"""What a client tells while it works."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal, Optional, Union

from ._names import Kind, Operation, Sent, Vendor
from ._records import Fields, Record, dataclass


@dataclass(frozen=True, slots=True, repr=False)
class AttemptStarted(Record):
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
class AttemptEnded(Record):
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
class OrderWritten(Record):
    """The journal holds what comes next for an order."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    order_id: str
    """The order number."""
    state: Literal["intent", "released", "done"]
    """``intent`` before the first byte of the request leaves, ``released`` before its last one
    leaves, ``done`` when something came of it."""


@dataclass(frozen=True, slots=True, repr=False)
class TokenRefreshed(Record):
    """A token was fetched, or could not be."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    failure: Optional[Kind]
    """``None`` where there is a new token, else the kind of the failure."""
    duration: timedelta
    """How long it took."""


Event = Union[AttemptStarted, AttemptEnded, OrderWritten, TokenRefreshed]
"""What a client tells ``on_event``. It holds no personal datum and no secret."""


def event_from_fields(fields: Fields) -> Event:
    """The event for what the native module tells."""
    name = fields["event"]
    common: Fields = {"vendor": Vendor(fields["vendor"]), "account": fields["account"]}
    if name == "order_written":
        return OrderWritten(**common, order_id=fields["order_id"], state=fields["state"])
    failure = fields.get("failure")
    kind = None if failure is None else Kind(failure)
    if name == "token_refreshed":
        return TokenRefreshed(**common, failure=kind, duration=fields["duration"])
    common["operation"] = Operation(fields["operation"])
    common["order_id"] = fields["order_id"]
    common["attempt"] = fields["attempt"]
    if name == "attempt_started":
        return AttemptStarted(**common)
    return AttemptEnded(
        **common,
        failure=kind,
        vendor_code=fields["vendor_code"],
        sent=Sent(fields["sent"]),
        duration=fields["duration"],
    )
