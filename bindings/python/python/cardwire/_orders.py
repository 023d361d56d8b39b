"""The journal's record of orders, with and without a client."""

from __future__ import annotations

from . import _native
from ._arguments import order_filter, path_text, since_1970
from ._errors import ClosedError
from ._native import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from datetime import datetime
    from typing import List, NoReturn, Optional, Union

    from ._arguments import Moment
    from ._names import OrderStatus
    from ._results import OrderRecord


def _records(text: str) -> List[OrderRecord]:
    import json

    from ._results import OrderRecord

    return [OrderRecord._read(document) for document in json.loads(text)]


class OrderQueries:
    """The questions about orders that a client and a `Journal` answer."""

    __slots__ = ()

    def _orders(self) -> _native.Orders:
        raise NotImplementedError

    def orders(
        self,
        *,
        status: Union[None, str, OrderStatus] = None,
        vendor: Optional[str] = None,
        account: Optional[str] = None,
        reference: Optional[str] = None,
        since: Moment = None,
        until: Moment = None,
        before: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> List[OrderRecord]:
        """The orders of the journal, newest first.

        Those of one ``status``, one ``vendor``, one ``account``, one ``reference`` (your own name
        for what was asked), first written at ``since`` or later and before ``until``, and at most
        ``limit``. ``before`` is the number of the last order of the page before: those after it. A
        client needs ``journal`` in its configuration, else this is `InvalidConfigError`;
        `StorageError` where the file cannot be read.
        """
        try:
            return _records(
                self._orders().list(
                    order_filter(status, vendor, account, reference, since, until, before, limit)
                )
            )
        finally:
            del reference, before

    def unknown_orders(self) -> List[OrderRecord]:
        """The orders that a vendor may have executed and billed without this machine knowing.

        Those that somebody reconciled and those of calls that still run are not among them.
        """
        return _records(self._orders().unknown())

    def find_order(self, order_id: str) -> Optional[OrderRecord]:
        """The order of that number in the journal; ``None`` where there is none."""
        try:
            found = self._orders().find(text("order_id", order_id))
        finally:
            del order_id
        return None if found is None else _records(f"[{found}]")[0]

    def export_orders(
        self,
        path: Union[str, os.PathLike[str], os.PathLike[bytes]],
        *,
        status: Union[None, str, OrderStatus] = None,
        vendor: Optional[str] = None,
        account: Optional[str] = None,
        reference: Optional[str] = None,
        since: Moment = None,
        until: Moment = None,
        before: Optional[str] = None,
        limit: Optional[int] = None,
    ) -> int:
        """Writes the orders that `orders` would list, all of them where there is no ``limit``, to a
        new file as lines of JSON, and returns how many.

        The memory that it takes does not grow with their number. `InvalidArgumentError` where the file is
        there already or cannot be made, `StorageError` where it cannot be written whole.
        """
        try:
            return self._orders().export(
                order_filter(status, vendor, account, reference, since, until, before, limit),
                path_text("path", path),
            )
        finally:
            del path, reference, before

    def prune_orders(self, before: datetime) -> int:
        """Removes the orders that were last written before a moment, and returns how many.

        Those that run and those that are unknown and not settled stay. `InvalidArgumentError` where
        the moment is less than 24 hours ago. The number of an order that was removed may be used
        again.
        """
        try:
            return self._orders().prune(since_1970("before", before))
        finally:
            del before

    def reconcile_order(self, order_id: str, note: str) -> None:
        """Notes that an order was settled with the vendor. The note must hold no personal datum.

        Raises `InvalidArgumentError` where the journal has no such order.
        """
        try:
            self._orders().reconcile(text("order_id", order_id), text("note", note))
        finally:
            del order_id, note


class ClientOrders(OrderQueries):
    """The orders of a client's journal."""

    __slots__ = ("_native",)

    def __init__(self, native: _native.Orders) -> None:
        self._native = native

    def _orders(self) -> _native.Orders:
        return self._native


class Journal(OrderQueries):
    """The journal of clients, opened without one: for tools that settle orders with the vendors.

    Clients may write to the same file meanwhile. A file that is not there is made. Raises
    `StorageError` where the file cannot be used. Use it as a context manager, or close it.

    >>> from cardwire import Journal
    >>> with Journal("orders.journal") as journal:                           # doctest: +SKIP
    ...     for order in journal.unknown_orders():
    ...         journal.reconcile_order(order.order_id, note="the vendor did not bill it")
    """

    __slots__ = ("_file",)

    def __init__(self, path: Union[str, os.PathLike[str], os.PathLike[bytes]]) -> None:
        try:
            self._file: Optional[_native.Orders] = _native.Orders.open(path_text("path", path))
        finally:
            del path

    def _orders(self) -> _native.Orders:
        if self._file is None:
            raise ClosedError("the journal was closed")
        return self._file

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Journal cannot be pickled or copied: open it in each process")

    def close(self) -> None:
        """Closes the file; later calls raise `ClosedError`."""
        self._file = None
