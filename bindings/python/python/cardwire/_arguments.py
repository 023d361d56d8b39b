"""What callers give, in the form that the native module takes."""

from __future__ import annotations

import os

from ._errors import InvalidArgumentError, InvalidConfigError
from ._native import text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from typing import Any, List, Mapping, Optional, Sequence, Tuple, Union

    from ._inputs import ImageInput

    VendorChoice = Union[None, str, Sequence[str]]
    Timeout = Union[None, float, timedelta]
    Moment = Optional[datetime]
    Options = Optional[Tuple[List[str], Optional[str], Optional[str], Optional[float]]]

_LONGEST_TIMEOUT = 24 * 60 * 60.0


def optional_text(name: str, value: object) -> Optional[str]:
    """A text that the library can take over, or ``None``."""
    return None if value is None else text(name, value)


def config_document(config: Union[str, Mapping[str, Any]]) -> str:
    """The configuration as JSON."""
    if isinstance(config, str):
        try:
            return text("config", config)
        except InvalidArgumentError:
            raise InvalidConfigError("configuration: it is not Unicode text") from None
    import json
    from collections.abc import Mapping

    if isinstance(config, Mapping):
        return json.dumps(dict(config))
    raise TypeError(f"config must be a dict or a JSON text, not {type(config).__name__}")


def _seconds(timeout: Timeout) -> Optional[float]:
    if timeout is None:
        return None
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool):
        seconds = float(timeout)
    else:
        from datetime import timedelta

        if not isinstance(timeout, timedelta):
            raise TypeError(f"timeout must be seconds or a timedelta, not {type(timeout).__name__}")
        seconds = timeout.total_seconds()
    if not 0 <= seconds <= _LONGEST_TIMEOUT:
        raise InvalidArgumentError("timeout: it is not from 0 to 86400 seconds", "timeout")
    return seconds


def options(
    vendor: VendorChoice, order_id: Optional[str], user_id: Optional[str], timeout: Timeout
) -> Options:
    """The options of one call; ``None`` where it wants nothing."""
    if vendor is None and order_id is None and user_id is None and timeout is None:
        return None
    if vendor is None:
        vendors = []
    elif isinstance(vendor, str):
        vendors = [text("vendor", vendor)]
    else:
        vendors = [text("vendor", name) for name in vendor]
        if not vendors:
            raise InvalidArgumentError("vendor: it names no vendor", "vendor")
    return (
        vendors,
        optional_text("order_id", order_id),
        optional_text("user_id", user_id),
        _seconds(timeout),
    )


def order_filter(
    status: Optional[str],
    vendor: Optional[str],
    account: Optional[str],
    since: Moment,
    until: Moment,
    limit: Optional[int],
) -> str:
    """Which orders are wanted, as JSON."""
    if limit is not None:
        if not isinstance(limit, int) or isinstance(limit, bool):
            raise TypeError(f"limit must be int, not {type(limit).__name__}")
        if limit < 0:
            raise InvalidArgumentError("limit: it is less than 0", "limit")
    import json

    return json.dumps(
        {
            "status": optional_text("status", status),
            "vendor": optional_text("vendor", vendor),
            "account": optional_text("account", account),
            "since_ms": _unix_ms("since", since),
            "until_ms": _unix_ms("until", until),
            "limit": limit,
        }
    )


def _unix_ms(name: str, moment: Moment) -> Optional[int]:
    if moment is None:
        return None
    from datetime import datetime

    if not isinstance(moment, datetime):
        raise TypeError(f"{name} must be datetime, not {type(moment).__name__}")
    from ._results import unix_ms

    return max(0, unix_ms(moment))


def path_text(name: str, path: Union[str, os.PathLike[str], os.PathLike[bytes]]) -> str:
    """The path of a file."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"{name} must be a path, not {type(path).__name__}")
    decoded = os.fsdecode(path)
    try:
        os.fsencode(decoded)
    except UnicodeEncodeError:
        raise InvalidArgumentError(f"{name}: the path is not Unicode text", name) from None
    return decoded


def photo(image: ImageInput) -> Union[bytes, str]:
    """The bytes of a card photo, or the path of its file; not for an `ImageUrl`."""
    if isinstance(image, bytes):
        return image
    if isinstance(image, bytearray):
        return bytes(image)
    if isinstance(image, memoryview):
        return image.tobytes()
    if isinstance(image, (str, os.PathLike)):
        path = path_text("image", image)
        if path.startswith(("http://", "https://")):
            problem = "image: it is an address, not a path: give ImageUrl(address)"
            raise InvalidArgumentError(problem, "image")
        return path
    read = getattr(image, "read", None)
    if not callable(read):
        raise TypeError(
            f"image must be bytes, a path, a binary file or an ImageUrl, not {type(image).__name__}"
        )
    content = read()
    if isinstance(content, bytes):
        return content
    if isinstance(content, bytearray):
        return bytes(content)
    raise TypeError("image must be opened in binary mode")
