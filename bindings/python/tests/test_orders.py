"""The journal: what a client writes there, and how it is read and settled, with and without one."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import json
import os
import pickle
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Callable, Iterator, List

import cardwire
import pytest
from cardwire import AsyncClient, Client, Journal, OrderRecord, OrderStatus, OrderWritten, Sent

from conftest import CARD, NAME, Sandbox, run_python


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "orders.journal"


@pytest.fixture
def journaled(sandbox: Sandbox, file: Path) -> Iterator[Client]:
    with Client({**sandbox.config, "journal": str(file)}) as client:
        yield client


def lose(sandbox: Sandbox, client: Client, order_id: str) -> None:
    """Makes an order of which nobody knows what became."""
    sandbox.script("tencent_faceid", "any", times=1, fault={"kind": "close_after_read"})
    with pytest.raises(cardwire.NetworkError) as caught:
        client.verify(CARD, NAME, vendor="tencent_faceid", order_id=order_id)
    assert caught.value.sent is Sent.UNKNOWN


def test_an_answered_order(journaled: Client) -> None:
    before = datetime.now(timezone.utc) - timedelta(seconds=1)
    answer = journaled.verify(CARD, NAME, vendor="tencent_faceid", order_id="pyorder1")
    record = journaled.find_order("pyorder1")
    assert isinstance(record, OrderRecord)
    assert (record.order_id, record.vendor, record.account, record.operation) == (
        "pyorder1",
        cardwire.Vendor.TENCENT_FACEID,
        "tencent_faceid",
        cardwire.Operation.VERIFY,
    )
    assert (record.status, record.sends, record.outcome, record.late) == (
        OrderStatus.ANSWERED,
        1,
        "ok",
        False,
    )
    assert (record.sent, record.billed) == (answer.sent, answer.billed)
    assert (record.request_id, record.http_status) == (answer.request_id, 200)
    assert record.reference is None
    assert before < record.created <= record.changed < before + timedelta(minutes=5)
    assert (record.reconciled, record.note) == (None, None)
    assert journaled.find_order("none") is None
    assert journaled.unknown_orders() == []
    assert journaled.orders() == [record]
    document = record.to_dict()
    assert timedelta(milliseconds=document["created_ms"]) + datetime(
        1970, 1, 1, tzinfo=timezone.utc
    ) == (record.created)
    assert document["status"] == "answered" and document["reconciled_ms"] is None
    assert pickle.loads(pickle.dumps(record)) == copy.copy(record) == record
    with pytest.raises(dataclasses.FrozenInstanceError):
        record.note = "x"  # type: ignore[misc]


def test_orders_are_filtered(journaled: Client, photo: bytes) -> None:
    journaled.verify(CARD, NAME, vendor="tencent_faceid", order_id="pyfilter1")
    journaled.recognize(photo, vendor="wechat", order_id="pyfilter2")
    first = journaled.find_order("pyfilter1")
    assert first is not None

    def listed(**wanted: Any) -> List[str]:
        return sorted(record.order_id for record in journaled.orders(**wanted))

    both = ["pyfilter1", "pyfilter2"]
    assert listed() == listed(status="answered", since=first.created) == both
    assert listed(vendor=cardwire.Vendor.WECHAT) == listed(account="wechat") == ["pyfilter2"]
    assert len(listed(limit=1)) == 1 and listed(limit=0) == [] and listed(limit=sys.maxsize) == both
    assert listed(before="pyfilter2") == ["pyfilter1"] and listed(before="pyfilter1") == []
    assert listed(reference="nothing") == []
    assert listed(status=OrderStatus.UNKNOWN) == listed(until=first.created) == []
    local = (first.created + timedelta(days=1)).astimezone()
    assert listed(until=local) == both and listed(since=local.replace(tzinfo=None)) == []
    assert listed(since=datetime(1960, 1, 1, tzinfo=timezone.utc)) == both
    assert listed(since=datetime.min, until=datetime.max) == both
    for refused in ({"status": "lost"}, {"vendor": "nobody"}, {"account": "\ud800"}):
        with pytest.raises(cardwire.InvalidArgumentError):
            journaled.orders(**refused)
    for limit in (-1, 10**30, 10**5000):
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            journaled.orders(limit=limit)
        assert caught.value.argument == "limit"
    for wrong in ({"status": 1}, {"limit": "1"}, {"limit": True}, {"since": 5}, {"until": "now"}):
        with pytest.raises(TypeError):
            journaled.orders(**wrong)  # type: ignore[arg-type]


def test_an_unknown_order_is_settled(sandbox: Sandbox, journaled: Client, file: Path) -> None:
    lose(sandbox, journaled, "pyunknown1")
    with Journal(file) as journal:
        (record,) = journal.unknown_orders()
        assert (record.order_id, record.status) == ("pyunknown1", OrderStatus.UNKNOWN)
        journal.reconcile_order("pyunknown1", note="not billed")
        assert journal.unknown_orders() == []
        settled = journal.find_order("pyunknown1")
        assert settled is not None and settled.reconciled is not None
        assert settled.reconciled >= record.created and settled.note == "not billed"
        with pytest.raises(cardwire.InvalidArgumentError) as caught:
            journal.reconcile_order("none", note="x")
        assert caught.value.argument == "order_id"
    with Client({**sandbox.config, "journal": str(file)}) as client:
        assert client.orders() == [settled]
        client.reconcile_order("pyunknown1", "again")


def test_a_journal_that_cannot_be_used(
    sandbox: Sandbox, client: Client, tmp_path: Path, file: Path
) -> None:
    with pytest.raises(cardwire.InvalidConfigError, match="journal"):
        client.orders()
    with pytest.raises(cardwire.StorageError, match="expected a plain file") as raised:
        Journal(tmp_path)
    assert raised.value.path == str(tmp_path) and raised.value.__cause__ is None
    missing = tmp_path / "missing" / "file"
    with pytest.raises(cardwire.StorageError, match="No such file or directory") as raised:
        Journal(missing)
    assert raised.value.path == str(missing)
    assert isinstance(raised.value.__cause__, FileNotFoundError)
    broken = tmp_path / "broken"
    broken.write_bytes(b"x" * 5000)
    with pytest.raises(cardwire.StorageError):
        Journal(str(broken))
    for wrong in (None, 5):
        with pytest.raises(TypeError):
            Journal(wrong)  # type: ignore[arg-type]
    journal = Journal(file)
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="open it in each process"):
            copied(journal)
    journal.close()
    journal.close()
    with pytest.raises(cardwire.ClosedError):
        journal.orders()
    shut = Client({**sandbox.config, "journal": str(file)})
    shut.close()
    asks: List[Callable[[], object]] = [
        shut.orders,
        shut.unknown_orders,
        lambda: shut.find_order("none"),
        lambda: shut.reconcile_order("none", "x"),
    ]
    for ask in asks:
        with pytest.raises(cardwire.ClosedError):
            ask()
    with pytest.raises(TypeError):
        Journal(file).find_order(5)  # type: ignore[arg-type]


def test_the_client_for_asyncio_reads_them_too(sandbox: Sandbox, file: Path) -> None:
    async def read() -> None:
        async with AsyncClient({**sandbox.config, "journal": str(file)}) as client:
            await client.verify(CARD, NAME, vendor="tencent_faceid", order_id="pyasync1")
            record = await client.find_order("pyasync1")
            assert record is not None and await client.find_order("none") is None
            assert await client.orders(status="answered") == [record]
            assert await client.unknown_orders() == []
            await client.reconcile_order("pyasync1", note="seen")
            assert await client.export_orders(file.with_name("lines")) == 1
            assert await client.prune_orders(datetime(2020, 1, 1, tzinfo=timezone.utc)) == 0
            assert (await client.orders())[0].note == "seen"
            with pytest.raises(cardwire.InvalidArgumentError):
                await client.reconcile_order("none", note="x")

    asyncio.run(read())


def test_orders_are_exported_and_pruned(journaled: Client, file: Path) -> None:
    for order_id in ("pyexport1", "pyexport2"):
        journaled.verify(CARD, NAME, vendor="tencent_faceid", order_id=order_id)
    lines, one = file.with_name("lines"), file.with_name("one")
    assert journaled.export_orders(lines) == 2
    written = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    assert written == [record.to_dict() for record in journaled.orders()]
    with pytest.raises(cardwire.InvalidArgumentError) as raised:
        journaled.export_orders(lines)
    assert (raised.value.argument, raised.value.path) == ("path", str(lines))
    assert isinstance(raised.value.__cause__, FileExistsError)
    long_ago = datetime.now(timezone.utc) - timedelta(hours=25)
    with Journal(file) as journal:
        assert journal.export_orders(str(one), before="pyexport2") == 1
        assert json.loads(one.read_text("utf-8"))["order_id"] == "pyexport1"
        assert journal.prune_orders(long_ago) == journaled.prune_orders(long_ago) == 0
        for recent in (timedelta(0), timedelta(hours=23)):
            with pytest.raises(cardwire.InvalidArgumentError):
                journal.prune_orders(datetime.now(timezone.utc) - recent)
        for wrong in (None, 5, "now"):
            with pytest.raises(TypeError):
                journal.prune_orders(wrong)  # type: ignore[arg-type]
    assert len(journaled.orders()) == 2


def test_what_is_written_is_told(sandbox: Sandbox, file: Path) -> None:
    told: List[OrderWritten] = []

    def on_event(event: cardwire.Event) -> None:
        if isinstance(event, OrderWritten):
            told.append(event)

    with Client({**sandbox.config, "journal": str(file)}, on_event=on_event) as client:
        client.verify(CARD, NAME, vendor="aliyun_yhkr", id_number="110101190001010014")
        order_id = client.orders()[0].order_id
    assert [event.state for event in told] == ["intent", "released", "done"]
    first = told[0]
    assert first == OrderWritten(
        level=cardwire.Level.DEBUG,
        text=str(first),
        call=first.call,
        vendor=cardwire.Vendor.ALIYUN_YHKR,
        account="aliyun_yhkr",
        order_id=order_id,
        state="intent",
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_journal_from_before_the_fork_says_so(file: Path) -> None:
    source = """
