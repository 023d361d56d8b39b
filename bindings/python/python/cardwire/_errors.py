"""The exceptions: one class per kind of error."""

from __future__ import annotations

import builtins
from os import strerror

from ._facts import HasFacts
from ._names import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, ClassVar, Dict, List, Optional, Tuple, Type

    from ._results import Cause, NumberCandidate, OrderRecord

# What stands in the JSON of an error as it is.
_PLAIN = (
    "message",
    "argument",
    "path",
    "os_error",
    "vendor_code",
    "vendor_message",
    "http_status",
    "retryable",
)


class CardwireError(Exception, HasFacts):
    """Why a call gave no result, with everything that is known about it.

    Neither its text nor its ``repr`` holds a card number, an ID number, a name, a secret or a photo.
    Look at `sent` before a call is repeated: anything but ``NO`` may have been executed and billed.
    """

    kind: ClassVar[Kind] = Kind.INTERNAL
    """The kind. Each kind has its own class."""
    code: ClassVar[int] = 0
    """The kind's number, the same in every language."""

    message: str
    """The message, without any personal datum or secret."""
    argument: Optional[str]
    """The argument that was refused, for `InvalidArgumentError`."""
    path: Optional[str]
    """The file that could not be used, where the error is about one; long numbers and what is not
    ASCII are masked. ``__cause__`` is the `OSError`, such as `FileNotFoundError`."""
    os_error: Optional[int]
    """The operating system's number for why it could not be used, as in `errno`."""
    vendor_code: Optional[str]
    """The vendor's own code, as it came."""
    vendor_message: Optional[str]
    """The vendor's own text, cut, with every value of the call masked."""
    http_status: Optional[int]
    """The HTTP status of the answer, where there was one."""
    retryable: bool
    """True where the same call may succeed later and cannot have been billed by this one."""
    cause: Optional[Cause]
    """The step of the network that failed, where one did; ``__cause__`` is then an ``OSError``."""
    order: Optional[OrderRecord]
    """The order that the vendor answered before, for `AlreadyAnsweredError`, or that runs, for
    `AlreadyRunningError`. Its ``sent`` and ``billed`` are those of that order; the error's own are those
    of this call."""
    retry_after: Optional[timedelta]
    """The time to wait before the next try, where it is known."""
    candidates: Tuple[NumberCandidate, ...]
    """The numbers that may stand on the card, the likeliest first, none of them read with confidence: of a
    `CardNotFoundError` of the vendor ``offline``. They are personal data, and in none of the error's
    texts; a pickle of the error holds them."""

    def __init__(self, message: str, argument: Optional[str] = None) -> None:
        # The classes of results take time to make, which a program without them does not spend.
        from ._results import NOTHING_SENT

        super().__init__(message)
        for name in _PLAIN:
            setattr(self, name, None)
        self.message = message
        self.argument = argument
        self.retryable = False
        self.retry_after = None
        self.cause = None
        self.order = None
        self.candidates = ()
        self.facts = NOTHING_SENT
        self._text = f"{self.kind}: {message}"

    def _read(self, document: Dict[str, Any]) -> None:
        from datetime import timedelta

        from ._results import CallFacts, Cause, NumberCandidate, OrderRecord

        for name in _PLAIN:
            setattr(self, name, document[name])
        wait, cause, order = document["retry_after_ms"], document["cause"], document.get("order")
        self.retry_after = None if wait is None else timedelta(milliseconds=wait)
        self.cause = None if cause is None else Cause._read(cause)
        self.order = None if order is None else OrderRecord._read(order)
        self.candidates = tuple(map(NumberCandidate._read, document["candidates"]))
        self.facts = CallFacts._read(document)
        self._text = document["text"]
        self._chain()

    def _chain(self) -> None:
        """Gives the exception the cause that Python's own functions would have raised."""
        if self.cause is not None and self.kind is Kind.TIMEOUT:
            self.__cause__ = builtins.TimeoutError(str(self.cause))
        elif self.cause is not None:
            self.__cause__ = self.cause.as_os_error()
        elif self.os_error is not None:
            # Its class is that of the number, such as FileNotFoundError.
            self.__cause__ = OSError(self.os_error, strerror(self.os_error), self.path)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.message,), self.__dict__.copy()

    def __setstate__(self, state: Optional[Dict[str, Any]]) -> None:
        self.__dict__.update(state or {})
        self._chain()

    def to_dict(self) -> Dict[str, Any]:
        """Everything but the candidates as JSON has it, with ``order`` only where there is one."""
        from ._records import milliseconds

        wait = self.retry_after
        document: Dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        document.update(
            self.facts.to_dict(),
            kind=self.kind.value,
            number=self.code,
            cause=None if self.cause is None else self.cause.to_dict(),
            retry_after_ms=None if wait is None else milliseconds(wait),
        )
        if self.order is not None:
            document["order"] = self.order.to_dict()
        return document


