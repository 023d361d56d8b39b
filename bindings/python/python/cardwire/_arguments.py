"""Arguments of callers, in the form that the native module takes."""

from __future__ import annotations

import io
import os
import sys

from ._errors import CardwireError, InvalidArgumentError, InvalidConfigError
from ._native import IMAGE_LIMIT, LONGEST_TIMEOUT, text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from typing import (
        Any,
        Callable,
        Iterable,
        Iterator,
        List,
        Mapping,
        Optional,
        Sequence,
        Tuple,
        TypeVar,
        Union,
    )

    from ._coroutines import Readings
    from ._inputs import BatchInput, ImageInput

    VendorChoice = Union[None, str, Sequence[str]]
    Timeout = Union[None, float, timedelta]
    Moment = Optional[datetime]
    Wanted = Tuple[
        Optional[List[str]], Optional[str], Optional[str], Optional[float], Optional[str], bool
    ]
    Options = Optional[Wanted]
    _Input = TypeVar("_Input")


def optional_text(name: str, value: object) -> Optional[str]:
    """A text that the library can take over, or ``None``."""
    try:
        return None if value is None else text(name, value)
    finally:
        del value


# Tools that report exceptions show what the frames in a traceback hold. Whoever is given a value of
# a person, or a secret, deletes it before an exception leaves.


def config_document(config: Union[str, Mapping[str, Any]]) -> str:
    """The configuration as JSON."""
    try:
        if isinstance(config, str):
            return text("config", config)
        import json
        from collections.abc import Mapping

        if not isinstance(config, Mapping):
            raise TypeError(f"config must be a dict or a JSON text, not {type(config).__name__}")
        return json.dumps(dict(config), allow_nan=False)
    except InvalidArgumentError:
        found = "a text that is not Unicode"
    except (TypeError, ValueError, RecursionError) as error:
        if error.__traceback__ is not None and error.__traceback__.tb_next is None:
            raise
        # The frames of the module json hold the document.
        found = f"values that JSON has not: {error}"
    finally:
        del config
    raise InvalidConfigError(f"configuration: expected a JSON document, found {found}")


def _timeout(timeout: Timeout) -> Optional[float]:
    if timeout is None:
        return None
    given = seconds("timeout", timeout)
    within("timeout", f"0 to {LONGEST_TIMEOUT:.0f} seconds", given, 0, LONGEST_TIMEOUT)
    return float(given)


def seconds(name: str, duration: object) -> float:
    """A duration in seconds, which may be an int that no float holds."""
    if isinstance(duration, (int, float)) and not isinstance(duration, bool):
        return duration
    from datetime import timedelta

    if not isinstance(duration, timedelta):
        raise TypeError(f"{name} must be seconds or a timedelta, not {type(duration).__name__}")
    return duration.total_seconds()


def within(name: str, expected: str, value: float, least: float, most: float) -> None:
    """Refuses a number that is out of range; one may be too large to be written out."""
    if not least <= value <= most:
        found = "less" if value < least else "more" if value > most else "nan"
        raise InvalidArgumentError(f"{name}: expected {expected}, found {found}", name)


def whole(name: str, number: object, least: int) -> int:
    """A whole number that the library can count to."""
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError(f"{name} must be int, not {type(number).__name__}")
    within(name, f"{least} to {sys.maxsize}", number, least, sys.maxsize)
    return number


def options(
    vendor: VendorChoice,
    order_id: Optional[str],
    user_id: Optional[str],
    timeout: Timeout,
    reference: Optional[str] = None,
    skip_answered: bool = False,
) -> Options:
    """The options of one call; ``None`` where it wants nothing."""
    try:
        plain = vendor is None and user_id is None and timeout is None and skip_answered is False
        if plain and order_id is None and reference is None:
            return None
        return (
            _vendors(vendor),
            optional_text("order_id", order_id),
            optional_text("user_id", user_id),
            _timeout(timeout),
            optional_text("reference", reference),
            _skips(skip_answered),
        )
    finally:
        del order_id, reference


def _vendors(vendor: VendorChoice) -> Optional[List[str]]:
    if vendor is None:
        return None
    if isinstance(vendor, str):
        return [text("vendor", vendor)]
    if isinstance(vendor, bytes) or not hasattr(vendor, "__iter__"):
        raise TypeError(f"vendor must be str or a list of str, not {type(vendor).__name__}")
    vendors = [text("vendor", name) for name in vendor]
    if not vendors:
        raise InvalidArgumentError("vendor: expected at least one name, found an empty list", "vendor")
    return vendors


