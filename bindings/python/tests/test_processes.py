"""Threads, forks, signals, pools, subinterpreters, and interpreters that end during a call."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, List

import cardwire
import pytest
from cardwire import Client

from conftest import CARD, ID_NUMBER, NAME, REPOSITORY, Sandbox, run_python

PHOTO = str(REPOSITORY / "tests" / "images" / "icbc-debit.jpg")
posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")


def test_64_threads_share_a_client(client: Client, photo: bytes) -> None:
    def work(_: int) -> str:
        return client.recognize(photo, vendor="wechat").card_number

    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(work, range(256))) == [CARD] * 256


def test_the_interpreter_lock_is_released(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    client.recognize(photo, vendor="wechat")
    sandbox.settings(latency_ms=500)
    call = threading.Thread(target=lambda: client.recognize(photo, vendor="wechat"))
    call.start()
    turns = 0
    while call.is_alive():
        turns += 1
        time.sleep(0.001)
    assert turns > 50


def test_dropping_and_closing_during_a_call(sandbox: Sandbox, photo: bytes) -> None:
    client = Client(sandbox.config)
    client.recognize(photo, vendor="wechat")
    sandbox.script("wechat", "recognize", times=0, fault={"kind": "never_answer"})
    errors: List[BaseException] = []

    def work() -> None:
        try:
            client.recognize(photo, vendor="wechat")
        except cardwire.CancelledError as error:
            errors.append(error)

    callers = [threading.Thread(target=work) for _ in range(8)]
    for caller in callers:
        caller.start()
    time.sleep(0.2)
    client.close()
    for caller in callers:
        caller.join(5)
    assert len(errors) == 8
    call = client._recognize(photo, None)
    call.start(lambda: None)
    del call


ENDING = """
import asyncio, json, sys, threading, time, cardwire
config, photo, wheres = json.loads(sys.argv[1]), open(sys.argv[2], "rb").read(), sys.argv[3:]
entry = next(e for e in config["vendors"] if e["vendor"] == "wechat")
secret, entry["app_secret"] = entry["app_secret"], {"provider": "secrets"}
person = ("6222020000000000000", "张三", "110101190001010014")

def call(client, vendor, timeout):
    try:
        client.recognize(photo, vendor=vendor, timeout=timeout)
    except cardwire.CardwireError:
        pass

def end(client, way):
    if way == "close":
        client.close()
    elif way == "call another":
        try:
            client.verify(*person, vendor="aliyun_yhkr")
        except cardwire.CardwireError:
            pass
    else:
        call(client, "wechat", 0.1)

def play(where, way, round):
    first, entered, left = threading.Lock(), threading.Event(), threading.Event()

    def act():
        if first.acquire(blocking=False):
            entered.set()
            end(client, way)
            left.set()

    def told(event):
        if type(event).__name__ == where:
            act()

    def provide(ask):
        if where == "provider":
            act()
        return secret

    client = cardwire.Client(config, on_event=told, providers={"secrets": provide})
    vendors = ["tencent_kyc", "wechat"] * 2
    callers = [threading.Thread(target=call, args=(client, vendor, 30)) for vendor in vendors]
    for caller in callers:
        caller.start()
    if round == 0:
        assert entered.wait(20) and left.wait(20), (where, way)
    else:
        time.sleep(round * 0.002)
    client.close()
    for caller in callers:
        caller.join(20)
        assert not caller.is_alive(), (where, way, round)
    assert not entered.is_set() or left.wait(20), (where, way, round)

async def play_on_the_loop(way):
    left = asyncio.Event()

    async def provide(ask):
        if way == "close":
            await client.close()
        else:
            try:
                await client.verify(*person, vendor="aliyun_yhkr")
            except cardwire.CardwireError:
                pass
        left.set()
        return secret

    client = cardwire.AsyncClient(config, providers={"secrets": provide})
    calls = [client.recognize(photo, vendor=v, timeout=30) for v in ["tencent_kyc", "wechat"] * 2]
    calls = asyncio.gather(*calls, return_exceptions=True)
    await asyncio.wait_for(left.wait(), 20)
    await asyncio.wait_for(client.close(), 20)
    await asyncio.wait_for(calls, 20)

for where in wheres:
    for way in ("close", "call another", "call the same"):
        for round in range(5):
            play(where, way, round)
