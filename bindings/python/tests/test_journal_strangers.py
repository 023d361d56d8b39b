"""A journal in use whose files others open and close: Python's own SQLite, what copies bytes, another
copy of the library, other processes."""

from __future__ import annotations

import ctypes
import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, List, Set

import cardwire
import pytest
from cardwire import Client, Journal

from conftest import CARD, ID_NUMBER, NAME, Sandbox

pytestmark = [
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="locks of the open file are Linux's"
    ),
    pytest.mark.skipif(
        sqlite3.sqlite_version_info < (3, 37), reason="Python's SQLite knows no STRICT tables"
    ),
]

FILES = ("", "-wal", "-shm")

SECONDS = 2.0

#: What runs a program as another container does: its processes have numbers of their own.
OTHER_NUMBERS = ["unshare", "--map-root-user", "--pid", "--fork", "--mount-proc"]


def reads_by_sqlite(path: str) -> Callable[[int], None]:
    """Connects, reads, backs up and goes, as tools do; another connection stays for a while."""
    held: List[sqlite3.Connection] = []

    def read(turn: int) -> None:
        if turn % 20 == 0:
            for connection in held:
                connection.close()
            held[:] = [sqlite3.connect(path)]
        held[0].execute("SELECT max(created_ms) FROM orders").fetchone()
        connection = sqlite3.connect(path)
        connection.execute("SELECT count(*) FROM orders").fetchone()
        if turn % 7 == 0:
            copy = sqlite3.connect(path + ".copy")
            connection.backup(copy)
            copy.close()
        connection.close()

    return read


def writes_by_sqlite(path: str) -> Callable[[int], None]:
    """Wants to write and to checkpoint, which it may not while a client has the file open."""

    def write(turn: int) -> None:
        connection = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            note(connection, str(turn))
        try:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:
            busy = 1  # Not even the index can be read now.
        assert busy == 1
        connection.close()

    return write


def note(connection: sqlite3.Connection, text: str) -> None:
    with connection:
        connection.execute("UPDATE orders SET note = ? WHERE order_id = 'noted'", [text])


def reads_bytes(path: str) -> Callable[[int], None]:
    """What copies files: closing one drops the locks that the process has on it."""

    def read(_: int) -> None:
        for end in FILES:
            try:
                with open(path + end, "rb") as file:
                    file.read(16)
            except FileNotFoundError:
                pass

    return read


def opens_journals(path: str) -> Callable[[int], None]:
    """The library, and a second copy of it in the same process: that for C."""
    library = ctypes.CDLL(str(Path(os.environ["CARDWIRE_SANDBOX"]).with_name("libcardwire.so")))
    library.cardwire_journal_free.argtypes = [ctypes.c_void_p]

    def open_and_free(turn: int) -> None:
        with Journal(path) as journal:
            journal.find_order("nobody")
        journal, error = ctypes.c_void_p(), ctypes.c_void_p()
        status = library.cardwire_journal_open_z(
            path.encode(), ctypes.byref(journal), ctypes.byref(error)
        )
        assert status == 0, status
        library.cardwire_journal_free(journal)

    return open_and_free


STRANGERS = {
    stranger.__name__: stranger
    for stranger in (reads_by_sqlite, writes_by_sqlite, reads_bytes, opens_journals)
}


