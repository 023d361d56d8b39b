"""The exceptions: one class per kind of error."""

from __future__ import annotations

import builtins
from os import strerror

from ._names import Billed, Kind, Sent, Vendor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import timedelta
    from typing import Any, ClassVar, Dict, List, Optional, Tuple, Type

    from ._readers import GivenFacts
    from ._results import Attempt, OrderRecord

_NOTHING_SENT: GivenFacts = (None, None, None, None, None, None, "no", "no", ())


class Cause:
    """The step of the network at which a request failed.

    It holds no secret and no personal datum: of an address only its host and port.
    """

    __slots__ = ("host", "os_error", "port", "reason", "step")

    step: str
    """``resolve``, ``connect``, ``proxy``, ``tls``, ``send`` or ``receive``."""
    host: str
    """The vendor's, or the proxy's, as the configuration names it."""
    port: int
    """Its port."""
    reason: str
    """In English: the operating system's, TLS's, or the proxy's status."""
    os_error: Optional[int]
    """The operating system's number for it, an ``errno``."""

    def __init__(
        self, step: str, host: str, port: int, reason: str, os_error: Optional[int] = None
    ) -> None:
        self.step = step
        self.host = host
        self.port = port
        self.reason = reason
        self.os_error = os_error

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.step} {host}:{self.port}: {self.reason}"

    def __repr__(self) -> str:
        return f"Cause({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Cause):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash((self.step, self.host, self.port, self.reason, self.os_error))

    def to_dict(self) -> Dict[str, Any]:
        """Everything as JSON has it."""
        return {
            "step": self.step,
            "host": self.host,
            "port": self.port,
            "reason": self.reason,
            "os_error": self.os_error,
        }

    def as_os_error(self) -> OSError:
        """The exception that Python's own network modules raise at such a step."""
        text = str(self)
        if self.step == "resolve":
            import socket

            return socket.gaierror(socket.EAI_NONAME, text)
        if self.os_error is not None:
            # Of the class for the number, such as ConnectionRefusedError.
            return OSError(self.os_error, text)
        if self.step == "tls":
            import ssl

            return ssl.SSLError(1, text)
        if self.step == "connect":
            return builtins.TimeoutError(text)
        return ConnectionError(text)


