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

import copy
import dataclasses
import functools
import json
import threading
from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Callable, Deque, Dict, Iterable, List, Mapping, Optional, Tuple, Union, cast

from . import _native
from ._aio import AsyncClient, ready_image
from ._calls import ask_recognition
from ._client import BaseClient, Client
from ._errors import CardwireError, InvalidConfigError, read_error
from ._inputs import ImageUrl
from ._names import Billed, Kind, Operation, Outcome, Sent, Vendor
from ._records import Record, _json, dataclass
from ._results import Attempt, CallFacts, CardLookup, Order, Recognition, Verification, read_result

if TYPE_CHECKING:
    from ._arguments import Options, RefusedImage
    from ._inputs import AsyncImageInput, ImageInput
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
    """A `Recognition` with this number. The other fields, those of its facts among them, are given by name. ``sent`` and
    ``billed`` are ``yes`` where they are not given, as in a vendor's answer; another field has the value that says
    nothing: ``None``, ``unknown``, an empty text or tuple.

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
    """An `Order` under this number and fields as `recognition` takes them; ``billed`` is ``no`` where it is not given."""
    return cast(Order, _result("order", {"order_id": order_id, "billed": "no", **fields}))


def error(kind: Union[str, Kind], message: str = "made by a test", **fields: Any) -> CardwireError:
    """An error of this kind, of its own class, and fields as `recognition` takes them: those of `CardwireError`, with
    ``retry_after`` as a `timedelta`. ``sent`` and ``billed`` are ``no`` where they are not given.

    >>> error("rate_limited", vendor="wechat")
    RateLimitedError('rate_limited: made by a test')
    """
    named = Kind(kind).value
    if "retry_after" in fields:
        wait = fields["retry_after_ms"] = fields.pop("retry_after")
        if not isinstance(wait, (timedelta, type(None))):
            raise TypeError(f"error: retry_after must be a timedelta, not {type(wait).__name__}")
    fields.update(kind=named, message=message, text=f"{named}: {message}")
    document, _ = _document("error", fields)
    return read_error(json.dumps(document), None)


def _result(record: str, fields: Mapping[str, Any]) -> Any:
    document, beside = _document(record, {"sent": "yes", "billed": "yes", **fields})
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
        value = _json(tuple(cast(List[object], value)) if isinstance(value, list) else value, keeps_bytes=True)
        _check(record, described[name], value)
        if isinstance(value, bytes):
            beside[name] = value
        else:
            document[name] = value
    return document, beside


_SHAPES: Dict[str, Tuple[str, Tuple[type, ...]]] = {
    "text": ("a str", (str,)),
    "name": ("a str", (str,)),
    "number": ("an int", (int,)),
    "fraction": ("a float", (float, int)),
    "flag": ("a bool", (bool,)),
    "list": ("a list or tuple", (list,)),
    "object": ("a record", (dict,)),
    "photo": ("bytes", (bytes,)),
    "answer": ("bytes", (bytes,)),
}
"""What a value of each shape is, and its types in JSON, in which bytes stand as they are."""


def _check(record: str, field: Mapping[str, Any], value: Any) -> None:
    """Raises unless a value has the shape of its field, the values in it too. No value is shown."""
    if value is None and field["optional"]:
        return
    name, shape, of = field["name"], field["shape"], field["of"]
    wanted, types = _SHAPES[shape]
    inner: Any = value
    if not isinstance(value, types) or isinstance(value, bool) != (shape == "flag"):
        raise TypeError(f"{record}: {name} must be {wanted}, not {type(value).__name__}")
    if shape == "name" and value not in of:
        raise ValueError(f"{record}: {name} must be one of {', '.join(of)}")
    if shape == "object":
        _check_all(of, inner)
    elif shape == "list":
        for item in inner:
            if not isinstance(item, dict):
                raise TypeError(f"{record}: {name} must be a list of {of}, not of {type(item).__name__}")
            _check_all(of, cast(Dict[str, Any], item))


def _check_all(record: str, values: Mapping[str, Any]) -> None:
    described = {field["name"]: field for field in _contract()["records"][record]}
    for name in values:
        if name not in described:
            raise TypeError(f"{record} has no field {name!r}")
    for name, field in described.items():
        _check(record, field, values.get(name))


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


class _Turn:
    """A call's turn among the calls of a client: answers go to calls in the order in which they began."""

    def __init__(self, script: _Script) -> None:
        self._script = script
        self._settled = threading.Event()
        #: The values of the call, and its end, once it has ended.
        self.ended: Optional[Tuple[Dict[str, Any], Optional[_End]]] = None
        self.answer: Optional[_End] = None
        #: What is called once there is an answer.
        self.then: Callable[[], object] = int

    def end(self, call: Dict[str, Any], end: _End) -> None:
        """Tells how the call ended. Its answer comes when every call that began before it has ended."""
        self._script.end(self, (call, end))

    def leave(self) -> None:
        """Takes no answer: nothing came of the call."""
        if self.ended is None:
            self._script.end(self, ({}, None))

    def settle(self) -> None:
        self._settled.set()
        self.then()

    def wait(self) -> _End:
        """Waits for the answer."""
        self._settled.wait()
        return cast(_End, self.answer)


