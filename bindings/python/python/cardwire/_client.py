"""The client that blocks, and what it shares with the one that does not."""

from __future__ import annotations

import asyncio
import atexit
import threading
import weakref
from functools import partial
from queue import SimpleQueue
from typing import (
    Any,
    Callable,
    Dict,
    Generic,
    Iterable,
    Iterator,
    Mapping,
    NoReturn,
    Optional,
    Tuple,
    TypeVar,
    Union,
)

from . import _native
from ._arguments import (
    Options,
    Timeout,
    VendorChoice,
    config_document,
    image_url,
    optional_text,
    options,
    photo,
    text,
)
from ._errors import CardwireError, InvalidArgumentError, error_from_fields
from ._types import (
    BatchItem,
    CardLookup,
    CardNumberCheck,
    Cardholder,
    Event,
    Fields,
    IdNumberCheck,
    ImageCheck,
    ImageFormat,
    ImageInput,
    ImageUrl,
    Order,
    Recognition,
    Vendor,
    Verification,
    _event,
)

# A thread of the library on its way into an interpreter that has ended would end the process badly.
atexit.register(_native.stop_callbacks)

_Result = TypeVar("_Result")
_Input = TypeVar("_Input")
Self = TypeVar("Self", bound="BaseClient")
Notify = Optional[Callable[[], None]]

_SIGNAL_INTERVAL = 0.05
"""How long the main thread waits before it looks for a signal, in seconds."""


class Job(Generic[_Result]):
    """A call that was checked and can be started: what to start, and how to read what it gives."""

    __slots__ = ("_read", "_start")

    def __init__(
        self, start: Callable[[Notify], _native.Call], read: Callable[[Fields], _Result]
    ) -> None:
        self._start = start
        self._read = read

    def start(self, notify: Notify = None) -> _native.Call:
        """Starts it; ``notify`` is called from another thread when it ended."""
        return self._start(notify)

    def result(
        self, outcome: Optional[Tuple[Optional[Fields], Optional[Fields]]]
    ) -> Union[_Result, CardwireError]:
        """The result of an ended call, or its error."""
        assert outcome is not None, "the call has ended"
        fields, error = outcome
        if error is not None:
            return error_from_fields(error)
        assert fields is not None, "there is a result where there is no error"
        return self._read(fields)

    def run(self) -> _Result:
        """Runs it to its end, on this thread."""
        main = threading.current_thread() is threading.main_thread()
        call = self.start()
        try:
            outcome = None
            while outcome is None:
                outcome = call.wait(_SIGNAL_INTERVAL if main else None)
        except BaseException as interruption:
            call.cancel()
            ended = call.wait(1.0)
            if ended is not None and ended[1] is not None:
                interruption.call = error_from_fields(ended[1])  # type: ignore[attr-defined]
            raise
        return returned(self.result(outcome))

    async def run_async(self) -> _Result:
        """Runs it to its end; cancelling the task cancels the call."""
        loop = asyncio.get_running_loop()
        ended = loop.create_future()

        def wake() -> None:
            if not ended.done():
                ended.set_result(None)

        call = self.start(partial(call_soon, loop, wake))
        try:
            await ended
        except BaseException:
            call.cancel()
            raise
        return returned(self.result(call.wait(0.0)))


def call_soon(
    loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *arguments: Any
) -> None:
    """Runs a callback on the loop's thread, unless the loop was closed: then nobody waits."""
    try:
        loop.call_soon_threadsafe(callback, *arguments)
    except RuntimeError:
        if not loop.is_closed():
            raise


def returned(result: Union[_Result, CardwireError]) -> _Result:
    """The result; raises the error where there is none."""
    if isinstance(result, CardwireError):
        raise result
    return result


def batch_item(index: int, result: Union[_Result, CardwireError]) -> BatchItem[_Result]:
    """The result or error of one input."""
    if isinstance(result, CardwireError):
        return BatchItem(index, None, result)
    return BatchItem(index, result, None)


def prepared(
    make: Callable[[_Input], Job[_Result]], value: _Input
) -> Union[Job[_Result], CardwireError]:
    """The call for one input of a batch. A value that is refused is this input's own error."""
    try:
        return make(value)
    except CardwireError as error:
        return error


def checked_concurrency(concurrency: int) -> int:
    """The most calls in flight at once."""
    if not isinstance(concurrency, int) or isinstance(concurrency, bool):
        raise TypeError(f"concurrency must be int, not {type(concurrency).__name__}")
    if concurrency < 1:
        raise InvalidArgumentError("concurrency: it is less than 1", "concurrency")
    return concurrency


