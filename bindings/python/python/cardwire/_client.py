"""The client that blocks, and what it shares with the one that does not."""

from __future__ import annotations

import atexit
import sys
from functools import partial

from . import _coroutines as coroutines
from . import _native
from ._arguments import config_document, inputs_of, options, whole
from ._calls import BatchResults, ask_recognition, ask_verification
from ._coroutines import Readings, load_modules
from ._orders import OrderQueries

# Only what every program needs is loaded with the package: typing, asyncio and the classes of results
# take longer to load than all the rest.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Context
    from typing import (
        Any,
        Callable,
        Iterable,
        Iterator,
        List,
        Mapping,
        NoReturn,
        Optional,
        Tuple,
        TypeVar,
        Union,
    )
    from weakref import ref

    from ._arguments import Options, RefusedImage, Timeout, VendorChoice
    from ._events import Event
    from ._health import AccountHealth
    from ._inputs import AsyncImageInput, BatchInput, Cardholder, ImageInput
    from ._providers import Asker, LoopOfCalls, Provider
    from ._results import BatchItem, CardLookup, Issuer, Order, Recognition, Verification

    Self = TypeVar("Self", bound="BaseClient")

# A thread of the library on its way into an interpreter that has ended would end the process badly.
atexit.register(_native.stop_callbacks)


def load() -> None:
    """Loads what results, errors and events need: a process that has no descriptor left when the
    first of them comes could load nothing."""
    load_modules("contextvars", "threading", "cardwire._events", "cardwire._inputs", "cardwire._results")
    if "asyncio" in sys.modules:
        load_modules("cardwire._aio")
    _native.load()


class BaseClient:
    """The part that both clients share."""

    __slots__ = ("__weakref__", "_calls", "_native", "_on_event", "_readings")

    def __init__(
        self,
        config: Union[str, Mapping[str, Any]],
        on_event: Optional[Callable[[Event], object]] = None,
        providers: Optional[Mapping[str, Provider]] = None,
    ) -> None:
        try:
            if on_event is not None and not callable(on_event):
                raise TypeError(f"on_event must be callable, not {type(on_event).__name__}")
            load()
            self._on_event = on_event
            self._calls: Optional[LoopOfCalls] = None
            self._readings = Readings()
            askers = [] if providers is None else self._askers(providers)
            observer = self._observer()
            self._native = _native.Client.open(config_document(config), observer, askers)
        finally:
            del config

    def _observer(self) -> Optional[Callable[[str, Context], None]]:
        if self._on_event is None:
            return None
        from weakref import ref

        # A strong reference from the native side would be a cycle that is never collected.
        return partial(_tell, ref(self))

    def _askers(self, providers: object) -> List[Tuple[str, Asker]]:
        from ._providers import Asker, LoopOfCalls, checked

        calls = self._calls = LoopOfCalls()
        return [(name, Asker(provider, calls)) for name, provider in checked(providers).items()]

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot be pickled or copied: make one in each process"
        )

    def lookup_issuer(self, card_number: str) -> Optional[Issuer]:
        """The issuer of a card by the first digits of its number, from the table of prefixes that is
        built in or configured as ``issuers``; ``None`` for a prefix that is not known.

        Nothing is sent. Raises `InvalidArgumentError` for what is no card number.
        """
        try:
            return self._native.lookup_issuer(card_number)
        finally:
            del card_number

    def health(self) -> List[AccountHealth]:
        """The state of each account in this process, in the order of the configuration: its breaker, what it is not
        asked for a while, what is left of its quota, and the age of its token.

        Nothing is sent, and nothing is waited for. Raises `ClosedError` in a forked child.
        """
        from ._health import read_health

        return read_health(self._native.health())

    def _orders(self) -> _native.Orders:
        return self._native.orders()

    def _close(self) -> None:
        self._readings.close()
        self._native.close()

    async def _read_and_recognize(self, image: AsyncImageInput, options: Options) -> _native.Call[Recognition]:
        load_modules("cardwire._aio")
        from ._aio import ready_image

        try:
            return self._recognize(await ready_image(image, self._readings), options)
        finally:
            del image, options

    def _recognize(
        self, image: Union[ImageInput, RefusedImage], options: Options
    ) -> _native.Call[Recognition]:
        try:
            call: _native.Call[Recognition] = ask_recognition(self._native, image, options, self._readings)
            return call
        finally:
            del image, options


def _tell(client: ref[BaseClient], text: str, context: Context) -> None:
    from ._events import read_event

    alive = client()
    if alive is not None and alive._on_event is not None:
        # A copy: a context can be entered once at a time, and the calls of a batch have one.
        context.copy().run(alive._on_event, read_event(text))