class _Script:
    """The answers that are left, and the calls that took some."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.answers: Deque[Answer] = deque(answers)
        self.calls: List[ScriptedCall] = []
        self._turns: Deque[_Turn] = deque()
        # A call that is collected gives up its turn, wherever this thread is.
        self._lock = threading.RLock()
        self._is_moving = False
        for answer in self.answers:
            if not isinstance(answer, (*_OPERATIONS, CardwireError)):
                raise TypeError(f"a script holds results and errors, not {type(answer).__name__}")

    def begin(self) -> _Turn:
        turn = _Turn(self)
        with self._lock:
            self._turns.append(turn)
        return turn

    def end(self, turn: _Turn, ended: Tuple[Dict[str, Any], Optional[_End]]) -> None:
        settled: List[_Turn] = []
        with self._lock:
            turn.ended = ended
            if self._is_moving:
                return
            self._is_moving = True
            while self._turns and self._turns[0].ended is not None:
                first = self._turns.popleft()
                call, end = cast(Tuple[Dict[str, Any], Optional[_End]], first.ended)
                first.answer = None if end is None else self._answer(call, end)
                settled.append(first)
            self._is_moving = False
        for one in settled:
            one.settle()

    def answer(self, call: Dict[str, Any], end: _End) -> _End:
        """The next answer, for an input of a batch that ended."""
        with self._lock:
            answer = self._answer(call, end)
        if isinstance(answer[1], ScriptError):
            raise answer[1]
        return answer

    def _answer(self, call: Dict[str, Any], end: _End) -> _End:
        """The answer to a call that ended, unless it was refused or cancelled here."""
        result, refused = end
        if refused is not None and not _is_over(refused):
            return end
        facts = cast(Union[Recognition, CardwireError], result if refused is None else refused).facts
        known: Dict[str, Any] = {"vendor": facts.vendor, "account": facts.account, "order_id": facts.order_id, **call}
        made = ScriptedCall(**known)
        asked = f"call {len(self.calls) + 1}, {made.operation}, has no answer:"
        if not self.answers:
            return None, ScriptError(f"{asked} the script is at its end")
        answer = self.answers[0]
        fitting = _OPERATIONS.get(type(answer), made.operation)
        if fitting is not made.operation:
            return None, ScriptError(f"{asked} the next one is of {fitting}")
        self.calls.append(made)
        self.answers.popleft()
        filled = _filled(answer, made)
        return (None, filled) if isinstance(filled, CardwireError) else (filled, None)


def _is_over(end: BaseException) -> bool:
    """Whether a call came to the end at which the script answers."""
    if not isinstance(end, CardwireError) or end.kind not in _ENDED_HERE:
        return False
    return isinstance(end.__cause__, _Stop) or end.vendor is Vendor.OFFLINE


def _filled(answer: Answer, call: ScriptedCall) -> Answer:
    """An answer with what it does not say of its call: vendor, account, order number and attempt."""
    given = answer.facts
    vendor = given.vendor or call.vendor
    account = given.account or (call.account if vendor is call.vendor else vendor and vendor.value)
    facts: CallFacts = dataclasses.replace(
        given, vendor=vendor, account=account, order_id=given.order_id or call.order_id
    )
    if vendor is Vendor.OFFLINE:
        facts = dataclasses.replace(facts, sent=Sent.NO, billed=Billed.NO)
    failure = answer.kind if isinstance(answer, CardwireError) else None
    if not facts.attempts and vendor and account and facts.order_id and (failure is None or facts.sent is not Sent.NO):
        code = getattr(answer, "vendor_code", None) or None
        attempt = Attempt(vendor, account, failure, code, facts.order_id, facts.sent, facts.billed, timedelta())
        facts = dataclasses.replace(facts, attempts=(attempt,))
    if not isinstance(answer, CardwireError):
        return cast(Answer, dataclasses.replace(answer, facts=facts))
    # An exception is raised once: what Python keeps in it is of one call.
    error = copy.copy(answer)
    error.facts = facts
    error.__cause__ = answer.__cause__
    return error


_OPERATIONS: Dict[type, Operation] = {
    Recognition: Operation.RECOGNIZE,
    Verification: Operation.VERIFY,
    CardLookup: Operation.LOOKUP_CARD,
    Order: Operation.FETCH_ORDER,
}

_End = Tuple[Optional[Any], Optional[BaseException]]


class _Call:
    """A native call whose end is that of the script."""

    def __init__(self, turn: _Turn, native: _native.Call[Any], call: Dict[str, Any]) -> None:
        self._turn = turn
        self._native = native
        self._call = call

    def __del__(self) -> None:
        self._turn.leave()

    def start(self, notify: Any) -> None:
        self._turn.then = notify
        self._native.start(self._ended)

    def _ended(self) -> None:
        self._turn.end(self._call, self._native.outcome())

    def cancel(self) -> None:
        self._native.cancel()

    def outcome(self) -> _End:
        return self._turn.wait()

    def run(self) -> Any:
        try:
            end: _End = (self._native.run(), None)
        except CardwireError as refused:
            end = (None, refused)
        self._turn.end(self._call, end)
        return self.result()

    def result(self) -> Any:
        return _given(self._turn.wait())


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

    def __init__(self, native: _native.Client, script: _Script, turn: Optional[_Turn] = None) -> None:
        self._native = native
        self._script = script
        self._turn = turn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._native, name)

    def at(self, turn: _Turn) -> _Native:
        """The same for one call, which began already."""
        return _Native(self._native, self._script, turn)

    def _call(self, native: _native.Call[Any], operation: Operation, options: Any, **call: Any) -> _Call:
        turn = self._turn or self._script.begin()
        return _Call(turn, native, {"operation": operation, **call, **_named(options)})

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

    # A photo may have to be read first, and a call begins before that.
    def _recognize(
        self, image: Union[ImageInput, RefusedImage], options: Options, turn: Optional[_Turn] = None
    ) -> _native.Call[Recognition]:
        turn = turn or self._script.begin()
        try:
            native: Any = self._native
            call: _native.Call[Recognition] = ask_recognition(native.at(turn), image, options, self._readings)
            return call
        except BaseException:
            turn.leave()
            raise

    async def _read_and_recognize(self, image: AsyncImageInput, options: Options) -> _native.Call[Recognition]:
        turn = self._script.begin()
        try:
            return self._recognize(await ready_image(image, self._readings), options, turn)
        except BaseException:
            turn.leave()
            raise

    @property
    def calls(self) -> Tuple[ScriptedCall, ...]:
        """The calls that were answered, in the order of their answers. A refused call is not among them."""
        return tuple(self._script.calls)

    @property
    def remaining(self) -> int:
        """The number of answers that no call has taken yet."""
        return len(self._script.answers)


class ScriptedClient(_Scripted, Client):
    """A `Client` that asks nobody: each call takes the next of ``answers``, results and errors. Calls under way at the
    same time take theirs in the order in which they began. Vendor, account, order number and attempt that an answer does
    not say are those of its call.

    It has an account of every vendor, and one more for each name in ``accounts``, which maps names to vendors. Each
    call is one of a real client, whose provider of credentials ends it when everything else is done: arguments are
    checked, vendors chosen and order numbers made as ever, and a refused call consumes no answer. The inputs of a batch
    are asked one at a time, in their order, and take their answers as their results are given. There is no journal.

    Raises `ScriptError` for a call that the script has no answer for.
    """

    __slots__ = ()


class AsyncScriptedClient(_Scripted, AsyncClient):
    """An `AsyncClient` that asks nobody, as `ScriptedClient`."""

    __slots__ = ()