class BaseClient:
    """What both clients share."""

    __slots__ = ("__weakref__", "_native", "_on_event")

    def __init__(
        self,
        config: Union[str, Mapping[str, Any]],
        on_event: Optional[Callable[[Event], object]] = None,
    ) -> None:
        if on_event is not None and not callable(on_event):
            raise TypeError(f"on_event must be callable, not {type(on_event).__name__}")
        self._on_event = on_event
        observer = None
        if on_event is not None:
            # A strong reference from the native side would be a cycle that is never collected.
            observer = partial(_tell, weakref.ref(self))
        native, error = _native.Client.open(config_document(config), observer)
        if native is None:
            raise error_from_fields(error or {})
        self._native = native

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be pickled or copied: make one in each process"
        )

    def _recognize(self, image: ImageInput, options: Options) -> Job[Recognition]:
        if isinstance(image, ImageUrl):
            start = partial(self._native.recognize_url, image_url(image), options)
        else:
            start = partial(self._native.recognize, photo(image), options)
        return Job(start, Recognition._from_fields)

    def _verify(self, cardholder: Cardholder, options: Options) -> Job[Verification]:
        if not isinstance(cardholder, Cardholder):
            raise TypeError(f"a cardholder must be Cardholder, not {type(cardholder).__name__}")
        start = partial(
            self._native.verify,
            text("card_number", cardholder.card_number),
            text("name", cardholder.name),
            optional_text("id_number", cardholder.id_number),
            optional_text("phone", cardholder.phone),
            options,
        )
        return Job(start, Verification._from_fields)

    def _lookup_card(self, card_number: str, options: Options) -> Job[CardLookup]:
        start = partial(self._native.lookup_card, text("card_number", card_number), options)
        return Job(start, CardLookup._from_fields)

    def _fetch_order(self, order_id: str, options: Options) -> Job[Order]:
        start = partial(self._native.fetch_order, text("order_id", order_id), options)
        return Job(start, Order._from_fields)


def _tell(client: weakref.ref[BaseClient], fields: Fields) -> None:
    alive = client()
    event = _event(fields)
    if alive is not None and alive._on_event is not None and event is not None:
        alive._on_event(event)