def _skips(skip_answered: bool) -> bool:
    if not isinstance(skip_answered, bool):
        raise TypeError(f"skip_answered must be bool, not {type(skip_answered).__name__}")
    return skip_answered


def inputs_of(name: str, inputs: Iterable[_Input]) -> Iterator[_Input]:
    """The inputs of a batch, one after the other. A text is no list of its characters."""
    try:
        if isinstance(inputs, (str, bytes, bytearray, memoryview)) or not (
            hasattr(inputs, "__iter__") or hasattr(inputs, "__getitem__")
        ):
            raise TypeError(f"{name} must be an iterable of them, not {type(inputs).__name__}")
        return iter(inputs)
    finally:
        del inputs


def options_of_input(given: BatchInput[object]) -> Options:
    """The order number and the reference of one call of a batch."""
    try:
        return options(None, given.order_id, None, None, given.reference)
    finally:
        del given


def order_filter(
    status: Optional[str],
    vendor: Optional[str],
    account: Optional[str],
    reference: Optional[str],
    since: Moment,
    until: Moment,
    before: Optional[str],
    limit: Optional[int],
) -> str:
    """The filter of orders, as JSON."""
    import json

    try:
        return json.dumps(
            {
                "status": optional_text("status", status),
                "vendor": optional_text("vendor", vendor),
                "account": optional_text("account", account),
                "reference": optional_text("reference", reference),
                "since_ms": _unix_ms("since", since),
                "until_ms": _unix_ms("until", until),
                "before": optional_text("before", before),
                "limit": None if limit is None else whole("limit", limit, 0),
            }
        )
    finally:
        del reference, before


def _unix_ms(name: str, moment: Moment) -> Optional[int]:
    return None if moment is None else since_1970(name, moment)


def since_1970(name: str, moment: datetime) -> int:
    """A moment in milliseconds; every order is after 1970."""
    from datetime import datetime

    from ._records import unix_ms

    try:
        if not isinstance(moment, datetime):
            raise TypeError(f"{name} must be datetime, not {type(moment).__name__}")
        return max(0, unix_ms(moment))
    finally:
        del moment


def path_text(name: str, path: Union[str, os.PathLike[str], os.PathLike[bytes]]) -> str:
    """The path of a file."""
    try:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"{name} must be a path, not {type(path).__name__}")
        path = os.fsdecode(path)
        os.fsencode(path)
        return path
    except UnicodeEncodeError:
        pass
    finally:
        del path
    encoding = sys.getfilesystemencoding()
    problem = f"{name}: expected the path of a file in Unicode, found other characters"
    if encoding.lower().replace("-", "") != "utf8":
        # Python under LC_ALL=C with its own remedies turned off.
        problem = (
            f"{name}: expected characters that file names of this process have, which are in {encoding} "
            "unless Python is started with PYTHONUTF8=1 or LC_ALL=C.UTF-8, found others"
        )
    raise InvalidArgumentError(problem, name)


class RefusedImage:
    """An image of a batch that cannot be read, with the reason."""

    __slots__ = ("error",)

    def __init__(self, error: CardwireError) -> None:
        self.error = error


def photo(
    image: Union[ImageInput, RefusedImage],
    readings: Optional[Readings] = None,
    in_batch: bool = False,
) -> Union[bytes, str]:
    """The bytes of a card photo, or the path of its file; not for an `ImageUrl`. A file is read until the client of
    `readings` is closed."""
    try:
        if isinstance(image, bytes):
            return image
        if isinstance(image, bytearray):
            return bytes(image)
        if isinstance(image, memoryview):
            return _memory(image, in_batch)
        if isinstance(image, (str, os.PathLike)):
            return path_text("image", image)
        if isinstance(image, RefusedImage):
            raise image.error
        return _content(reader(image, in_batch), FileContent(image), readings, in_batch)
    finally:
        del image


def _memory(image: memoryview, in_batch: bool) -> bytes:
    try:
        return image.tobytes()
    except ValueError as error:
        # It was released.
        if in_batch:
            raise unreadable(error)
        raise
    finally:
        del image


def _content(
    read: Callable[[int], Any], content: FileContent, readings: Optional[Readings], in_batch: bool
) -> bytes:
    try:
        while content.wanted:
            if readings is not None:
                readings.check(content.is_begun)
            with FileErrors(in_batch):
                given = read(content.wanted)
            try:
                content.add(given)
            finally:
                del given
        return content.whole()
    finally:
        # An error that is kept keeps the frames that hold this.
        del read, content


