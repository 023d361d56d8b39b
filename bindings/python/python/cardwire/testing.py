"""What tests of a program need: results and errors of their own making, and clients that answer from a script.

>>> from cardwire import Kind
>>> from cardwire.testing import ScriptedClient, error, recognition, verification
>>> client = ScriptedClient([
...     recognition(card_number="6222020000000000000", billed="yes"),
...     verification("mismatch", reason="cardholder_mismatch"),
...     error("timeout", sent="unknown", billed="unknown"),
... ])
>>> with open("card.jpg", "rb") as photo:                                    # doctest: +SKIP
...     client.recognize(photo).card_number
'6222020000000000000'

A program under test is given a `ScriptedClient` in place of a `Client`. To test against what the vendors answer
and bill, use the sandbox: the package ``cardwire-testing`` has it as a fixture of pytest.
"""

from __future__ import annotations

import functools
import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Deque, Dict, Iterable, List, Mapping, Optional, Tuple, Union, cast

from . import _native
from ._aio import AsyncClient
from ._client import BaseClient, Client
from ._errors import CardwireError, InvalidConfigError, read_error
from ._inputs import ImageUrl
from ._names import Kind, Operation, Outcome, Vendor
from ._records import Record, _json, dataclass
from ._results import CardLookup, Order, Recognition, Verification, read_result

if TYPE_CHECKING:
    from ._providers import CredentialAsk

__all__ = [
    "AsyncScriptedClient",
    "ScriptError",
    "ScriptedCall",
    "ScriptedClient",
    "card_lookup",
    "error",
    "order",
    "recognition",
    "verification",
]

Answer = Union[Recognition, Verification, CardLookup, Order, CardwireError]
"""What a script holds: a result, or the error to raise."""


def recognition(card_number: str, **fields: Any) -> Recognition:
    """A `Recognition` with this number. The other fields, those of its facts among them, are given by name; one that is
    not given has the value that says nothing: ``None``, ``unknown``, ``no``, an empty text or tuple.

    Values of a closed list may be members of their enum or texts.
    """
    return cast(Recognition, _result("recognition", {"card_number": card_number, **fields}))


def verification(outcome: Union[str, Outcome], **fields: Any) -> Verification:
    """A `Verification` with this outcome and fields as `recognition` takes them."""
    return cast(Verification, _result("verification", {"outcome": outcome, **fields}))


def card_lookup(found: bool, **fields: Any) -> CardLookup:
    """A `CardLookup` that found the card or not, and fields as `recognition` takes them."""
    return cast(CardLookup, _result("card_lookup", {"found": found, **fields}))


def order(order_id: str, **fields: Any) -> Order:
    """An `Order` under this number and fields as `recognition` takes them."""
    return cast(Order, _result("order", {"order_id": order_id, **fields}))


def error(kind: Union[str, Kind], message: str = "made by a test", **fields: Any) -> CardwireError:
    """An error of this kind, of its own class, and fields as `recognition` takes them: those of `CardwireError`, with
    ``retry_after`` as a `timedelta`.

    >>> error("rate_limited", vendor="wechat")
    RateLimitedError('rate_limited: made by a test')
    """
    named = Kind(kind).value
    if "retry_after" in fields:
        fields["retry_after_ms"] = fields.pop("retry_after")
    fields.update(kind=named, message=message, text=f"{named}: {message}")
    document, _ = _document("error", fields)
    return read_error(json.dumps(document), None)


def _result(record: str, fields: Mapping[str, Any]) -> Any:
    document, beside = _document(record, fields)
    beside.setdefault("raw", b"{}")
    return read_result(record, json.dumps(document), beside)


