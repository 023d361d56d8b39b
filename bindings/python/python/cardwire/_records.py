"""The part that all frozen values share."""

from __future__ import annotations

import base64
import dataclasses
import json
import sys
from datetime import datetime, timedelta, timezone
from enum import Enum
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple, Type, TypeVar, cast

from . import _names

if TYPE_CHECKING or sys.version_info >= (3, 10):
    from dataclasses import dataclass
else:

    def dataclass(*, slots, **arguments):
        """CPython 3.9 has no ``slots``."""
        return dataclasses.dataclass(**arguments)


__all__ = ["JsonRecord", "Record", "dataclass", "milliseconds", "unix_ms"]

_HIDDEN = frozenset(
    ("card_number", "card_name", "name", "id_number", "phone", "description", "url", "input")
)


def _shown(name: str, value: object) -> str:
    if isinstance(value, Enum):
        return f"<{value.value}>"
    if isinstance(value, bytes):
        return f"<{len(value)} bytes>"
    if name in _HIDDEN and value is not None:
        return "'***'"
    return repr(value)


class Record:
    """The part that all frozen values share: a ``repr`` that masks."""

    __slots__ = ()

    def __repr__(self) -> str:
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        shown = (
            f"{field.name}={_shown(field.name, getattr(self, field.name))}" for field in fields
        )
        return f"{type(self).__name__}({', '.join(shown)})"


_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _moment(unix_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=unix_ms)


def unix_ms(moment: datetime) -> int:
    """Returns the first whole millisecond since 1970 that is not before a moment."""
    try:
        moment = moment.astimezone(timezone.utc)
    except (OverflowError, ValueError):
        # The first and the last moments are out of range in another time zone.
        moment = moment.replace(tzinfo=timezone.utc)
    return -((_EPOCH - moment) // timedelta(milliseconds=1))


def milliseconds(duration: timedelta) -> int:
    """Returns the whole milliseconds of a duration."""
    return duration // timedelta(milliseconds=1)


_JSON_NAMES = {
    "failure": "outcome",
    "duration": "milliseconds",
    "created": "created_ms",
    "changed": "changed_ms",
    "reconciled": "reconciled_ms",
    "until": "until_ms",
    "breaker_until": "breaker_until_ms",
    "token_since": "token_since_ms",
    "token_until": "token_until_ms",
}
"""The names in JSON of fields that Python has in a type of its own."""

_Reading = Optional[Callable[[Any], Any]]
_Setter = Callable[[object, object], object]
_Given = TypeVar("_Given", bound="JsonRecord")


class JsonRecord(Record):
    """A frozen value that the library gives as JSON: each field is read as its annotation says."""

    __slots__ = ()

    def to_dict(self) -> Dict[str, Any]:
        """Everything as JSON has it, personal data and photos (as base64) included."""
        document: Dict[str, Any] = {}
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if field.name == "facts":
                document.update(value.to_dict())
            elif field.name == "raw":
                document["raw"] = _answer_json(value)
            elif field.name == "failure" and value is None:
                document["outcome"] = "ok"
            else:
                document[_JSON_NAMES.get(field.name, field.name)] = _json(value)
        return document

    @classmethod
    def _read(cls: Type[_Given], document: Dict[str, Any]) -> _Given:
        """Makes it from a JSON object, in which bytes stand as they are."""
        record = object.__new__(cls)
        for put, name, reading in _readings(cls):
            value = document if name == "facts" else document.get(name)
            put(record, value if reading is None or value is None else reading(value))
        return record


def _json(value: object, keeps_bytes: bool = False) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, JsonRecord):
        return value.to_dict()
    if isinstance(value, tuple):
        return [_json(item) for item in cast(Tuple[object, ...], value)]
    if isinstance(value, bytes) and not keeps_bytes:
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, timedelta):
        return milliseconds(value)
    if isinstance(value, datetime):
        return unix_ms(value)
    return value


def _answer_json(raw: bytes) -> object:
    try:
        return json.loads(raw.decode("utf-8"))
    except ValueError:
        return raw.decode("utf-8", "replace")


_READINGS: Dict[type, List[Tuple[_Setter, str, _Reading]]] = {}


def _readings(cls: type) -> List[Tuple[_Setter, str, _Reading]]:
    """Returns what sets each field of a class, the field's name in JSON, and what makes its value."""
    found = _READINGS.get(cls)
    if found is None:
        fields = dataclasses.fields(cls)
        found = _READINGS[cls] = [
            (
                _setter(cls, field.name),
                _JSON_NAMES.get(field.name, field.name),
                _reading(str(field.type)),
            )
            for field in fields
        ]
    return found


def _setter(cls: type, name: str) -> _Setter:
    """Returns what sets a field of a new record: for its slot in half the time of ``__init__``."""
    setter: Optional[_Setter] = getattr(cls.__dict__.get(name), "__set__", None)
    if setter is not None:
        return setter
    return lambda record, value: object.__setattr__(record, name, value)


def _reading(annotation: str) -> _Reading:
    if annotation.startswith("Optional["):
        return _reading(annotation[len("Optional[") : -len("]")])
    if annotation.startswith("Tuple["):
        each = _reading(annotation[len("Tuple[") : -len(", ...]")])
        return each and (lambda items: tuple([each(item) for item in items]))
    if annotation == "float":
        # JSON has 1 for 1.0.
        return float
    if annotation == "timedelta":
        return lambda given: timedelta(milliseconds=given)
    if annotation == "datetime":
        return _moment
    named = getattr(_names, annotation, None)
    if named is not None:
        # Looking a member up by calling its class takes ten times as long.
        members = {member.value: member for member in named}
        # An attempt's outcome is `ok` where it has no kind of failure.
        return {**members, "ok": None}.__getitem__ if annotation == "Kind" else members.__getitem__
    record = {known.__name__: known for known in JsonRecord.__subclasses__()}.get(annotation)
    return None if record is None else record._read