class Client(BaseClient, OrderQueries):
    """Recognises card photos and verifies cardholders over the configured vendors.

    ``config`` is the configuration document, as a dict or as JSON text. ``on_event`` is called with
    each `Event`, from one of the library's threads, in the context (`contextvars`) in which the call
    was made. ``providers`` maps the names that the document uses as ``{"provider": NAME}`` to functions from a `CredentialAsk` to a str, a mapping by secret, or
    `Credentials`; coroutine functions run on the event loop of the client's latest call, or on one of
    their own. The exception of one is the ``__cause__`` of a `CredentialsUnavailableError`.

    Every method blocks, releases the interpreter lock, and may be called from many threads at once.
    Ctrl-C ends a call: the `KeyboardInterrupt` has an attribute ``call``, a `CancelledError` that
    says what was sent and billed, or the call's own result or error where that was there already. A
    client does not survive a fork: in the child its calls raise `ClosedError`; make a new one there.
    Use it as a context manager, or close it.

    Every call takes ``vendor`` (an entry's name, a vendor's name, or several in the order in which
    they are asked) and ``timeout`` (seconds or a `timedelta`, the whole call included). All but
    `fetch_order` take

    - ``order_id``, the order number: 1 to 32 letters and digits, never used before. The library makes
      one where none is given.
    - ``reference``, the caller's own name for what is asked: 1 to 64 printable characters and no
      personal datum. The journal keeps it and finds orders by it; no vendor is told. Several calls
      may have the same.
    - ``skip_answered``: a call whose reference or order number the journal knows the vendor's answer
      to, a result or a refusal that was not free, raises `AlreadyAnsweredError` and is not sent. While
      another call asks for the same, it raises `AlreadyRunningError`.

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
        """Ends the calls under way with `CancelledError`; later calls raise `ClosedError`. A call that reads a file
        ends when the ``read`` under way returns."""
        self._close()

    def recognize(
        self,
        image: ImageInput,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        reference: Optional[str] = None,
        user_id: Optional[str] = None,
        timeout: Timeout = None,
        skip_answered: bool = False,
    ) -> Recognition:
        """Reads the card in a photo.

        ``user_id`` is the caller's own name for its user, for vendors that keep one. Raises
        `CardwireError`.
        """
        try:
            call = self._recognize(
                image, options(vendor, order_id, user_id, timeout, reference, skip_answered)
            )
        finally:
            del image, order_id, reference
        return call.run()

    def verify(
        self,
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
        """Asks whether card, name, ID number and phone number belong together.

        A mismatch is a result, not an exception. Raises `CardwireError`.
        """
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
        return call.run()

    def lookup_card(
        self,
        card_number: str,
        *,
        vendor: VendorChoice = None,
        order_id: Optional[str] = None,
        reference: Optional[str] = None,
        timeout: Timeout = None,
        skip_answered: bool = False,
    ) -> CardLookup:
        """Asks a vendor who issued a card number; vendors bill this. Raises `CardwireError`."""
        try:
            call = self._native.lookup_card(
                card_number, options(vendor, order_id, None, timeout, reference, skip_answered)
            )
        finally:
            del card_number, order_id, reference
        return call.run()

    def fetch_order(
        self, order_id: str, *, vendor: VendorChoice = None, timeout: Timeout = None
    ) -> Order:
        """Fetches what a vendor keeps under an order number. Raises `CardwireError`."""
        try:
            call = self._native.fetch_order(order_id, options(vendor, None, None, timeout))
        finally:
            del order_id
        return call.run()

    def recognize_many(
        self,
        images: Iterable[Union[ImageInput, BatchInput[ImageInput]]],
        *,
        concurrency: int = _native.DEFAULT_CONCURRENCY,
        vendor: VendorChoice = None,
        user_id: Optional[str] = None,
        timeout: Timeout = None,
        skip_answered: bool = False,
    ) -> Iterator[BatchItem[Recognition]]:
        """Reads many photos, so many at once, and gives the results as they finish.

        Inputs are taken only as calls end, so any number of them needs no more memory than those in
        flight. Leaving the loop early cancels what is in flight. A call's error is in its item, and so is the
        `InvalidArgumentError` of an input of a wrong type.

        When the iterable raises, no more inputs are taken, what is in flight is given, and then the exception is
        raised. Ctrl-C is raised at once: a program that iterates on gets what is in flight, and the inputs that
        are left unless they were being taken just then.

        An input that has an order number or a reference of its own is a `BatchInput`. With
        ``skip_answered`` every input needs one, and a batch that was cut off goes on: the item of a
        photo that was answered has an `AlreadyAnsweredError` with its ``order``, and is not sent again;
        one that another process asks about at this moment has an `AlreadyRunningError`.
        """
        try:
            each = options(vendor, None, user_id, timeout, None, skip_answered)
            taken = inputs_of("images", images)
            batch = self._native.recognize_many(each, whole("concurrency", concurrency, 1))
            ask = partial(ask_recognition, readings=self._readings, in_batch=True)
            return BatchResults(self, batch, ask, taken)
        finally:
            del images

    def verify_many(
        self,
        cardholders: Iterable[Union[Cardholder, BatchInput[Cardholder]]],
        *,
        concurrency: int = _native.DEFAULT_CONCURRENCY,
        vendor: VendorChoice = None,
        timeout: Timeout = None,
        skip_answered: bool = False,
    ) -> Iterator[BatchItem[Verification]]:
        """Verifies many cardholders, as `recognize_many` reads many photos."""
        try:
            each = options(vendor, None, None, timeout, None, skip_answered)
            taken = inputs_of("cardholders", cardholders)
            batch = self._native.verify_many(each, whole("concurrency", concurrency, 1))
            return BatchResults(self, batch, ask_verification, taken)
        finally:
            del cardholders

    recognize_async = coroutines.recognize
    verify_async = coroutines.verify
    lookup_card_async = coroutines.lookup_card
    fetch_order_async = coroutines.fetch_order