def _document(record: str, fields: Mapping[str, Any]) -> Tuple[Dict[str, Any], Dict[str, bytes]]:
    """The JSON of a record as the library gives it, and the bytes beside it."""
    described = {field["name"]: field for field in _contract()["records"][record]}
    document = {name: _absent(field) for name, field in described.items()}
    beside: Dict[str, bytes] = {}
    for name, value in fields.items():
        if name not in described:
            raise TypeError(f"{record} has no field {name!r}")
        field = described[name]
        if value is not None and isinstance(value, bytes) != (field["shape"] in ("photo", "answer")):
            raise TypeError(f"{record}: {name} cannot be {type(value).__name__}")
        if not isinstance(value, bytes):
            value = _json(tuple(cast(List[object], value)) if isinstance(value, list) else value)
        if field["shape"] == "name" and value not in (*field["of"], *[None] * field["optional"]):
            raise ValueError(f"{record}: {name} must be one of {', '.join(field['of'])}")
        if isinstance(value, bytes):
            beside[name] = value
        else:
            document[name] = value
    return document, beside


def _absent(field: Mapping[str, Any]) -> Any:
    """The value of a field of which nothing is known."""
    if field["optional"]:
        return None
    if field["shape"] == "name":
        # As in an error that says nothing: `sent` and `billed` are `no`.
        return _contract()["error"].get(field["name"], "unknown")
    absent: Dict[str, Any] = {"list": [], "number": 0, "fraction": 0.0, "flag": False}
    return absent.get(field["shape"], "")


@functools.lru_cache(maxsize=None)
def _contract() -> Dict[str, Any]:
    return cast(Dict[str, Any], json.loads(_native.contract()))


class ScriptError(AssertionError):
    """A call that the script has no answer for: there is none left, or the next one is the result of another
    operation. It is no `CardwireError`, so that a program that handles those does not hide it."""


@dataclass(frozen=True, slots=True, repr=False)
class ScriptedCall(Record):
    """A call that a client answered from its script. Its ``repr`` masks the values of people."""

    operation: Operation
    """The operation."""
    vendor: Optional[Vendor]
    """The vendor that a client would have asked first."""
    account: Optional[str]
    """The entry's ``name``, or the vendor's name."""
    order_id: Optional[str]
    """The order number: the caller's own, or one made by the library."""
    reference: Optional[str] = None
    """The caller's own name for what was asked."""
    user_id: Optional[str] = None
    """The caller's own name for its user."""
    image: Union[None, bytes, str, ImageUrl] = None
    """The photo, or its path or address."""
    card_number: Optional[str] = None
    """The card number, as it was given."""
    name: Optional[str] = None
    """The cardholder's name, as it was given."""
    id_number: Optional[str] = None
    """The ID number, as it was given."""
    phone: Optional[str] = None
    """The phone number, as it was given."""


class _Stop(Exception):
    """The end of a call that passed every check, before anything is sent."""


def _stop(ask: CredentialAsk) -> str:
    raise _Stop


_PROVIDER = {"provider": "script"}


@functools.lru_cache(maxsize=None)
def _entry(vendor: str) -> str:
    """A vendor's entry with the fewest keys, each of which the library names as missing."""
    entry: Dict[str, Any] = {"vendor": vendor}
    while True:
        try:
            Client({"vendors": [entry]}, providers={"script": _stop}).close()
            return json.dumps(entry)
        except InvalidConfigError as refused:
            where = refused.message.split(": ")[0]
            key = where.rpartition("vendors[0].")[2]
            if not key.isidentifier() or entry.get(key) == "script":
                raise
            # What is no secret is a text, such as an app_id.
            entry[key] = "script" if key in entry else _PROVIDER


def _config(accounts: Optional[Mapping[str, str]]) -> Dict[str, Any]:
    entries = [json.loads(_entry(vendor["vendor"])) for vendor in _contract()["vendors"]]
    for name, vendor in (accounts or {}).items():
        entries.append({**json.loads(_entry(vendor)), "name": name})
    return {"vendors": entries}


_ENDED_HERE = (Kind.CREDENTIALS_UNAVAILABLE, Kind.CARD_NOT_FOUND, Kind.IMAGE_REJECTED)


