"""The health of a client's accounts."""

from __future__ import annotations

import json
from datetime import datetime
from typing import List, Optional, Tuple

from ._names import BlockScope, BreakerState, Kind, Vendor
from ._records import JsonRecord, dataclass


@dataclass(frozen=True, slots=True, repr=False)
class AccountBlock(JsonRecord):
    """A refusal of the vendor for which its account is not asked for a while."""

    scope: BlockScope
    """``account`` for every billed call, ``parameters`` for calls about some cardholders or cards."""
    failure: Kind
    """The kind of the vendor's refusal."""
    vendor_code: Optional[str]
    """The vendor's code, where it gave one."""
    size: int
    """The number of cardholders and cards; 1 for an account."""
    until: datetime
    """When the last of them ends, in UTC."""


@dataclass(frozen=True, slots=True, repr=False)
class AccountHealth(JsonRecord):
    """The state of one account in this process. There is no personal datum and no secret in it."""

    account: str
    """The entry's ``name`` in the configuration, or the vendor's name."""
    vendor: Vendor
    """The vendor."""
    breaker: BreakerState
    """The state of its breaker; ``closed`` too where the configuration turns it off."""
    breaker_until: Optional[datetime]
    """Until when the breaker lets no request through, in UTC; ``None`` where it is not open."""
    blocks: Tuple[AccountBlock, ...]
    """The refusals for which it is not asked for a while."""
    quota_left: Optional[int]
    """The units of its daily quota that are left, as far as this process counts them; ``None`` without a quota."""
    quota_limit: Optional[int]
    """The units of a day; ``None`` without a quota."""
    requests_per_second: Optional[float]
    """The requests that it is sent in a second at the most; ``None`` where nothing holds them back."""
    in_flight: int
    """The requests that are being sent or answered."""
    token_since: Optional[datetime]
    """Since when this process has its token, in UTC; ``None`` without one."""
    token_until: Optional[datetime]
    """When its token is dead, in UTC; ``None`` without one."""


def read_health(text: str) -> List[AccountHealth]:
    """Makes the accounts of the native module's JSON."""
    return [AccountHealth._read(account) for account in json.loads(text)]
