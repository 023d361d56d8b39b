"""The client for asyncio."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from inspect import iscoroutinefunction
from io import BytesIO
from typing import (
    TYPE_CHECKING,
    Any,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    List,
    Optional,
    TypeVar,
    Union,
)

from . import _coroutines as coroutines
from . import _native
from ._arguments import (
    FileContent,
    FileErrors,
    RefusedImage,
    inputs_of,
    of_wrong_type,
    options,
    photo,
    reader,
    whole,
)
from ._calls import ask_recognition, ask_verification, batch_item, put
from ._client import BaseClient
from ._errors import CardwireError
from ._inputs import BatchInput, ImageUrl
from ._orders import ClientOrders

if TYPE_CHECKING:
    from datetime import datetime

    from ._arguments import Moment, Options, Timeout, VendorChoice
    from ._calls import Ended
    from ._client import Self
    from ._coroutines import Readings
    from ._providers import LoopOfCalls
    from ._inputs import AsyncImageInput, Cardholder
    from ._names import OrderStatus
    from ._results import BatchItem, OrderRecord, Recognition, Verification

_Result = TypeVar("_Result")
_Input = TypeVar("_Input")


class AsyncClient(BaseClient):
    """`Client` for asyncio: the same methods as coroutines and asynchronous iterators.

    No thread waits for a call. Cancelling a task cancels its call: the `asyncio.CancelledError` has an
    attribute ``call``, as `Client` says of Ctrl-C's. After `asyncio.timeout` and `asyncio.wait_for` it is
    found behind the `TimeoutError`: `call_of`. A file that is given as an image
    may have a ``read`` that is awaitable, as an upload of Starlette has; any other is read on a
    thread of the loop's executor.

    >>> from cardwire import AsyncClient
    >>> async def read(path: str) -> str:
    ...     async with AsyncClient({"vendors": [...]}) as client:
    ...         return (await client.recognize(path)).card_number
    """

    __slots__ = ()

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends the calls under way with `CancelledError`; later calls raise `ClosedError`. A ``read`` under way on a
        thread of the executor goes on there until it returns."""
        await _aside(self._close)

    recognize = coroutines.recognize
    verify = coroutines.verify
    lookup_card = coroutines.lookup_card
    fetch_order = coroutines.fetch_order

    @property
    def _queries(self) -> ClientOrders:
        return ClientOrders(self._native.orders())

    async def orders(
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
        """The orders of the journal; see `Client.orders`."""
        try:
            listed = _aside(
                partial(
                    self._queries.orders,
                    status=status,
                    vendor=vendor,
                    account=account,
                    reference=reference,
                    since=since,
                    until=until,
                    before=before,
                    limit=limit,
                )
            )
        finally:
            del reference, before
        return await listed

    async def unknown_orders(self) -> List[OrderRecord]:
        """The orders that may be billed and are not settled; see `Client.unknown_orders`."""
        return await _aside(self._queries.unknown_orders)

    async def find_order(self, order_id: str) -> Optional[OrderRecord]:
        """The order of that number in the journal; ``None`` where there is none."""
        try:
            found = _aside(partial(self._queries.find_order, order_id))
        finally:
            del order_id
        return await found

    async def export_orders(
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
        """Writes orders to a new file as lines of JSON; see `Client.export_orders`."""
        try:
            written = _aside(
                partial(
                    self._queries.export_orders,
                    path,
                    status=status,
                    vendor=vendor,
                    account=account,
                    reference=reference,
                    since=since,
                    until=until,
                    before=before,
                    limit=limit,
                )
            )
        finally:
            del path, reference, before
        return await written

    async def prune_orders(self, before: datetime) -> int:
        """Removes old orders; see `Client.prune_orders`."""
        try:
            pruned = _aside(partial(self._queries.prune_orders, before))
        finally:
            del before
        return await pruned

    async def reconcile_order(self, order_id: str, note: str) -> None:
        """Notes that an order was settled with the vendor; see `Client.reconcile_order`."""
        try:
            noted = _aside(partial(self._queries.reconcile_order, order_id, note))
        finally:
            del order_id, note
        await noted

    def recognize_many(
        self,
        images: Union[
            Iterable[Union[AsyncImageInput, BatchInput[AsyncImageInput]]],
            AsyncIterable[Union[AsyncImageInput, BatchInput[AsyncImageInput]]],
        ],
        *,
        concurrency: int = _native.DEFAULT_CONCURRENCY,
        vendor: VendorChoice = None,
        user_id: Optional[str] = None,
        timeout: Timeout = None,
        skip_answered: bool = False,
    ) -> AsyncIterator[BatchItem[Recognition]]:
        """Reads many photos, so many at once; see `Client.recognize_many`.

        Cancelling the task that iterates raises `asyncio.CancelledError` at once: a program that iterates on gets what
        is in flight, and the inputs that are left. Leaving the loop early, or ``aclose()``, cancels what is in flight.

        When the client is closed, what is in flight ends with `CancelledError`, and each input of a plain iterable that
        is left with `ClosedError`. No input of an asynchronous iterator is waited for any more: `ClosedError` is
        raised in its place.
        """
        try:
            each = options(vendor, None, user_id, timeout, None, skip_answered)
            begin = partial(self._native.recognize_many, each, whole("concurrency", concurrency, 1))
            return AsyncBatchResults(
                self, begin, ask_recognition, _photos(_source("images", images, self._readings), self._readings)
            )
        finally:
            del images

    def verify_many(
        self,
        cardholders: Union[
            Iterable[Union[Cardholder, BatchInput[Cardholder]]],
            AsyncIterable[Union[Cardholder, BatchInput[Cardholder]]],
        ],
        *,
        concurrency: int = _native.DEFAULT_CONCURRENCY,
        vendor: VendorChoice = None,
        timeout: Timeout = None,
        skip_answered: bool = False,
    ) -> AsyncIterator[BatchItem[Verification]]:
        """Verifies many cardholders; see `Client.recognize_many`."""
        try:
            each = options(vendor, None, None, timeout, None, skip_answered)
            begin = partial(self._native.verify_many, each, whole("concurrency", concurrency, 1))
            return AsyncBatchResults(
                self, begin, ask_verification, _source("cardholders", cardholders, self._readings)
            )
        finally:
            del cardholders


async def ready_image(
    image: AsyncImageInput, readings: Readings, in_batch: bool = False
) -> Union[bytes, str, ImageUrl]:
    """The bytes of a card photo, the path of its file, or its address; a file is read."""
    try:
        if isinstance(image, ImageUrl):
            return image
        if isinstance(image, (bytes, bytearray, memoryview, str, os.PathLike, BytesIO)):
            return photo(image, readings, in_batch)
        return await _unless_closed(_content(reader(image, in_batch), FileContent(image), in_batch), readings)
    finally:
        del image


async def _content(read: Callable[[int], Any], content: FileContent, in_batch: bool) -> bytes:
    try:
        while content.wanted:
            with FileErrors(in_batch):
                given = await _piece(read, content.wanted)
            try:
                content.add(given)
            finally:
                del given
        return content.whole()
    finally:
        # An error that is kept keeps the frames that hold this.
        del read, content


async def _unless_closed(reading: Coroutine[Any, Any, bytes], readings: Readings) -> bytes:
    """What is read, on a task of its own, which the client's closing cancels."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(reading)
    end = partial(_call_soon, loop, task.cancel)
    readings.ends.add(end)
    try:
        if readings.is_closed:
            task.cancel()
            readings.check(False)
        # It raises what cancels the task of the call, and returns what the other task ends with.
        (given,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(given, asyncio.CancelledError):
            readings.check(True)
        if isinstance(given, BaseException):
            try:
                raise given
            finally:
                del given
        return given
    finally:
        readings.ends.remove(end)
        del reading, task, end


async def _piece(read: Callable[[int], Any], size: int) -> Any:
    """The bytes of a file whose ``read`` is a coroutine, or runs on another thread."""
    given = read(size) if iscoroutinefunction(read) else await _aside(partial(read, size))
    try:
        return await given if hasattr(given, "__await__") else given
    finally:
        del given


_Ready = Union[bytes, str, ImageUrl, RefusedImage]


async def _photos(
    images: AsyncIterator[Union[AsyncImageInput, BatchInput[AsyncImageInput]]], readings: Readings
) -> AsyncIterator[Union[_Ready, BatchInput[_Ready]]]:
    """Reads the files of a batch. One that cannot be read is its own item's error."""
    async for image in images:
        try:
            if isinstance(image, BatchInput):
                ready: Union[_Ready, BatchInput[_Ready]] = BatchInput(
                    await _ready_or_refused(image.input, readings), order_id=image.order_id, reference=image.reference
                )
            else:
                ready = await _ready_or_refused(image, readings)
        finally:
            del image
        yield ready
        del ready


async def _ready_or_refused(image: AsyncImageInput, readings: Readings) -> _Ready:
    try:
        return await ready_image(image, readings, True)
    except CardwireError as error:
        return RefusedImage(error)
    except TypeError as error:
        return RefusedImage(of_wrong_type(error))
    finally:
        del image


#: The time that a cancelled call may take to end, in seconds, before its task goes on without its facts.
_CANCELLED_LIMIT = 1.0


async def ended(call: _native.Call[_Result], calls: Optional[LoopOfCalls] = None) -> _Result:
    """The result of a call, or its error raised; cancelling the task cancels the call.

    The exception that cancelled the task then has the attribute ``call``: the call's own error, which says what was
    sent and billed, or its result where that was there already.
    """
    loop = asyncio.get_running_loop()
    if calls is not None:
        calls.loop = loop
    end = _CallEnd(loop)
    call.start(partial(_call_soon, loop, end.tell))
    try:
        await end.future
    except asyncio.CancelledError as interruption:
        call.cancel()
        await end.within(_CANCELLED_LIMIT)
        if end.is_told:
            answer, error = call.outcome()
            interruption.call = answer if error is None else error  # type: ignore[attr-defined]
        raise
    except BaseException:
        call.cancel()
        raise
    return call.result()


class _CallEnd:
    """The end of a call, which a task waits for and is cancelled at. (`asyncio.shield` would keep the future from being
    cancelled with the task, and takes longer than the rest of the waiting.)"""

    __slots__ = ("_loop", "future", "is_told")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.future: asyncio.Future[None] = loop.create_future()
        self.is_told = False

    def tell(self) -> None:
        self.is_told = True
        if not self.future.done():
            self.future.set_result(None)

    async def within(self, seconds: float) -> None:
        """Waits once more, so long."""
        if not self.is_told:
            self.future = self._loop.create_future()
            await asyncio.wait({self.future}, timeout=seconds)


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[[], object]) -> None:
    """Runs a callback on the loop's thread, unless the loop was closed: then nobody waits."""
    try:
        loop.call_soon_threadsafe(callback)
    except RuntimeError:
        if not loop.is_closed():
            raise


async def _aside(work: Callable[[], _Result]) -> _Result:
    """Does on another thread what would hold up the loop."""
    try:
        done = asyncio.get_running_loop().run_in_executor(None, work)
    finally:
        del work
    return await done


def _source(
    name: str, inputs: Union[Iterable[_Input], AsyncIterable[_Input]], readings: Readings
) -> AsyncIterator[_Input]:
    if isinstance(inputs, AsyncIterable):
        return _until_closed(inputs.__aiter__(), readings)
    iterator = inputs_of(name, inputs)

    async def one_by_one() -> AsyncIterator[_Input]:
        for value in iterator:
            yield value
            del value

    return one_by_one()


class _End(Exception):
    """There are no more inputs. (A task cannot end with `StopAsyncIteration`.)"""


async def _next(source: AsyncIterator[_Input]) -> _Input:
    try:
        return await source.__anext__()
    except StopAsyncIteration:
        raise _End from None


def _taking(
    loop: asyncio.AbstractEventLoop, source: AsyncIterator[_Input], ready: asyncio.Event
) -> asyncio.Task[_Input]:
    """Takes the next input on a task of its own, whose end sets `ready`."""

    def taken(task: asyncio.Task[_Input]) -> None:
        # Looked at: of the error of a task that was given up the loop would complain.
        if not task.cancelled():
            task.exception()
        ready.set()

    task = loop.create_task(_next(source))
    task.add_done_callback(taken)
    return task


async def _until_closed(inputs: AsyncIterator[_Input], readings: Readings) -> AsyncIterator[_Input]:
    """Gives inputs until the client is closed; one that is awaited then is given up."""
    loop = asyncio.get_running_loop()
    # Set when the client is closed, or an input is there.
    ready = asyncio.Event()
    end = partial(_call_soon, loop, ready.set)
    readings.ends.add(end)
    taking: Optional[asyncio.Task[_Input]] = None
    try:
        while True:
            readings.check(False)
            ready.clear()
            taking = _taking(loop, inputs, ready)
            await ready.wait()
            if taking.done():
                task, taking = taking, None
                try:
                    value = task.result()
                except _End:
                    return
                finally:
                    del task
                yield value
                del value
    finally:
        readings.ends.discard(end)
        if taking is not None:
            taking.cancel()


class AsyncBatchResults:
    """The results of a batch, each as its call ends, as those of `BatchResults`.

    It is no generator either: `asyncio.CancelledError` leaves it while results are still to come.
    """

    __slots__ = (
        "__weakref__",
        "_add",
        "_batch",
        "_begin",
        "_client",
        "_failure",
        "_is_busy",
        "_is_closed",
        "_loop",
        "_ready",
        "_source",
        "_taking",
    )

    def __init__(
        self,
        client: BaseClient,
        begin: Callable[[Any], _native.Batch[_Result]],
        add: Callable[[_native.Batch[_Result], Any, Options], object],
        source: AsyncIterator[object],
    ) -> None:
        # Events are told to a client that is there.
        self._client = client
        self._begin: Callable[[Any], _native.Batch[Any]] = begin
        self._add = add
        self._source = source
        self._batch: Optional[_native.Batch[Any]] = None
        self._taking: Optional[asyncio.Task[object]] = None
        self._failure: Optional[BaseException] = None
        self._is_busy = False
        self._is_closed = False

    def __aiter__(self) -> AsyncBatchResults:
        return self

    async def __anext__(self) -> BatchItem[Any]:
        if self._is_busy:
            raise RuntimeError("the batch is being iterated already")
        self._is_busy = True
        try:
            while not self._is_closed:
                if self._batch is None:
                    self._batch = self._begun()
                self._ready.clear()
                item = self._given(self._batch)
                if item is not None:
                    return item
                if not self._is_closed:
                    await self._ready.wait()
            failure, self._failure = self._failure, None
            try:
                raise StopAsyncIteration if failure is None else failure
            finally:
                del failure
        finally:
            self._is_busy = False

    async def aclose(self) -> None:
        """Cancels what is in flight."""
        self._failure = None
        self._close()

    def __del__(self) -> None:
        # The native batch ends its calls by itself. Inputs that are awaited would be for ever.
        if self._taking is not None:
            _call_soon(self._loop, self._taking.cancel)

    def _begun(self) -> _native.Batch[Any]:
        self._loop = asyncio.get_running_loop()
        # Set when a call or an input may have come.
        self._ready = asyncio.Event()
        return self._begin(partial(_call_soon, self._loop, self._ready.set))

    def _given(self, batch: _native.Batch[Any]) -> Optional[BatchItem[Any]]:
        """What the batch gives next, where it has not to be waited for."""
        while True:
            refused = self._put_taken(batch)
            if refused is not None:
                return batch_item(refused)
            step = batch.step(False)
            if step == "give":
                return batch_item(batch.take())
            if step != "ask":
                break
            self._taking = _taking(self._loop, self._source, self._ready)
        if step == "done":
            self._close()
        return None

    def _put_taken(self, batch: _native.Batch[Any]) -> Optional[Ended[Any]]:
        """Puts in the input that was taken, unless taking it raised: then there are no more. The error is raised when
        what is in flight was given: it may be billed."""
        if self._taking is None or not self._taking.done():
            return None
        task, self._taking = self._taking, None
        try:
            value = task.result()
            try:
                return put(self._add, batch, value)
            finally:
                del value
        except _End:
            pass
        except (Exception, asyncio.CancelledError) as error:
            self._failure = error
        finally:
            del task
        batch.end_inputs()
        return None

    def _close(self) -> None:
        self._is_closed = True
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None
        if self._batch is not None:
            self._batch.close()
            self._ready.set()
