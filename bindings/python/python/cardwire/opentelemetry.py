"""Events as spans and metrics of OpenTelemetry, by its API alone: ``pip install cardwire[opentelemetry]``.

Each call is a span of the kind CLIENT, ``cardwire.recognize`` and so on, whose parent is the span that is current where
the call is made, in a thread, a task or a batch. Each request to a vendor is a span ``cardwire.attempt`` in it, and what
else happens, such as a refusal or a token, is an event of the call's span. ``cardwire.call.duration`` is a histogram of
seconds, and ``cardwire.attempts.billed`` counts requests that are billed or may be.

>>> from cardwire import Client
>>> from cardwire.opentelemetry import OpenTelemetry
>>> client = Client({"vendors": [...]}, on_event=OpenTelemetry())            # doctest: +SKIP
"""

from __future__ import annotations

from typing import Dict, Optional, Union

from opentelemetry import metrics, trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from ._events import (
    AttemptEnded,
    AttemptStarted,
    CallEnded,
    CallStarted,
    Event,
    event_name,
)
from ._native import __version__
from ._telemetry import attributes, names

__all__ = ["OpenTelemetry"]


class OpenTelemetry:
    """A listener that makes spans and metrics of the events of a client, or of several, as their ``on_event``.

    ``tracer_provider`` and ``meter_provider`` are the global ones where none is given.
    """

    __slots__ = ("_attempts", "_billed", "_calls", "_duration", "_tracer")

    def __init__(
        self,
        tracer_provider: Optional[trace.TracerProvider] = None,
        meter_provider: Optional[metrics.MeterProvider] = None,
    ) -> None:
        self._tracer = trace.get_tracer(names()["scope"], __version__, tracer_provider)
        meter = metrics.get_meter(names()["scope"], __version__, meter_provider)
        call, billed = (names()["metrics"][metric] for metric in ("call", "billed"))
        self._duration = meter.create_histogram(
            call["name"],
            call["unit"],
            call["description"],
            explicit_bucket_boundaries_advisory=call["bounds"],
        )
        self._billed = meter.create_counter(billed["name"], billed["unit"], billed["description"])
        #: The spans of calls and of their attempts that have not ended, by the numbers of the calls.
        self._calls: Dict[int, Span] = {}
        self._attempts: Dict[int, Span] = {}

    def __call__(self, event: Event) -> None:
        """Takes an event."""
        if isinstance(event, CallStarted):
            name = names()["spans"][event.operation]
            self._calls[event.call] = self._tracer.start_span(
                name, kind=SpanKind.CLIENT, attributes=attributes(event)
            )
        elif isinstance(event, AttemptStarted):
            self._attempt_started(event)
        elif isinstance(event, AttemptEnded):
            self._attempt_ended(event)
        elif isinstance(event, CallEnded):
            self._call_ended(event)
        else:
            call = self._calls.get(event.call)
            # A token that was fetched for others too may come after its call has ended.
            if call is not None:
                call.add_event(names()["events"][event_name(event)], attributes(event))

    def _attempt_started(self, event: AttemptStarted) -> None:
        call = self._calls.get(event.call)
        if call is not None:
            self._attempts[event.call] = self._tracer.start_span(
                names()["attempt_span"],
                trace.set_span_in_context(call),
                SpanKind.CLIENT,
                attributes(event),
            )

    def _attempt_ended(self, event: AttemptEnded) -> None:
        span = self._attempts.pop(event.call, None)
        if span is not None:
            _end(span, event)
        if event.billed != "no":
            self._billed.add(1, attributes(event, names()["metrics"]["billed"]["fields"]))

    def _call_ended(self, event: CallEnded) -> None:
        span = self._calls.pop(event.call, None)
        if span is not None:
            _end(span, event)
        context = None if span is None else trace.set_span_in_context(span)
        kept = attributes(event, names()["metrics"]["call"]["fields"])
        self._duration.record(event.duration.total_seconds(), kept, context)


def _end(span: Span, event: Union[AttemptEnded, CallEnded]) -> None:
    span.set_attributes(attributes(event))
    if event.failure is not None:
        span.set_status(Status(StatusCode.ERROR, event.failure))
    span.end()