class FileErrors:
    """What a file raises within it is the error of its item in a batch, and of a single call as it came."""

    __slots__ = ("_in_batch",)

    def __init__(self, in_batch: bool) -> None:
        self._in_batch = in_batch

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: Optional[BaseException], trace: object) -> None:
        if self._in_batch and isinstance(error, Exception):
            raise unreadable(error)


_TEXT_MODE = "image must be opened in binary mode"


def reader(image: object, in_batch: bool = False) -> Callable[[int], Any]:
    """The method of an image that is none of the other kinds."""
    try:
        # Reading it would fail to decode the photo before anybody saw what is wrong.
        if isinstance(image, io.TextIOBase):
            raise TypeError(_TEXT_MODE)
        # It may be a property, which opens the file.
        with FileErrors(in_batch):
            read: Optional[Callable[[int], Any]] = getattr(image, "read", None)
        if callable(read):
            return read
        raise TypeError(
            "image must be bytes, a path, a binary file or an ImageUrl, "
            f"not {type(image).__name__}"
        )
    finally:
        del image


#: What the message of a `TypeError` begins with that is about an input of a batch.
_INPUTS = ("image", "cardholder", "card_number", "name", "id_number", "phone", "order_id", "reference")


def of_wrong_type(error: TypeError) -> CardwireError:
    """The error of an item of a batch whose input is of a wrong type."""
    message = str(error)
    argument = message.split(" ", 1)[0].rstrip(":")
    return InvalidArgumentError(message, argument) if argument in _INPUTS else unreadable(error)


def unreadable(cause: Exception) -> CardwireError:
    """The error of an item of a batch whose ``read`` raised `cause`, which may be of any class: a file may come from a
    network or an archive."""
    if isinstance(cause, CardwireError):
        return cause
    problem = f"image: expected a photo in the file, found {type(cause).__name__}"
    error = InvalidArgumentError(problem, "image")
    error.__cause__ = cause
    return error


class FileContent:
    """The content of an open file: no more of it is read than a photo may have bytes."""

    __slots__ = ("_file", "_pieces", "wanted")

    def __init__(self, file: object) -> None:
        self._file = file
        self._pieces: List[bytes] = []
        #: The number of bytes to read next; 0 at the end of the file.
        self.wanted = IMAGE_LIMIT + 1

    def add(self, given: object) -> None:
        """Checks and keeps what the file gave."""
        try:
            if not isinstance(given, (bytes, bytearray)):
                raise self._wrong(given)
            if not given and not self._pieces:
                raise InvalidArgumentError(self._nothing_left(), "image")
            self._pieces.append(bytes(given))
            self.wanted = max(0, self.wanted - len(given)) if given else 0
            if given and not self.wanted:
                # An error that is kept keeps the frames that hold this.
                self._pieces.clear()
                problem = f"image: expected at most {IMAGE_LIMIT} bytes, found more in the file"
                raise InvalidArgumentError(problem, "image")
        finally:
            del given

    @property
    def is_begun(self) -> bool:
        """True where the file gave something."""
        return bool(self._pieces)

    def whole(self) -> bytes:
        """The bytes of a file that was read to its end."""
        return b"".join(self._pieces)

    def _nothing_left(self) -> str:
        if _position(self._file):
            return "image: expected a file to read from its beginning, found one at its end: call seek(0)"
        return "image: expected a photo in the file, found no bytes"

    def _wrong(self, given: object) -> TypeError:
        try:
            if isinstance(given, str):
                return TypeError(_TEXT_MODE)
            if _was_awaitable(given):
                return TypeError(
                    f"image: read() of {type(self._file).__name__} is awaitable: "
                    "use AsyncClient, or give the bytes that it reads"
                )
            return TypeError(f"image: its read() gave {type(given).__name__}, not bytes")
        finally:
            del given


def _position(file: object) -> int:
    """The position up to which a file was read, where it says."""
    try:
        # An upload has the file that it is in.
        tell = getattr(file, "tell", None) or getattr(getattr(file, "file", None), "tell", None)
        told: object = tell() if callable(tell) else 0
    except Exception:
        return 0
    return told if isinstance(told, int) else int(_was_awaitable(told))


def _was_awaitable(given: Any) -> bool:
    """Tells whether this is something to await, which nobody will."""
    if not hasattr(given, "__await__"):
        return False
    if hasattr(given, "close"):
        given.close()
    return True