class _Script:
    """The answers that are left, and the calls that took some."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers: Deque[Answer] = deque(answers)
        self.calls: List[ScriptedCall] = []
        self._lock = threading.Lock()
        for answer in self.answers:
            if not isinstance(answer, (*_OPERATIONS, CardwireError)):
                raise TypeError(f"a script holds results and errors, not {type(answer).__name__}")

    def answer(self, call: Dict[str, Any], end: _End) -> _End:
        """The answer to a call that ended, unless it was refused or cancelled here."""
        result, refused = end
        if refused is not None and (
            refused.kind not in _ENDED_HERE or not (isinstance(refused.__cause__, _Stop) or refused.vendor is Vendor.OFFLINE)
        ):
            return end
        facts = cast(Union[Recognition, CardwireError], result if refused is None else refused).facts
        known: Dict[str, Any] = {"vendor": facts.vendor, "account": facts.account, "order_id": facts.order_id, **call}
        made = ScriptedCall(**known)
        with self._lock:
            asked = f"call {len(self.calls) + 1}, {made.operation},"
            if not self.answers:
                raise ScriptError(f"{asked} has no answer: the script is at its end")
            answer = self.answers[0]
            fitting = _OPERATIONS.get(type(answer), made.operation)
            if fitting is not made.operation:
                raise ScriptError(f"{asked} has no answer: the next one is of {fitting}")
            self.calls.append(made)
            self.answers.popleft()
        return (None, answer) if isinstance(answer, CardwireError) else (answer, None)


_OPERATIONS: Dict[type, Operation] = {
    Recognition: Operation.RECOGNIZE,
    Verification: Operation.VERIFY,
    CardLookup: Operation.LOOKUP_CARD,
    Order: Operation.FETCH_ORDER,
}

_End = Tuple[Optional[Any], Optional[CardwireError]]


class _Call:
    """A native call whose end is that of the script."""

    def __init__(self, script: _Script, native: _native.Call[Any], call: Dict[str, Any]) -> None:
        self._script = script
        self._native = native
        self._call = call
        self._end: Optional[_End] = None

    def start(self, notify: Any) -> None:
        self._native.start(notify)

    def cancel(self) -> None:
        self._native.cancel()

    def outcome(self) -> _End:
        if self._end is None:
            self._end = self._script.answer(self._call, self._native.outcome())
        return self._end

    def run(self) -> Any:
        try:
            end: _End = (self._native.run(), None)
        except CardwireError as refused:
            end = (None, refused)
        return _given(self._script.answer(self._call, end))

    def result(self) -> Any:
        return _given(self.outcome())


def _given(end: _End) -> Any:
    result, failure = end
    if failure is not None:
        raise failure
    return result


class _Batch:
    """A native batch whose items are those of the script."""

    def __init__(self, script: _Script, native: _native.Batch[Any], of_all: Dict[str, Any]) -> None:
        self._script = script
        self._native = native
        self._of_all = of_all
        self._calls: List[Dict[str, Any]] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)

    def recognize(self, photo: Any, options: Any = None) -> None:
        self._native.recognize(photo, options)
        self._note({"image": photo}, options)

    def recognize_url(self, url: str, options: Any = None) -> None:
        self._native.recognize_url(url, options)
        self._note({"image": ImageUrl(url)}, options)

    def verify(self, *cardholder_and_options: Any) -> None:
        self._native.verify(*cardholder_and_options)
        *cardholder, options = cardholder_and_options
        self._note(_cardholder(*cardholder), options)

    def refuse(self) -> Optional[int]:
        self._calls.append({})
        return self._native.refuse()

    def take(self) -> Tuple[int, _End]:
        index, end = self._native.take()
        return index, self._script.answer(self._calls[index], end)

    def _note(self, call: Dict[str, Any], options: Any) -> None:
        self._calls.append({**self._of_all, **call, **_named(options)})


def _cardholder(
    card_number: str, name: str, id_number: Optional[str] = None, phone: Optional[str] = None
) -> Dict[str, Any]:
    return {"card_number": card_number, "name": name, "id_number": id_number, "phone": phone}


def _named(options: Any) -> Dict[str, Any]:
    """What a call's options hold that a record of the call has."""
    if options is None:
        return {}
    _vendors, order_id, user_id, _timeout, reference, _skip_answered = options
    named = {"order_id": order_id, "user_id": user_id, "reference": reference}
    return {name: value for name, value in named.items() if value is not None}


