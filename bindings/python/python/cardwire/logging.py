"""Events as records of `logging`.

`log_event` writes each event to the logger ``cardwire``. The message is one line, ``name field=value …``, and the fields
stand in the record under their names in OpenTelemetry (``cardwire.order_id``, ``http.response.status_code``), where
formatters and handlers that write ``extra`` find them. Steps of a call have the level DEBUG, ends of calls INFO, and
failures WARNING or ERROR. The record is made in the context (`contextvars`) in which the call was made.

>>> import logging
>>> from cardwire import Client
>>> from cardwire.logging import log_event
>>> logging.basicConfig(level=logging.INFO)                                  # doctest: +SKIP
>>> client = Client({"vendors": [...]}, on_event=log_event)                  # doctest: +SKIP
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from ._telemetry import attributes

if TYPE_CHECKING:
    from ._events import Event

__all__ = ["log_event"]

_LOGGER = logging.getLogger("cardwire")
_LOGGER.addHandler(logging.NullHandler())

_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}


def log_event(event: Event) -> None:
    """Writes an event to the logger ``cardwire``."""
    level = _LEVELS[event.level]
    if _LOGGER.isEnabledFor(level):
        _LOGGER.log(level, "%s", event.text, extra=attributes(event))