for way in ("close", "call another"):
    asyncio.run(play_on_the_loop(way))
print("all ended")
"""


def test_callbacks_may_end_their_client_while_calls_are_in_flight(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """Some that nobody answers, while another thread closes the client at any moment."""
    sandbox.script("tencent_kyc", "recognize", times=0, fault={"kind": "never_answer"})
    config = {**sandbox.config, "journal": str(tmp_path / "orders.db")}
    wheres = ("AttemptStarted", "AttemptEnded", "OrderWritten", "TokenRefreshed", "provider")
    ended = run_python(ENDING, json.dumps(config), PHOTO, *wheres, timeout=120)
    assert (ended.stdout, ended.returncode) == ("all ended\n", 0), ended.stderr


def read(arguments: Any) -> str:
    """A map function that makes its client once per process."""
    config, photo = arguments
    client = CLIENTS.get(os.getpid())
    if client is None:
        client = CLIENTS[os.getpid()] = Client(config)
    return client.recognize(photo, vendor="wechat").card_number


CLIENTS: Dict[int, Client] = {}


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_a_pool_whose_workers_make_their_client(
    sandbox: Sandbox, client: Client, photo: bytes, method: str
) -> None:
    client.recognize(photo, vendor="wechat")
    with multiprocessing.get_context(method).Pool(3) as pool:
        cards = pool.map_async(read, [(sandbox.config, photo)] * 12).get(60)
    assert cards == [CARD] * 12


@posix
def test_a_client_from_before_the_fork_says_so(sandbox: Sandbox) -> None:
    source = """
import json, os, sys, cardwire
config, photo = json.loads(sys.argv[1]), sys.argv[2]
client = cardwire.Client(config)
client.recognize(photo, vendor="wechat")
child = os.fork()
if child == 0:
    try:
        client.recognize(photo, vendor="wechat")
    except cardwire.ClosedError as error:
        print(error, flush=True)
    client.close()
    with cardwire.Client(config) as fresh:
        print(fresh.recognize(photo, vendor="wechat").card_number, flush=True)
    sys.exit(0)
print(os.waitpid(child, 0)[1], flush=True)
print(client.recognize(photo, vendor="wechat").card_number)
"""
    ended = run_python(source, json.dumps(sandbox.config), PHOTO, PYTHONWARNINGS="ignore")
    assert ended.stdout.splitlines() == [
        "closed: the client was made before this process was forked; make a new one",
        CARD,
        "0",
        CARD,
    ], ended.stderr
    assert (ended.returncode, ended.stderr) == (0, "")


@posix
def test_a_daemon_writes_to_no_descriptor_of_its_own(sandbox: Sandbox, tmp_path: Path) -> None:
    """A child closes what it inherited and opens files under the same numbers: clients, a loop, a
    batch under way, a journal, calls in flight, and clients whose providers were asked or are asked,
    touch none of them when they are dropped, nor at the end of the child."""
    sandbox.settings(rates={"tencent_faceid": 0})
    source = """
import asyncio, gc, json, os, sys, threading, cardwire
config, folder = json.loads(sys.argv[1]), sys.argv[2]
holder = cardwire.Cardholder(*sys.argv[3:6])
entry = next(e for e in config["vendors"] if e["vendor"] == "aliyun_yhkr")
provided = {"vendors": [dict(entry, app_code={"provider": "codes"})]}
asked, open_question = threading.Event(), threading.Event()
names = [os.path.join(folder, str(number)) for number in range(48)]

def told(event):
    pass

def make():
    client = cardwire.Client(config)
    assert client.verify(*sys.argv[3:6]).billed
    observed = cardwire.Client(dict(config, journal=os.path.join(folder, "orders.db")), on_event=told)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(observed.verify_async(*sys.argv[3:6]))
    list(client.verify_many([holder] * 3))
    batch = client.verify_many([holder] * 8, concurrency=4)
    next(batch)
    journal = cardwire.Journal(os.path.join(folder, "orders.db"))
    return client, observed, loop, batch, journal, *asking(loop)

async def answered(ask):
    return cardwire.Credentials(entry["app_code"], expires_in=0)

def answered_later(ask):
    asked.set()
    open_question.wait()
    return entry["app_code"]

