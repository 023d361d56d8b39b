"""The calls of both clients as coroutines. asyncio, which takes long to load, is loaded with the first."""

from __future__ import annotations

import os

from ._arguments import options
from ._errors import CancelledError, ClosedError, InternalError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Optional, Set, TypeVar

    from . import _native
    from ._arguments import Timeout, VendorChoice
    from ._client import BaseClient
    from ._inputs import AsyncImageInput
    from ._results import CardLookup, Order, Recognition, Verification

    _Result = TypeVar("_Result")


def load_modules(*modules: str) -> None:
    """Loads parts of the package and of Python."""
    try:
        for module in modules:
            __import__(module)
    except (ImportError, OSError) as error:
        raise InternalError(f"a part of the package cannot be loaded: {error}") from error


class Readings:
    """The inputs that calls of a client read. Its closing ends the reading."""

    __slots__ = ("_process", "ends", "is_closed")

    def __init__(self) -> None:
        self._process = os.getpid()
        self.is_closed = False
        #: The functions that end that of a coroutine, from any thread.
        self.ends: Set[Callable[[], object]] = set()

    def check(self, is_begun: bool) -> None:
        """Raises the error of a call whose client was closed: before its reading, or during it."""
        if self.is_closed and is_begun:
            raise CancelledError("the client was closed during the call")
        if self.is_closed:
            raise ClosedError("the client was closed")

    def close(self) -> None:
        self.is_closed = True
        # The loops of a forked child's parent are not the child's to wake.
        if os.getpid() == self._process:
            for end in list(self.ends):
                end()


async def recognize(
    self: BaseClient,
    image: AsyncImageInput,
    *,
    vendor: VendorChoice = None,
    order_id: Optional[str] = None,
    reference: Optional[str] = None,
    user_id: Optional[str] = None,
    timeout: Timeout = None,
    skip_answered: bool = False,
) -> Recognition:
    """Reads the card in a photo, as `Client.recognize` does. Cancelling the task cancels the call."""
    try:
        call = await self._read_and_recognize(
            image, options(vendor, order_id, user_id, timeout, reference, skip_answered)
        )
    finally:
        del image, order_id, reference
    return await _ended(self, call)


async def verify(
    self: BaseClient,
    card_number: str,
    name: str,
    id_number: Optional[str] = None,
    phone: Optional[str] = None,
    *,
    vendor: VendorChoice = None,
    order_id: Optional[str] = None,
    reference: Optional[str] = None,
    timeout: Timeout = None,
    skip_answered: bool = False,
) -> Verification:
    """Asks whether card, name, ID number and phone number belong together, as `Client.verify` does.
    Cancelling the task cancels the call."""
    try:
        call = self._native.verify(
            card_number,
            name,
            id_number,
            phone,
            options(vendor, order_id, None, timeout, reference, skip_answered),
        )
    finally:
        del card_number, name, id_number, phone, order_id, reference
    return await _ended(self, call)


async def lookup_card(
    self: BaseClient,
    card_number: str,
    *,
    vendor: VendorChoice = None,
    order_id: Optional[str] = None,
    reference: Optional[str] = None,
    timeout: Timeout = None,
    skip_answered: bool = False,
) -> CardLookup:
    """Asks a vendor who issued a card number, as `Client.lookup_card` does. Cancelling the task cancels
    the call."""
    try:
        call = self._native.lookup_card(
            card_number, options(vendor, order_id, None, timeout, reference, skip_answered)
        )
    finally:
        del card_number, order_id, reference
    return await _ended(self, call)


async def fetch_order(
    self: BaseClient, order_id: str, *, vendor: VendorChoice = None, timeout: Timeout = None
) -> Order:
    """Fetches what a vendor keeps under an order number, as `Client.fetch_order` does. Cancelling the
    task cancels the call."""
    try:
        call = self._native.fetch_order(order_id, options(vendor, None, None, timeout))
    finally:
        del order_id
    return await _ended(self, call)


async def _ended(client: BaseClient, call: _native.Call[_Result]) -> _Result:
    load_modules("cardwire._aio")
    from ._aio import ended

    return await ended(call, client._calls)