def work(config: Dict[str, Any], strangers: List[str]) -> Dict[str, Any]:
    """Verifies until the time is over; says which orders were acknowledged, and what failed."""
    acknowledged: List[str] = []
    failures: List[str] = []
    path: str = config["journal"]
    until = time.monotonic() + SECONDS
    turns: List[int] = []

    def again_and_again(stranger: str) -> None:
        turn = 0
        try:
            act = STRANGERS[stranger](path)
            while time.monotonic() < until:
                act(turn)
                turn += 1
                time.sleep(0.002)
        except Exception as error:  # Told to whoever reads the report.
            failures.append(f"{stranger}: {error!r}")
        turns.append(turn)

    with Client(config) as client:

        def verify() -> None:
            while time.monotonic() < until:
                try:
                    answer = client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr")
                    assert answer.order_id is not None
                    acknowledged.append(answer.order_id)
                except Exception as error:
                    failures.append(repr(error))

        # The journal is opened by the first call.
        first = client.verify(CARD, NAME, ID_NUMBER, order_id=f"first{os.getpid()}")
        assert first.order_id is not None
        acknowledged.append(first.order_id)
        threads = [threading.Thread(target=verify) for _ in range(4)]
        threads += [threading.Thread(target=again_and_again, args=[name]) for name in strangers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        verify_last = client.verify(CARD, NAME, ID_NUMBER, order_id=f"last{os.getpid()}")
        assert verify_last.order_id is not None
        acknowledged.append(verify_last.order_id)
        descriptors = len(os.listdir("/proc/self/fd"))
    return {
        "acknowledged": acknowledged,
        "failures": failures,
        "turns": turns,
        "descriptors": descriptors,
    }


def start(config: Dict[str, Any], strangers: List[str]) -> "subprocess.Popen[str]":
    """A process of its own: what goes wrong here ends it by SIGBUS."""
    return subprocess.Popen(
        [sys.executable, "-X", "faulthandler", __file__, json.dumps(config), *strangers],
        stdout=subprocess.PIPE,
        text=True,
    )


def report(process: "subprocess.Popen[str]") -> Dict[str, Any]:
    text, _ = process.communicate(timeout=60)
    assert process.returncode == 0, process.returncode
    found: Dict[str, Any] = json.loads(text)
    assert found["failures"] == []
    return found


def test_nothing_acknowledged_is_lost_and_nobody_dies(sandbox: Sandbox, tmp_path: Path) -> None:
    path = str(tmp_path / "orders.db")
    config = sandbox.config_for("aliyun_yhkr", journal=path)
    with Client(config) as client:
        client.verify(CARD, NAME, ID_NUMBER, order_id="noted")
    reports = [report(process) for process in (start(config, list(STRANGERS)), start(config, []))]
    acknowledged: Set[str] = {order for found in reports for order in found["acknowledged"]}
    assert len(acknowledged) == sum(len(found["acknowledged"]) for found in reports) > 50
    assert len(reports[0]["turns"]) == 4 and min(reports[0]["turns"]) > 0, reports
    # Of hundreds that were opened, as many stay as were open at once.
    assert reports[0]["descriptors"] - reports[1]["descriptors"] < 30, reports

    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    written = {
        order
        for (order,) in connection.execute(
            "SELECT order_id FROM orders WHERE state = 'done' AND sent = 'yes' AND outcome = 'ok'"
        )
    }
    connection.close()
    acknowledged.add("noted")
    assert acknowledged - written == set()
    executed = {entry["seq"] for entry in sandbox.ledger("aliyun_yhkr") if entry["executed"]}
    assert len(executed) == len(acknowledged)
    with Journal(path) as journal:
        assert len(journal.orders()) == len(acknowledged)
        assert journal.unknown_orders() == []


def test_another_sqlite_writes_while_nobody_else_has_the_journal_open(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    path = str(tmp_path / "orders.db")
    config = sandbox.config_for("aliyun_yhkr", journal=path)
    with Client(config) as client:
        client.verify(CARD, NAME, ID_NUMBER, order_id="noted")
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="database is locked"):
            note(other, "during")
    # It has the file open for as long as it exists; then its thread closes it, soon.
    del client
    other.execute("PRAGMA busy_timeout = 10000")
    note(other, "after")
    # The next call waits for a transaction of before.
    other.execute("BEGIN IMMEDIATE")
    with Client(config) as client:
        call = threading.Thread(
            target=lambda: client.verify(CARD, NAME, ID_NUMBER, order_id="waited")
        )
        call.start()
        call.join(0.2)
        assert call.is_alive()
        other.execute("COMMIT")
        call.join()
        assert client.find_order("waited") is not None
        noted = client.find_order("noted")
        assert noted is not None and noted.note == "after"
        other.close()


@pytest.mark.parametrize("before", [[], OTHER_NUMBERS], ids=["beside", "in_another_container"])
def test_what_runs_in_another_process_is_in_flight_whoever_else_looks(
    sandbox: Sandbox, tmp_path: Path, before: List[str]
) -> None:
    if before and subprocess.run([*before, "true"], stderr=subprocess.DEVNULL).returncode != 0:
        pytest.skip("this machine gives no process numbers of one's own")
    path = str(tmp_path / "orders.db")
    sandbox.script("aliyun_yhkr", "verify", fault={"kind": "delay_ms", "n": 1500})
    with Client(sandbox.config_for("aliyun_yhkr", journal=path)) as client:
        call = threading.Thread(
            target=lambda: client.verify(CARD, NAME, ID_NUMBER, order_id="running1")
        )
        call.start()
        deadline = time.monotonic() + 10
        while not sandbox.ledger("aliyun_yhkr") and client.find_order("running1") is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        reads_bytes(path)(0)
        reads_by_sqlite(path)(0)
        program = (
            "import sys; from cardwire import Journal\n"
            "with Journal(sys.argv[1]) as journal:\n"
            "    order = journal.find_order('running1')\n"
            "    print(order.status, order.sent, len(journal.unknown_orders()))"
        )
        found = subprocess.run(
            [*before, sys.executable, "-c", program, path], stdout=subprocess.PIPE, text=True, check=True
        )
        assert found.stdout.split() == ["in_flight", "unknown", "0"]
        # Its number is taken, for whoever asks.
        with Client(sandbox.config_for("aliyun_yhkr", journal=path)) as other:
            with pytest.raises(cardwire.InvalidArgumentError) as caught:
                other.verify(CARD, NAME, ID_NUMBER, order_id="running1")
            assert (caught.value.argument, caught.value.sent) == ("order_id", "no")
        call.join()
        record = client.find_order("running1")
        assert record is not None and (record.status, record.sent) == ("answered", "yes")
        assert len([entry for entry in sandbox.ledger("aliyun_yhkr") if entry["executed"]]) == 1


if __name__ == "__main__":
    print(json.dumps(work(json.loads(sys.argv[1]), sys.argv[2:])))