def wait_for_answer(client):
    try:
        client.verify(*sys.argv[3:6], timeout=600)
    except cardwire.CredentialsUnavailableError:
        pass  # The children took longer than a question is open.

def asking(loop):
    client = cardwire.AsyncClient(provided, providers={"codes": answered})
    assert loop.run_until_complete(client.verify(*sys.argv[3:6])).billed
    waiting = cardwire.Client(provided, providers={"codes": answered_later})
    call = threading.Thread(target=wait_for_answer, args=(waiting,))
    call.start()
    asked.wait()
    return client, waiting, call

failed = written = 0
owners = make()
for name in names:
    with open(name, "wb") as file:
        file.write(b"untouched")
for round in range(200):
    child = os.fork()
    if child == 0:
        os.closerange(3, 1024)
        files = [os.open(name, os.O_RDWR) for name in names]
        if round % 2 == 0:
            owners[0].close()
            owners[1].close()
            owners[3].close()
            owners[6].close()
            # The loop itself closes descriptors of its own: only what it watches for us is dropped.
            loop = owners[2]
            loop._selector._fd_to_key.clear()
            del owners
            gc.collect()
            read = [os.read(file, 20) for file in files]
            os._exit(read != [b"untouched"] * len(files))
        sys.exit(0)
    failed += os.waitpid(child, 0)[1] != 0
    written += sum(open(name, "rb").read() != b"untouched" for name in names)
assert len(list(owners[3])) == 7
open_question.set()
owners[7].join()
print(failed, written)
"""
    config = json.dumps(sandbox.config)
    ended = run_python(source, config, str(tmp_path), CARD, NAME, ID_NUMBER, PYTHONWARNINGS="ignore")
    assert (ended.stdout, ended.returncode) == ("0 0\n", 0), ended.stderr
    assert ended.stderr == ""


@posix
def test_what_was_begun_before_the_fork_ends_in_the_child(sandbox: Sandbox) -> None:
    """Nobody waits for the parent's threads: a batch ends, and a new client's batch works."""
    sandbox.settings(rates={"tencent_faceid": 0})
    source = """
import asyncio, json, os, sys, cardwire
config = json.loads(sys.argv[1])
holder = cardwire.Cardholder(*sys.argv[2:5])
client = cardwire.Client(config)
assert len(list(client.verify_many([holder] * 3))) == 3
batch = client.verify_many([holder] * 8, concurrency=4)
next(batch)
child = os.fork()
if child == 0:
    import signal
    signal.alarm(20)
    kinds = sorted(type(item.error).__name__ for item in batch)
    assert kinds == ["ClosedError"] * 7, kinds
    assert [type(item.error).__name__ for item in client.verify_many([holder])] == ["ClosedError"]
    fresh = cardwire.Client(config)
    assert [item.error for item in fresh.verify_many([holder] * 5)] == [None] * 5
    assert asyncio.run(fresh.verify_async(*sys.argv[2:5])).billed
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
print(len(list(batch)))
"""
    ended = run_python(
        source, json.dumps(sandbox.config), CARD, NAME, ID_NUMBER, PYTHONWARNINGS="ignore"
    )
    assert (ended.stdout, ended.returncode, ended.stderr) == ("7\n", 0, "")


@posix
def test_prefork_workers(sandbox: Sandbox) -> None:
    """As gunicorn does it: the master imports, each worker makes its client, workers come and go."""
    source = """
import json, os, sys, cardwire
config, photo = json.loads(sys.argv[1]), sys.argv[2]
failed = 0
for generation in range(3):
    workers = []
    for _ in range(4):
        worker = os.fork()
        if worker == 0:
            with cardwire.Client(config) as client:
                for _ in range(5):
                    assert client.recognize(photo, vendor="wechat").card_number
            os._exit(0)
        workers.append(worker)
    for worker in workers:
        failed += os.waitpid(worker, 0)[1] != 0
print(failed)
"""
    ended = run_python(source, json.dumps(sandbox.config), PHOTO)
    assert (ended.stdout, ended.returncode) == ("0\n", 0), ended.stderr


@posix
@pytest.mark.parametrize("how", ["alone", "observed", "batch"])
def test_ctrl_c_ends_a_call(sandbox: Sandbox, how: str) -> None:
    sandbox.script("tencent_faceid", "any", times=0, fault={"kind": "never_answer"})
    source = """