import os, sys, cardwire
journal = cardwire.Journal(sys.argv[1])
child = os.fork()
if child == 0:
    try:
        journal.orders()
    except cardwire.ClosedError:
        print("closed", cardwire.Journal(sys.argv[1]).orders(), flush=True)
    os._exit(0)
print(os.waitpid(child, 0)[1], journal.orders())
"""
    ended = run_python(source, str(file), PYTHONWARNINGS="ignore")
    assert ended.stdout.splitlines() == ["closed []", "0 []"], ended.stderr


def test_what_is_not_used_is_not_loaded() -> None:
    source = """
import sys
before = set(sys.modules)
from cardwire import CardwireError, Client, Outcome
print({"datetime", "json", "queue", "re", "threading", "typing", "weakref"} & (set(sys.modules) - before))
Client({"vendors": [{"vendor": "aliyun_yhkr", "app_code": "x"}]})
print([name for name in ("asyncio", "importlib.metadata") if name in sys.modules])
import cardwire
from cardwire import *
print(sorted(set(cardwire.__all__) - set(globals())), set(cardwire.__all__) <= set(dir(cardwire)))
try:
    cardwire.nothing
except AttributeError as error:
    print(error)
"""
    ended = run_python(source)
    assert ended.stdout.splitlines() == [
        "set()",
        "[]",
        "[] True",
        "module 'cardwire' has no attribute 'nothing'",
    ], ended.stderr