class InvalidArgumentError(CardwireError):
    """The caller's argument: not an image, over a vendor's limit, malformed order number.

    Correct the argument that the message names; nothing was sent.
    """

    kind = Kind.INVALID_ARGUMENT
    code = 1


class InvalidConfigError(CardwireError):
    """The configuration; the message names the key."""

    kind = Kind.INVALID_CONFIG
    code = 2


class UnsupportedError(CardwireError):
    """No configured vendor does this operation or takes this input."""

    kind = Kind.UNSUPPORTED
    code = 3


class UnauthenticatedError(CardwireError):
    """Credentials refused: check them, their account and this machine's clock."""

    kind = Kind.UNAUTHENTICATED
    code = 10


class PermissionDeniedError(CardwireError):
    """Service not activated, address not in the whitelist, account not allowed."""

    kind = Kind.PERMISSION_DENIED
    code = 11


class QuotaExhaustedError(CardwireError):
    """Package used up, daily quota reached, or the account is in arrears."""

    kind = Kind.QUOTA_EXHAUSTED
    code = 12


class RateLimitedError(CardwireError):
    """Too fast: wait as long as ``retry_after`` says."""

    kind = Kind.RATE_LIMITED
    code = 13


class CredentialsUnavailableError(CardwireError):
    """The program's own provider gave no credentials; what it raised is the ``__cause__``."""

    kind = Kind.CREDENTIALS_UNAVAILABLE
    code = 14


class ImageRejectedError(CardwireError):
    """The vendor cannot use this image: take another photo."""

    kind = Kind.IMAGE_REJECTED
    code = 20


class CardNotFoundError(CardwireError):
    """No readable card in the image: take another photo."""

    kind = Kind.CARD_NOT_FOUND
    code = 21


class VendorUnavailableError(CardwireError):
    """The vendor is down or busy: repeat later, look at ``billed`` first."""

    kind = Kind.VENDOR_UNAVAILABLE
    code = 30


class VendorError(CardwireError):
    """A vendor code that is not in its documents, carried as it came."""

    kind = Kind.VENDOR_ERROR
    code = 31


class TimeoutError(CardwireError):
    """The deadline passed: look at ``sent`` before the call is repeated."""

    kind = Kind.TIMEOUT
    code = 32


class NetworkError(CardwireError):
    """No connection, or it broke: look at ``sent`` before the call is repeated."""

    kind = Kind.NETWORK
    code = 33


class ProtocolError(CardwireError):
    """The answer is not what the vendor's document describes."""

    kind = Kind.PROTOCOL
    code = 34


class CancelledError(CardwireError):
    """The call was cancelled; the vendor may have executed it all the same: look at ``sent``."""

    kind = Kind.CANCELLED
    code = 40


class ClosedError(CardwireError):
    """The client was closed, or belongs to the process that this one was forked from."""

    kind = Kind.CLOSED
    code = 41


class AlreadyAnsweredError(CardwireError):
    """The journal knows the vendor's answer, and ``skip_answered`` is set: nothing was sent, and
    ``order`` says under which order number the vendor answered."""

    kind = Kind.ALREADY_ANSWERED
    code = 42


class AlreadyRunningError(CardwireError):
    """Another call asks for the same now, and ``skip_answered`` is set: ``order`` is the order of the
    other call."""

    kind = Kind.ALREADY_RUNNING
    code = 43


class StorageError(CardwireError):
    """Journal or token store failed."""

    kind = Kind.STORAGE
    code = 50


class InternalError(CardwireError):
    """A bug in the library, or a shortage of this machine, which the message names."""

    kind = Kind.INTERNAL
    code = 99


_CLASSES: Dict[Kind, Type[CardwireError]] = {
    cls.kind: cls for cls in CardwireError.__subclasses__()
}


def call_of(error: BaseException) -> Any:
    """The end of the call that an exception interrupted: its error, or its result where there was
    one. ``None`` where the exception interrupted no call.

    Looks at ``error.call``, which a `KeyboardInterrupt` and an `asyncio.CancelledError` have, and along
    ``__cause__`` and ``__context__``, behind which the latter stands after a timeout of asyncio's.
    """
    seen: List[BaseException] = []
    ahead: List[Optional[BaseException]] = [error]
    while ahead:
        one = ahead.pop()
        if one is None or any(one is other for other in seen):
            continue
        seen.append(one)
        call = getattr(one, "call", None)
        if call is not None:
            return call
        ahead += [one.__context__, one.__cause__]
    return None


def read_error(text: str, raised: Optional[BaseException]) -> CardwireError:
    """Makes the exception for the native module's JSON of an error. ``raised`` is what a provider
    raised."""
    import json

    document: Dict[str, Any] = json.loads(text)
    error = _CLASSES[Kind(document["kind"])](document["message"])
    error._read(document)
    if raised is not None:
        error.__cause__ = raised
    return error
