"""Makes results from the plain values that the native module hands over."""

from __future__ import annotations

from datetime import timedelta
from typing import Dict, Iterable, Optional, Tuple, Type, TypeVar

from ._names import (
    Billed,
    CardKind,
    Kind,
    LookupReason,
    Outcome,
    Reason,
    Sent,
    Slug,
    Vendor,
    WarningKind,
)
from ._results import (
    Attempt,
    CardLookup,
    Order,
    PhotoWarning,
    Recognition,
    ValidThru,
    Verification,
)

_Slug = TypeVar("_Slug", bound=Slug)


def _by_slug(names: Type[_Slug]) -> Dict[str, _Slug]:
    # Looking a member up by calling its class takes ten times as long.
    return {name.value: name for name in names}


_VENDORS = _by_slug(Vendor)
_KINDS = _by_slug(Kind)
_SENT = _by_slug(Sent)
_BILLED = _by_slug(Billed)
_CARD_KINDS = _by_slug(CardKind)
_WARNING_KINDS = _by_slug(WarningKind)
_OUTCOMES = _by_slug(Outcome)
_REASONS = _by_slug(Reason)
_LOOKUP_REASONS = _by_slug(LookupReason)

# The values of each class in its order.
_GivenAttempt = Tuple[str, str, Optional[str], Optional[str], str, str, str, timedelta]
GivenFacts = Tuple[
    Optional[str],
    Optional[str],
    Optional[str],
    Optional[str],
    Optional[str],
    Optional[str],
    str,
    str,
    Tuple[_GivenAttempt, ...],
]
_Facts = Tuple[
    Optional[Vendor],
    Optional[str],
    Optional[str],
    Optional[str],
    Optional[str],
    Optional[str],
    Sent,
    Billed,
    Tuple[Attempt, ...],
]
_GivenMonth = Optional[Tuple[Optional[int], Optional[int], str]]
_GivenWarnings = Iterable[Tuple[str, str]]


def read_facts(given: GivenFacts) -> _Facts:
    """The values of `CallFacts`."""
    (
        vendor,
        account,
        order_id,
        request_id,
        gateway_request_id,
        transaction_time,
        sent,
        billed,
        attempts,
    ) = given
    return (
        None if vendor is None else _VENDORS[vendor],
        account,
        order_id,
        request_id,
        gateway_request_id,
        transaction_time,
        _SENT[sent],
        _BILLED[billed],
        tuple([_attempt(*attempt) for attempt in attempts]),
    )


def _attempt(
    vendor: str,
    account: str,
    failure: Optional[str],
    vendor_code: Optional[str],
    order_id: str,
    sent: str,
    billed: str,
    duration: timedelta,
) -> Attempt:
    return Attempt(
        _VENDORS[vendor],
        account,
        None if failure is None else _KINDS[failure],
        vendor_code,
        order_id,
        _SENT[sent],
        _BILLED[billed],
        duration,
    )


def _valid_thru(given: _GivenMonth) -> Optional[ValidThru]:
    return None if given is None else ValidThru(*given)


def _warnings(given: _GivenWarnings) -> Tuple[PhotoWarning, ...]:
    return tuple([PhotoWarning(_WARNING_KINDS[kind], code) for kind, code in given])


def read_recognition(
    facts: GivenFacts,
    card_number: str,
    issuer: Optional[str],
    card_name: Optional[str],
    card_kind: str,
    valid_thru: _GivenMonth,
    number_photo: Optional[bytes],
    clarity: Optional[int],
    warnings: _GivenWarnings,
    raw: bytes,
) -> Recognition:
    """A recognition of the native module's."""
    return Recognition(
        *read_facts(facts),
        card_number,
        issuer,
        card_name,
        _CARD_KINDS[card_kind],
        _valid_thru(valid_thru),
        number_photo,
        clarity,
        _warnings(warnings),
        raw,
    )


def read_verification(
    facts: GivenFacts,
    outcome: str,
    reason: Optional[str],
    vendor_code: str,
    description: str,
    raw: bytes,
) -> Verification:
    """A verification of the native module's."""
    return Verification(
        *read_facts(facts),
        _OUTCOMES[outcome],
        None if reason is None else _REASONS[reason],
        vendor_code,
        description,
        raw,
    )


def read_lookup(
    facts: GivenFacts,
    found: bool,
    reason: Optional[str],
    issuer: Optional[str],
    card_kind: str,
    vendor_code: str,
    description: str,
    raw: bytes,
) -> CardLookup:
    """A lookup of the native module's."""
    return CardLookup(
        *read_facts(facts),
        found,
        None if reason is None else _LOOKUP_REASONS[reason],
        issuer,
        _CARD_KINDS[card_kind],
        vendor_code,
        description,
        raw,
    )


def read_order(
    facts: GivenFacts,
    card_number: Optional[str],
    valid_thru: _GivenMonth,
    clarity: Optional[int],
    warnings: _GivenWarnings,
    original_photo: Optional[bytes],
    card_photo: Optional[bytes],
    number_photo: Optional[bytes],
    operated_at: Optional[str],
    raw: bytes,
) -> Order:
    """An order of the native module's."""
    return Order(
        *read_facts(facts),
        card_number,
        _valid_thru(valid_thru),
        clarity,
        _warnings(warnings),
        original_photo,
        card_photo,
        number_photo,
        operated_at,
        raw,
    )
