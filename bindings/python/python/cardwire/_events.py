"""The events that a client tells while it works."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Dict, Literal, Optional, Type, Union, cast

from ._names import Kind, Operation, Sent, Vendor
from ._records import JsonRecord, dataclass


@dataclass(frozen=True, slots=True, repr=False)
class AttemptStarted(JsonRecord):
    """A request to a vendor begins."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Operation
    """The operation that is asked for."""
    order_id: str
    """The order number of the call."""
    attempt: int
    """Counts the attempts of a call from 1."""


@dataclass(frozen=True, slots=True, repr=False)
class AttemptEnded(JsonRecord):
    """A request to a vendor ended."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Operation
    """The operation that was asked for."""
    order_id: str
    """The order number of the call."""
    attempt: int
    """Counts the attempts of a call from 1."""
    failure: Optional[Kind]
    """``None`` where the vendor gave a result, else the kind of its failure."""
    vendor_code: Optional[str]
    """The vendor's code, where it gave one."""
    sent: Sent
    """The delivery of the request to the vendor."""
    duration: timedelta
    """Its duration."""


@dataclass(frozen=True, slots=True, repr=False)
class OrderWritten(JsonRecord):
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
class TokenRefreshed(JsonRecord):
    """A token was fetched, or could not be."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    failure: Optional[Kind]
    """``None`` where there is a new token, else the kind of the failure."""
    duration: timedelta
    """Its duration."""


Event = Union[AttemptStarted, AttemptEnded, OrderWritten, TokenRefreshed]
"""An event that ``on_event`` is given. It holds no personal datum and no secret."""


_EVENTS: Dict[str, Type[JsonRecord]] = {
    "attempt_started": AttemptStarted,
    "attempt_ended": AttemptEnded,
    "order_written": OrderWritten,
    "token_refreshed": TokenRefreshed,
}


def read_event(text: str) -> Event:
    """Makes the event of the native module's JSON."""
    document: Dict[str, Any] = json.loads(text)
    return cast(Event, _EVENTS[document["event"]]._read(document))