class CardwireError(Exception):
    """Why a call gave no result, with everything that is known about it.

    Neither its text nor its ``repr`` holds a card number, an ID number, a name, a secret or a photo.
    Look at `sent` before a call is repeated: anything but ``NO`` may have been executed and billed.
    """

    kind: ClassVar[Kind] = Kind.INTERNAL
    """The kind. Each kind has its own class."""
    code: ClassVar[int] = 0
    """The kind's number, the same in every language."""

    message: str
    """What went wrong."""
    argument: Optional[str]
    """The argument that was refused, for `InvalidArgumentError`."""
    path: Optional[str]
    """The file that could not be used, where the error is about one; long numbers and what is not
    ASCII are masked. ``__cause__`` is the `OSError`, such as `FileNotFoundError`."""
    os_error: Optional[int]
    """The operating system's number for why it could not be used, as in `errno`."""
    vendor: Optional[Vendor]
    """The vendor that was asked; ``None`` when none was chosen."""
    account: Optional[str]
    """The entry's ``name`` in the configuration, or the vendor's name."""
    vendor_code: Optional[str]
    """The vendor's own code, as it came."""
    vendor_message: Optional[str]
    """The vendor's own text, cut, with every value of the call masked."""
    http_status: Optional[int]
    """The HTTP status of the answer, where there was one."""
    order_id: Optional[str]
    """The order number."""
    request_id: Optional[str]
    """The vendor's number for the request."""
    gateway_request_id: Optional[str]
    """The number that the gateway before the vendor gave the request (Aliyun Cloud Market)."""
    transaction_time: Optional[str]
    """When the vendor says that it answered, as it writes it."""
    retryable: bool
    """Whether the same call may succeed later and cannot have been billed by this one."""
    cause: Optional[Cause]
    """The step of the network that failed, where one did; ``__cause__`` is then an ``OSError``."""
    order: Optional[OrderRecord]
    """The order that the vendor answered before, for `AlreadyAnsweredError`. Its ``sent`` and
    ``billed`` are those of that order; the error's own are those of this call."""
    retry_after: Optional[timedelta]
    """How long to wait before the next try, where it is known."""
    sent: Sent
    """Whether a complete request reached the vendor."""
    billed: Billed
    """Whether the vendor bills the call."""
    attempts: Tuple[Attempt, ...]
    """Each attempt, oldest first."""

    def __init__(self, message: str, argument: Optional[str] = None) -> None:
        super().__init__(message)
        self._fill({"message": message, "argument": argument, "facts": _NOTHING_SENT})

    def _fill(self, fields: Dict[str, Any]) -> None:
        self.message = fields["message"]
        self._text: str = fields.get("text", f"{self.kind}: {self.message}")
        self.argument = fields.get("argument")
        self.path = fields.get("path")
        self.os_error = fields.get("os_error")
        self.vendor_code = fields.get("vendor_code")
        self.vendor_message = fields.get("vendor_message")
        self.http_status = fields.get("http_status")
        self.retryable = fields.get("retryable", False)
        self.retry_after = fields.get("retry_after")
        order = fields.get("order")
        self.order = None if order is None else _record(order)
        cause = fields.get("cause")
        self.cause = None if cause is None else Cause(*cause)
        if self.cause is not None:
            self.__cause__ = self.cause.as_os_error()
        # The classes of results take time to make, which a program without them does not spend.
        from ._readers import read_facts

        (
            self.vendor,
            self.account,
            self.order_id,
            self.request_id,
            self.gateway_request_id,
            self.transaction_time,
            self.sent,
            self.billed,
            self.attempts,
        ) = read_facts(fields["facts"])

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def __reduce__(self) -> Tuple[Any, ...]:
        return type(self), (self.message,), self.__dict__.copy()

    def __setstate__(self, state: Optional[Dict[str, Any]]) -> None:
        self.__dict__.update(state or {})
        if self.cause is not None:
            self.__cause__ = self.cause.as_os_error()

    def to_dict(self) -> Dict[str, Any]:
        """Everything as JSON has it, with ``order`` only where there is one."""
        from ._records import milliseconds

        wait = self.retry_after
        document = {
            "kind": self.kind.value,
            "number": self.code,
            "message": self.message,
            "argument": self.argument,
            "path": self.path,
            "os_error": self.os_error,
            "vendor": None if self.vendor is None else self.vendor.value,
            "account": self.account,
            "vendor_code": self.vendor_code,
            "vendor_message": self.vendor_message,
            "http_status": self.http_status,
            "order_id": self.order_id,
            "request_id": self.request_id,
            "gateway_request_id": self.gateway_request_id,
            "transaction_time": self.transaction_time,
            "retryable": self.retryable,
            "cause": None if self.cause is None else self.cause.to_dict(),
            "retry_after_ms": None if wait is None else milliseconds(wait),
            "sent": self.sent.value,
            "billed": self.billed.value,
            "attempts": [attempt.to_dict() for attempt in self.attempts],
        }
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


class StorageError(CardwireError):
    """Journal or token store failed."""

    kind = Kind.STORAGE
    code = 50


class InternalError(CardwireError):
    """A bug in the library: report it; the call may have been executed."""

    kind = Kind.INTERNAL
    code = 99


_CLASSES: Dict[Kind, Type[CardwireError]] = {
    cls.kind: cls for cls in CardwireError.__subclasses__()
}


def call_of(error: BaseException) -> Any:
    """What became of the call that an exception interrupted: its error, or its result where there was
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


def _record(document: str) -> OrderRecord:
    import json

    from ._results import OrderRecord

    return OrderRecord._from_document(json.loads(document))


def error_from_fields(fields: Dict[str, Any]) -> CardwireError:
    """The exception for an error of the native module."""
    error = _CLASSES[Kind(fields["kind"])](fields["message"])
    error._fill(fields)
    if error.os_error is not None:
        # Its class is that of the number, such as FileNotFoundError.
        reason = OSError(error.os_error, strerror(error.os_error), error.path)
        error.__cause__ = reason
    raised = fields.get("provider_exception")
    if raised is not None:
        error.__cause__ = raised
    return error
