"""The names that events have as telemetry, which the library itself has."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Sequence, Union

from . import _native

if TYPE_CHECKING:
    from ._events import Event

Attributes = Dict[str, Union[str, int]]


@lru_cache(maxsize=None)
def names() -> Dict[str, Any]:
    """The names of spans, attributes and metrics."""
    told: Dict[str, Any] = json.loads(_native.contract())["telemetry"]
    return told


def attributes(event: Event, fields: Optional[Sequence[str]] = None) -> Attributes:
    """The attributes of an event, or those of these fields: what is there, and an outcome where it is a failure."""
    attribute: Mapping[str, str] = names()["attributes"]
    told = event.to_dict()
    wanted = attribute if fields is None else fields
    return {
        attribute[field]: told[field]
        for field in wanted
        if told.get(field) is not None and (field, told[field]) != ("outcome", "ok")
    }
