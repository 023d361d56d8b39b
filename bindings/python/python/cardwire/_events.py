"""The events that a client tells while it works."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Dict, Literal, Optional, Type, Union, cast

from ._names import Billed, BreakerState, Kind, Level, Operation, Sent, Vendor
from ._records import JsonRecord, dataclass


@dataclass(frozen=True, slots=True, repr=False)
class _OfCall(JsonRecord):
    """The part that all events share."""

    level: Level
    """Its level in a log."""
    text: str
    """The event as one line of a log, as ``str(event)`` gives it."""
    call: int
    """The number of the call, which all its events have; no other call of the process has it."""

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, repr=False)
class CallStarted(_OfCall):
    """A call begins."""

    operation: Operation
    """The operation that is asked for."""


@dataclass(frozen=True, slots=True, repr=False)
class CallEnded(_OfCall):
    """A call ended: its caller is given the result or the error next."""

    operation: Operation
    """The operation that was asked for."""
    vendor: Optional[Vendor]
    """The vendor that answered or was asked last; ``None`` when none was chosen."""
    account: Optional[str]
    """The entry's ``name`` in the configuration, or the vendor's name."""
    order_id: Optional[str]
    """The order number; ``None`` where the caller's own was refused."""
    failure: Optional[Kind]
    """``None`` where there is a result, else the kind of the error."""
    vendor_code: Optional[str]
    """The vendor's code, where it refused with one."""
    http_status: Optional[int]
    """The HTTP status of a refusal, where there was one."""
    request_id: Optional[str]
    """The vendor's number for the request."""
    sent: Sent
    """The delivery of the request to a vendor; of several attempts, the most that one came to."""
    billed: Billed
    """The bill of the call, as far as it is known; of several attempts, the most that one came to."""
    attempts: int
    """The number of its attempts."""
    duration: timedelta
    """Its duration."""


@dataclass(frozen=True, slots=True, repr=False)
class AttemptStarted(_OfCall):
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
    server_address: Optional[str]
    """The vendor's host; ``None`` on this machine."""
    server_port: Optional[int]
    """The vendor's port; ``None`` on this machine."""


@dataclass(frozen=True, slots=True, repr=False)
class AttemptEnded(_OfCall):
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
    http_status: Optional[int]
    """The HTTP status of the answer, where there was one."""
    request_id: Optional[str]
    """The vendor's number for the request."""
    gateway_request_id: Optional[str]
    """The number that the gateway before the vendor gave the request."""
    sent: Sent
    """The delivery of the request to the vendor."""
    billed: Billed
    """The bill of the request, as far as it is known."""
    duration: timedelta
    """Its duration."""


@dataclass(frozen=True, slots=True, repr=False)
class RequestRefused(_OfCall):
    """The library itself refused to send a request. The call may go on with another account, or after a wait."""

    operation: Operation
    """The operation that was asked for."""
    vendor: Optional[Vendor]
    """The vendor that was not asked; ``None`` where none takes what the call asks."""
    account: Optional[str]
    """The entry's ``name`` in the configuration, or the vendor's name."""
    order_id: Optional[str]
    """The order number; ``None`` where the argument was refused before there was one."""
    reason: str
    """``pace``, ``quota``, ``breaker``, ``account_blocked``, ``parameters_blocked``, ``store``, ``photo``,
    ``too_late``, ``journal`` or ``credentials``; or ``argument``, where no account takes what the call asks."""
    failure: Kind
    """The kind of the refusal."""


@dataclass(frozen=True, slots=True, repr=False)
class RatePermitWaited(_OfCall):
    """A request waited for its rate permit, and has it."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Operation
    """The operation that is asked for."""
    order_id: str
    """The order number of the call."""
    duration: timedelta
    """The duration of the wait."""


@dataclass(frozen=True, slots=True, repr=False)
class QuotaUnitTaken(_OfCall):
    """A request took a unit of its account's daily quota. It comes back where the request is not sent."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    operation: Operation
    """The operation that is asked for."""
    order_id: str
    """The order number of the call."""
    quota_left: int
    """The units of the day that are left, as far as this process counts them."""
    quota_limit: int
    """The units of a day."""


@dataclass(frozen=True, slots=True, repr=False)
class BreakerChanged(_OfCall):
    """The breaker of an account changed."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    breaker_before: BreakerState
    """Its state before."""
    breaker_after: BreakerState
    """Its state from now on."""


@dataclass(frozen=True, slots=True, repr=False)
class OrderWritten(_OfCall):
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
class TokenRefreshed(_OfCall):
    """A token was fetched, or could not be. The call is the one that began it; others may wait for the same."""

    vendor: Vendor
    """The vendor."""
    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    failure: Optional[Kind]
    """``None`` where there is a new token, else the kind of the failure."""
    duration: timedelta
    """Its duration."""


Event = Union[
    CallStarted,
    CallEnded,
    AttemptStarted,
    AttemptEnded,
    RequestRefused,
    RatePermitWaited,
    QuotaUnitTaken,
    BreakerChanged,
    OrderWritten,
    TokenRefreshed,
]
"""An event that ``on_event`` is given. It holds no personal datum and no secret."""


_EVENTS: Dict[str, Type[JsonRecord]] = {
    "call_started": CallStarted,
    "call_ended": CallEnded,
    "attempt_started": AttemptStarted,
    "attempt_ended": AttemptEnded,
    "request_refused": RequestRefused,
    "rate_permit_waited": RatePermitWaited,
    "quota_unit_taken": QuotaUnitTaken,
    "breaker_changed": BreakerChanged,
    "order_written": OrderWritten,
    "token_refreshed": TokenRefreshed,
}


def event_name(event: Event) -> str:
    """Returns the event's name, in snake_case."""
    return _NAMES[type(event)]


_NAMES = {kind: name for name, kind in _EVENTS.items()}


def read_event(text: str) -> Event:
    """Makes the event of the native module's JSON."""
    document: Dict[str, Any] = json.loads(text)
    return cast(Event, _EVENTS[document["event"]]._read(document))
