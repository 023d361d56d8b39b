"""The facts of a call, as results and errors give them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional, Tuple

    from ._names import Billed, Sent, Vendor
    from ._results import Attempt, CallFacts, ImageFitted


class HasFacts:
    """The ``facts`` of results and errors, each an attribute of theirs as well."""

    __slots__ = ()

    facts: CallFacts
    """Vendor, order number, request id, ``sent``, ``billed`` and the attempts, each of which is an
    attribute as well."""

    @property
    def vendor(self) -> Optional[Vendor]:
        """The vendor that answered or was asked last; ``None`` when none was chosen."""
        return self.facts.vendor

    @property
    def account(self) -> Optional[str]:
        """The entry's ``name`` in the configuration, or the vendor's name."""
        return self.facts.account

    @property
    def order_id(self) -> Optional[str]:
        """The order number: the caller's own, or one made by the library."""
        return self.facts.order_id

    @property
    def request_id(self) -> Optional[str]:
        """The vendor's number for the request, to be named when asking the vendor."""
        return self.facts.request_id

    @property
    def gateway_request_id(self) -> Optional[str]:
        """The number that the gateway before the vendor gave the request (Aliyun Cloud Market)."""
        return self.facts.gateway_request_id

    @property
    def transaction_time(self) -> Optional[str]:
        """When the vendor says that it answered, as it writes it."""
        return self.facts.transaction_time

    @property
    def image_fitted(self) -> Optional[ImageFitted]:
        """What the photo became before it was sent; ``None`` where it was sent as it came."""
        return self.facts.image_fitted

    @property
    def sent(self) -> Sent:
        """The delivery of the request; of several attempts, the most that one came to."""
        return self.facts.sent

    @property
    def billed(self) -> Billed:
        """The bill of the call; of several attempts, the most that one came to."""
        return self.facts.billed

    @property
    def attempts(self) -> Tuple[Attempt, ...]:
        """Each attempt, oldest first."""
        return self.facts.attempts
