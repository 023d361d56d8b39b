"""Health, and events as records of logging and as OpenTelemetry's spans and metrics."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import subprocess
import sys
import threading
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

import cardwire
from cardwire import AsyncClient, Cardholder, Client
from cardwire.logging import log_event
from cardwire.opentelemetry import OpenTelemetry

from conftest import CARD, ID_NUMBER, NAME, Sandbox

PERSON = (CARD, NAME, ID_NUMBER)


class Collected:
    """The spans and metrics of a client."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        provider = TracerProvider()
        provider.add_span_processor(SimpleSpanProcessor(self.spans))
        self.tracer = provider.get_tracer("the program's own")
        self.reader = InMemoryMetricReader()
        self.on_event = OpenTelemetry(provider, MeterProvider([self.reader]))

    def finished(self, name: str) -> List[ReadableSpan]:
        return [span for span in self.spans.get_finished_spans() if span.name == name]

    def metrics(self) -> Dict[str, List[Tuple[Dict[str, Any], Any]]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        found = data.resource_metrics[0].scope_metrics[0].metrics
        return {
            metric.name: [(dict(point.attributes or {}), point) for point in metric.data.data_points]
            for metric in found
        }

    def everything(self) -> str:
        spans = "".join(span.to_json() for span in self.spans.get_finished_spans())
        data = self.reader.get_metrics_data()
        return spans + ("" if data is None else data.to_json())


@pytest.fixture
def collected() -> Collected:
    return Collected()


def test_health(sandbox: Sandbox, photo: bytes) -> None:
    config = sandbox.config_for("wechat", "tencent_faceid")
    config["vendors"][0]["daily_quota"] = 5
    with Client(config) as client:
        wechat, faceid = client.health()
        assert (wechat.account, wechat.token_since, wechat.in_flight) == ("wechat", None, 0)
        client.recognize(photo, vendor="wechat")
        wechat, faceid = client.health()
        assert (wechat.quota_left, wechat.quota_limit) == (4, 5)
        assert wechat.token_since is not None and wechat.token_until is not None
        assert wechat.token_since <= datetime.now(timezone.utc) < wechat.token_until
        assert wechat.breaker is cardwire.BreakerState.CLOSED and wechat.breaker_until is None
        sandbox.script(
            "tencent_faceid", "verify", code="UnauthorizedOperation.Arrears", execute=False
        )
        with pytest.raises(cardwire.QuotaExhaustedError):
            client.verify(*PERSON)
        (block,) = client.health()[1].blocks
        assert (block.scope, block.size) == (cardwire.BlockScope.ACCOUNT, 1)
        assert block.vendor_code == "UnauthorizedOperation.Arrears"
        assert block.failure is cardwire.Kind.QUOTA_EXHAUSTED
        assert block.until > datetime.now(timezone.utc)
        assert faceid.requests_per_second == 20.0
        assert wechat.to_dict()["account"] == "wechat"
        assert CARD not in repr(client.health())


def test_health_of_an_async_client(sandbox: Sandbox) -> None:
    async def accounts() -> List[str]:
        async with AsyncClient(sandbox.config) as client:
            return [account.account for account in client.health()]

    assert asyncio.run(accounts()) == [entry["vendor"] for entry in sandbox.config["vendors"]]


def test_events_are_records_of_logging(sandbox: Sandbox, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "cardwire"):
        with Client(sandbox.config_for("aliyun_yhkr"), on_event=log_event) as client:
            answer = client.verify(*PERSON)
            sandbox.script("aliyun_yhkr", "verify", code="401", execute=False)
            with pytest.raises(cardwire.CardwireError):
                client.verify("622202", NAME, ID_NUMBER)
    levels = [(record.message.split()[0], record.levelname) for record in caplog.records]
    assert levels == [
        ("call_started", "DEBUG"),
        ("attempt_started", "DEBUG"),
        ("attempt_ended", "DEBUG"),
        ("call_ended", "INFO"),
        ("call_started", "DEBUG"),
        ("request_refused", "WARNING"),
        ("call_ended", "WARNING"),
    ]
    ended = vars(caplog.records[3])
    assert ended["cardwire.order_id"] == answer.order_id
    assert (ended["cardwire.billed"], "error.type" in ended) == ("yes", False)
    assert vars(caplog.records[2])["http.response.status_code"] == 200
    assert vars(caplog.records[6])["error.type"] == "invalid_argument"
    shown = "".join(str(vars(record)) for record in caplog.records)
    assert not any(personal in shown for personal in PERSON)


def test_nothing_is_loaded_that_was_not_asked_for() -> None:
    program = (
        "import sys, cardwire; from cardwire.logging import log_event\n"
        "assert not any(name.startswith('opentelemetry') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_call_is_a_span_with_its_attempts(sandbox: Sandbox, photo: bytes, collected: Collected) -> None:
    sandbox.script("tencent_kyc", "recognize", code="400101", execute=False)
    with Client(sandbox.config_for("tencent_kyc"), on_event=collected.on_event) as client:
        with collected.tracer.start_as_current_span("request") as request:
            card = client.recognize(photo)
    (call,) = collected.finished("cardwire.recognize")
    assert call.kind is SpanKind.CLIENT and call.parent == request.get_span_context()
    assert call.attributes is not None and call.status.status_code is StatusCode.UNSET
    assert call.attributes["cardwire.order_id"] == card.order_id
    assert call.attributes["cardwire.billed"] == "yes"
    assert "cardwire.token_refreshed" in [event.name for event in call.events]
    first, second = collected.finished("cardwire.attempt")
    assert first.parent == second.parent == call.get_span_context()
    assert first.attributes is not None and second.attributes is not None
    assert first.attributes["error.type"] == "unauthenticated"
    assert first.attributes["cardwire.vendor_code"] == "400101"
    assert (first.status.status_code, first.status.description) == (
        StatusCode.ERROR,
        "unauthenticated",
    )
    assert second.attributes["http.response.status_code"] == 200
    assert second.attributes["server.address"] == "127.0.0.1"
    assert second.status.status_code is StatusCode.UNSET

    metrics = collected.metrics()
    ((attributes, duration),) = metrics["cardwire.call.duration"]
    assert attributes == {
        "cardwire.operation": "recognize",
        "cardwire.vendor": "tencent_kyc",
        "cardwire.account": "tencent_kyc",
    }
    assert duration.count == 1 and 0 < duration.sum < 60
    assert (duration.explicit_bounds[0], duration.explicit_bounds[-1]) == (0.005, 10)
    ((attributes, billed),) = metrics["cardwire.attempts.billed"]
    assert (attributes["cardwire.billed"], billed.value) == ("yes", 1)


def test_a_refusal_is_an_event_of_the_span(sandbox: Sandbox, collected: Collected) -> None:
    config = sandbox.config_for("aliyun_yhkr")
    config["vendors"][0]["daily_quota"] = 1
    with Client(config, on_event=collected.on_event) as client:
        client.verify(*PERSON)
        with pytest.raises(cardwire.QuotaExhaustedError):
            client.verify(*PERSON)
    _, refused = collected.finished("cardwire.verify")
    (event,) = refused.events
    assert event.name == "cardwire.request_refused" and event.attributes is not None
    assert event.attributes["cardwire.reason"] == "quota"
    assert refused.status.description == "quota_exhausted"
    points = collected.metrics()["cardwire.call.duration"]
    assert [attributes.get("error.type") for attributes, _ in points] == [None, "quota_exhausted"]


WHO: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")


class Told:
    """The context of each event."""

    def __init__(self) -> None:
        self.seen: List[Tuple[str, str]] = []

    def __call__(self, event: cardwire.Event) -> None:
        self.seen.append((type(event).__name__, WHO.get()))
        # What a listener changes is its own.
        WHO.set("a listener")

    def ended(self) -> List[str]:
        return [who for name, who in self.seen if name == "CallEnded"]


def people(count: int) -> Iterator[Cardholder]:
    return (Cardholder(*PERSON) for _ in range(count))


def test_the_context_of_the_caller_is_that_of_its_events(sandbox: Sandbox) -> None:
    told = Told()
    with Client(sandbox.config_for("aliyun_yhkr"), on_event=told) as client:

        def call(who: str) -> None:
            WHO.set(who)
            client.verify(*PERSON)
            assert WHO.get() == who

        threads = [threading.Thread(target=call, args=(f"thread {n}",)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(told.ended()) == [f"thread {n}" for n in range(8)]
        assert all(who.startswith("thread") for _, who in told.seen)

        told.seen.clear()
        WHO.set("a batch")
        assert len(list(client.verify_many(people(16), concurrency=8))) == 16
        assert told.ended() == ["a batch"] * 16
        WHO.set("nobody")


def test_the_context_of_a_task_is_that_of_its_events(sandbox: Sandbox) -> None:
    told = Told()

    async def call(client: AsyncClient, who: str) -> None:
        WHO.set(who)
        await client.verify(*PERSON)

    async def batch(client: AsyncClient) -> None:
        WHO.set("a batch")
        async for item in client.verify_many(people(4)):
            assert item.error is None

    async def all_at_once() -> None:
        async with AsyncClient(sandbox.config_for("aliyun_yhkr"), on_event=told) as client:
            await asyncio.gather(batch(client), *(call(client, f"task {n}") for n in range(8)))

    asyncio.run(all_at_once())
    assert sorted(told.ended()) == ["a batch"] * 4 + [f"task {n}" for n in range(8)]


def test_the_spans_of_tasks_and_batches_have_their_parents(sandbox: Sandbox, collected: Collected) -> None:
    async def call(client: AsyncClient, number: int) -> None:
        with collected.tracer.start_as_current_span(f"request {number}"):
            await client.verify(*PERSON, order_id=f"request{number}")

    async def all_at_once() -> None:
        config = sandbox.config_for("aliyun_yhkr")
        async with AsyncClient(config, on_event=collected.on_event) as client:
            await asyncio.gather(*(call(client, number) for number in range(4)))

    asyncio.run(all_at_once())
    for number in range(4):
        (request,) = collected.finished(f"request {number}")
        calls = collected.finished("cardwire.verify")
        (own,) = [span for span in calls if span.parent == request.get_span_context()]
        assert (own.attributes or {})["cardwire.order_id"] == f"request{number}"

    collected.spans.clear()
    with Client(sandbox.config_for("aliyun_yhkr"), on_event=collected.on_event) as client:
        with collected.tracer.start_as_current_span("night run") as run:
            assert len(list(client.verify_many(people(3)))) == 3
    parents = [span.parent for span in collected.finished("cardwire.verify")]
    assert parents == [run.get_span_context()] * 3
    assert not any(personal in collected.everything() for personal in PERSON)


def test_a_call_that_is_cancelled_ends_its_spans(sandbox: Sandbox, collected: Collected) -> None:
    sandbox.script("aliyun_yhkr", "verify", fault={"kind": "never_answer"})

    async def cancelled() -> None:
        config = sandbox.config_for("aliyun_yhkr")
        async with AsyncClient(config, on_event=collected.on_event) as client:
            with pytest.raises((asyncio.TimeoutError, TimeoutError)):
                await asyncio.wait_for(client.verify(*PERSON), 0.3)

    asyncio.run(cancelled())
    (call,), (attempt,) = (
        collected.finished(name) for name in ("cardwire.verify", "cardwire.attempt")
    )
    assert call.status.description == attempt.status.description == "cancelled"
    assert (call.attributes or {})["cardwire.sent"] == "unknown"