import json, signal, sys, threading, time, cardwire
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
observer = (lambda event: None) if sys.argv[2] == "observed" else None
client = cardwire.Client(json.loads(sys.argv[1]), on_event=observer)
threading.Timer(0.5, lambda: print("ready", flush=True)).start()
try:
    if sys.argv[2] == "batch":
        holder = cardwire.Cardholder("6222020000000000000", "张三")
        list(client.verify_many([holder] * 5, vendor="tencent_faceid", timeout=60))
    else:
        client.verify("6222020000000000000", "张三", order_id="python0005", timeout=60)
except KeyboardInterrupt as interruption:
    call = getattr(interruption, "call", None)
    print(call and (call.kind.value, call.order_id, call.sent.value, call.billed.value), flush=True)
    client.close()
"""
    process = subprocess.Popen(
        [sys.executable, "-c", source, json.dumps(sandbox.config), how],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUTF8": "1"},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    before = time.monotonic()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=10)
    assert time.monotonic() - before < 3
    expected = None if how == "batch" else ("cancelled", "python0005", "unknown", "unknown")
    assert (output, errors, process.returncode) == (f"{expected}\n", "", 0)


def test_other_signals_do_not_end_a_call(sandbox: Sandbox, client: Client, photo: bytes) -> None:
    if not hasattr(signal, "SIGALRM"):
        pytest.skip("no SIGALRM on this system")
    seen: List[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: seen.append(number))
    try:
        sandbox.settings(latency_ms=600)
        signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
        assert client.recognize(photo, vendor="wechat").card_number == CARD
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert len(seen) > 2


class Alarm(Exception):
    """What a signal's handler raises."""


@posix
def test_what_a_handler_raises_ends_the_call(sandbox: Sandbox, client: Client) -> None:
    def ring(number: int, frame: Any) -> None:
        raise Alarm

    sandbox.script("aliyun_yhkr", "any", fault={"kind": "never_answer"})
    before = signal.signal(signal.SIGALRM, ring)
    started = time.monotonic()
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(Alarm) as caught:
            client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr", timeout=30)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert time.monotonic() - started < 5
    call = caught.value.call  # type: ignore[attr-defined]
    assert (type(call), call.sent) == (cardwire.CancelledError, cardwire.Sent.UNKNOWN)
    assert client.verify(CARD, NAME, ID_NUMBER).outcome is cardwire.Outcome.MATCH


@posix
def test_a_handler_may_call_the_client_during_a_call(sandbox: Sandbox, client: Client) -> None:
    found: List[object] = []

    def ring(number: int, frame: Any) -> None:
        found.append(client.verify(CARD, NAME, ID_NUMBER, vendor="aliyun_yhkr").outcome)

    sandbox.settings(latency_ms=500)
    before = signal.signal(signal.SIGALRM, ring)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        answer = client.verify(CARD, NAME, ID_NUMBER, vendor="tencent_faceid")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert found + [answer.outcome] == [cardwire.Outcome.MATCH] * 2


@pytest.mark.parametrize("latency", [0, 30])
def test_the_interpreter_ends_during_calls(sandbox: Sandbox, latency: int) -> None:
    sandbox.settings(latency_ms=latency)
    source = """
import json, sys, threading, time, cardwire
client = cardwire.Client(json.loads(sys.argv[1]), on_event=lambda event: None)
photo = open(sys.argv[2], "rb").read()
def work():
    while True:
        client.recognize(photo, vendor="wechat")
for _ in range(8):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.5)
items = client.recognize_many([photo] * 100, vendor="wechat")
next(items)
print("end")
"""
    for _ in range(5):
        ended = run_python(source, json.dumps(sandbox.config), PHOTO)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "end\n", "")


def test_a_subinterpreter_is_refused() -> None:
    source = """
try:
    import _interpreters as interpreters
except ImportError:
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        print("refused")
        raise SystemExit
import cardwire
code = '''
try:
    import cardwire
except ImportError as error:
    print("refused", flush=True)
'''
interpreter = interpreters.create()
result = interpreters.run_string(interpreter, code)
"""
    ended = run_python(source, timeout=20)
    assert (ended.returncode, ended.stdout) == (0, "refused\n"), ended.stderr
