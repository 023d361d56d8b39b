"""What all frozen values share."""

from __future__ import annotations

import dataclasses
import sys
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Dict

if TYPE_CHECKING or sys.version_info >= (3, 10):
    from dataclasses import dataclass
else:

    def dataclass(*, slots, **arguments):
        """CPython 3.9 has no ``slots``."""
        return dataclasses.dataclass(**arguments)


__all__ = ["Fields", "Record", "dataclass", "milliseconds"]

Fields = Dict[str, Any]
"""Values by name, as the native module hands them over."""

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
    """What all frozen values share: a ``repr`` that masks."""

    __slots__ = ()

    def __repr__(self) -> str:
        fields = dataclasses.fields(self)  # type: ignore[arg-type]
        shown = (
            f"{field.name}={_shown(field.name, getattr(self, field.name))}" for field in fields
        )
        return f"{type(self).__name__}({', '.join(shown)})"


def milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