class _Native:
    """The native client of a scripted one: every call runs, and ends before anything is sent."""

    def __init__(self, native: _native.Client, script: _Script) -> None:
        self._native = native
        self._script = script

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)

    def _call(self, native: _native.Call[Any], operation: Operation, options: Any, **call: Any) -> _Call:
        return _Call(self._script, native, {"operation": operation, **call, **_named(options)})

    def recognize(self, photo: Any, options: Any = None) -> _Call:
        return self._call(self._native.recognize(photo, options), Operation.RECOGNIZE, options, image=photo)

    def recognize_url(self, url: str, options: Any = None) -> _Call:
        native = self._native.recognize_url(url, options)
        return self._call(native, Operation.RECOGNIZE, options, image=ImageUrl(url))

    def verify(
        self,
        card_number: str,
        name: str,
        id_number: Optional[str] = None,
        phone: Optional[str] = None,
        options: Any = None,
    ) -> _Call:
        native = self._native.verify(card_number, name, id_number, phone, options)
        return self._call(native, Operation.VERIFY, options, **_cardholder(card_number, name, id_number, phone))

    def lookup_card(self, card_number: str, options: Any = None) -> _Call:
        native = self._native.lookup_card(card_number, options)
        return self._call(native, Operation.LOOKUP_CARD, options, card_number=card_number)

    def fetch_order(self, order_id: str, options: Any = None) -> _Call:
        native = self._native.fetch_order(order_id, options)
        return self._call(native, Operation.FETCH_ORDER, options, order_id=order_id)

    # One at a time, so that the inputs have their answers in their order.
    def recognize_many(self, options: Any, _concurrency: int, notify: Any = None) -> _Batch:
        native = self._native.recognize_many(options, 1, notify)
        return _Batch(self._script, native, {"operation": Operation.RECOGNIZE, **_named(options)})

    def verify_many(self, options: Any, _concurrency: int, notify: Any = None) -> _Batch:
        native = self._native.verify_many(options, 1, notify)
        return _Batch(self._script, native, {"operation": Operation.VERIFY, **_named(options)})


class _Scripted(BaseClient):
    __slots__ = ("_script",)

    def __init__(self, answers: Iterable[Answer], accounts: Optional[Mapping[str, str]] = None) -> None:
        script = self._script = _Script(answers)
        super().__init__(_config(accounts), providers={"script": _stop})
        self._native = cast(Any, _Native(self._native, script))

    @property
    def calls(self) -> Tuple[ScriptedCall, ...]:
        """The calls that were answered, oldest first. One whose arguments were refused is not among them."""
        return tuple(self._script.calls)

    @property
    def remaining(self) -> int:
        """The number of answers that no call has taken yet."""
        return len(self._script.answers)


class ScriptedClient(_Scripted, Client):
    """A `Client` that asks nobody: each call takes the next of ``answers``, results and errors.

    It has an account of every vendor, and one more for each name in ``accounts``, which maps names to vendors. Each
    call is one of a real client, whose provider of credentials ends it when everything else is done: arguments are
    checked, vendors chosen and order numbers made as ever, and what is refused takes no answer. The inputs of a batch
    are asked one at a time, in their order. There is no journal.

    Raises `ScriptError` for a call that the script has no answer for.
    """

    __slots__ = ()


class AsyncScriptedClient(_Scripted, AsyncClient):
    """An `AsyncClient` that asks nobody, as `ScriptedClient`."""

    __slots__ = ()