class Client(BaseClient):
    """Recognises card photos and verifies cardholders over the configured vendors.

    ``config`` is the configuration document, as a dict or as JSON text. ``on_event`` is called with
    each `Event`, from one of the library's threads.

    Every method blocks, releases the interpreter lock, and may be called from many threads at once.
    Ctrl-C ends a call: the `KeyboardInterrupt` has an attribute ``call``, a `CancelledError` that
    says what was sent and billed. A client does not survive a fork: in the child its calls raise
    `ClosedError`; make a new one there. Use it as a context manager, or close it.

    Every call takes ``vendor`` (an entry's name, a vendor's name, or several in the order in which
    they are asked) and ``timeout`` (seconds or a `timedelta`, the whole call included).

    >>> from cardwire import Client, Outcome
    >>> with Client({"vendors": [...]}) as client:                          # doctest: +SKIP
    ...     card = client.recognize("card.jpg")
    ...     answer = client.verify(card.card_number, "张三", "110101190001010014")
    ...     print(answer.outcome is Outcome.MATCH, answer.billed)
    """

    __slots__ = ()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the calls under way with `CancelledError`; later calls raise `ClosedError`."""
        self._native.close()

    def recognize(
        self,
        image: ImageInput,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        user_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> Recognition:
        """Reads the card in a photo.

        ``order_id`` (1 to 32 letters and digits, never used before) is the order number; the
        library makes one where none is given. ``user_id`` is the caller's own name for its user,
        for vendors that keep one. Raises `CardwireError`.
        """
        return self._recognize(image, options(vendor, order_id, user_id, timeout)).run()

    def verify(
        self,
        card_number: str,
        name: str,
        id_number: Optional[str] = None,
        phone: Optional[str] = None,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> Verification:
        """Asks whether card, name, ID number and phone number belong together.

        A mismatch is a result, not an exception. Raises `CardwireError`.
        """
        cardholder = Cardholder(card_number, name, id_number, phone)
        return self._verify(cardholder, options(vendor, order_id, timeout=timeout)).run()

    def lookup_card(
        self,
        card_number: str,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> CardLookup:
        """Asks a vendor who issued a card number; vendors bill this. Raises `CardwireError`."""
        return self._lookup_card(card_number, options(vendor, order_id, timeout=timeout)).run()

    def fetch_order(
        self, order_id: str, *, vendor: VendorChoice = None, timeout: Timeout = None
    ) -> Order:
        """Fetches what a vendor keeps under an order number. Raises `CardwireError`."""
        return self._fetch_order(order_id, options(vendor, timeout=timeout)).run()

    def recognize_many(
        self,
        images: Iterable[ImageInput],
        *,
        concurrency: int = 16,
        vendor: VendorChoice = None,
        user_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> Iterator[BatchItem[Recognition]]:
        """Reads many photos, so many at once, and gives the results as they finish.

        Inputs are taken only as calls end, so any number of them needs no more memory than those in
        flight. Leaving the loop early cancels what is in flight. A call's error is in its item.
        """
        chosen = options(vendor, None, user_id, timeout)
        make = partial(self._recognize, options=chosen)
        return _many(make, iter(images), checked_concurrency(concurrency))

    def verify_many(
        self,
        cardholders: Iterable[Cardholder],
        *,
        concurrency: int = 16,
        vendor: VendorChoice = None,
        timeout: Timeout = None,
    ) -> Iterator[BatchItem[Verification]]:
        """Verifies many cardholders, as `recognize_many` reads many photos."""
        make = partial(self._verify, options=options(vendor, timeout=timeout))
        return _many(make, iter(cardholders), checked_concurrency(concurrency))

    async def recognize_async(
        self,
        image: ImageInput,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        user_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> Recognition:
        """`recognize` as a coroutine; cancelling it cancels the call."""
        job = self._recognize(image, options(vendor, order_id, user_id, timeout))
        return await job.run_async()

    async def verify_async(
        self,
        card_number: str,
        name: str,
        id_number: Optional[str] = None,
        phone: Optional[str] = None,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> Verification:
        """`verify` as a coroutine; cancelling it cancels the call."""
        cardholder = Cardholder(card_number, name, id_number, phone)
        return await self._verify(
            cardholder, options(vendor, order_id, timeout=timeout)
        ).run_async()

    async def lookup_card_async(
        self,
        card_number: str,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        timeout: Timeout = None,
    ) -> CardLookup:
        """`lookup_card` as a coroutine; cancelling it cancels the call."""
        job = self._lookup_card(card_number, options(vendor, order_id, timeout=timeout))
        return await job.run_async()

    async def fetch_order_async(
        self, order_id: str, *, vendor: VendorChoice = None, timeout: Timeout = None
    ) -> Order:
        """`fetch_order` as a coroutine; cancelling it cancels the call."""
        return await self._fetch_order(order_id, options(vendor, timeout=timeout)).run_async()


def _many(
    make: Callable[[_Input], Job[_Result]], inputs: Iterator[_Input], concurrency: int
) -> Iterator[BatchItem[_Result]]:
    # The library's own batch would take inputs from a thread that cannot see Ctrl-C.
    finished: SimpleQueue[int] = SimpleQueue()
    in_flight: Dict[int, Tuple[Job[_Result], _native.Call]] = {}
    numbered = enumerate(inputs)
    more = True
    try:
        while True:
            while more and len(in_flight) < concurrency:
                try:
                    index, value = next(numbered)
                except StopIteration:
                    more = False
                    break
                job = prepared(make, value)
                if isinstance(job, CardwireError):
                    yield batch_item(index, job)
                else:
                    in_flight[index] = (job, job.start(partial(finished.put, index)))
            if not in_flight:
                return
            index = finished.get()
            job, call = in_flight.pop(index)
            yield batch_item(index, job.result(call.wait(0.0)))
    finally:
        for _, call in in_flight.values():
            call.cancel()


def check_card_number(card_number: str) -> CardNumberCheck:
    """Checks the form of a card number. Nothing is sent."""
    return CardNumberCheck(*_native.check_card_number(text("card_number", card_number)))


def check_id_number(id_number: str) -> IdNumberCheck:
    """Checks the form of a resident identity number. Nothing is sent."""
    return IdNumberCheck(*_native.check_id_number(text("id_number", id_number)))


def mask_card_number(card_number: str) -> str:
    """The first six and last four digits of a card number with ``*`` between, fit for a screen.

    A text that is no card number is masked altogether.
    """
    masked = _native.mask_card_number(text("card_number", card_number))
    return "***" if masked is None else masked


def check_image(image: ImageInput) -> ImageCheck:
    """Checks an image against each vendor's limits, by its header. Nothing is sent.

    Raises `InvalidArgumentError` for bytes that are no image of a format that any vendor takes.
    """
    if isinstance(image, ImageUrl):
        raise InvalidArgumentError("image: an address cannot be checked without the image", "image")
    data = photo(image)
    if isinstance(data, str):
        try:
            with open(data, "rb") as file:
                data = file.read()
        except (OSError, ValueError):
            raise InvalidArgumentError("image: the file cannot be read", "image") from None
    fields, error = _native.check_image(data)
    if fields is None:
        raise error_from_fields(error or {})
    refusals: Dict[Vendor, Optional[CardwireError]] = {}
    for vendor, refusal in fields["vendors"].items():
        refusals[Vendor(vendor)] = None if refusal is None else error_from_fields(refusal)
    return ImageCheck(
        format=ImageFormat(fields["format"]),
        width=fields["width"],
        height=fields["height"],
        bytes=fields["bytes"],
        vendors=refusals,
    )
