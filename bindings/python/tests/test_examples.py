"""The README's snippets and the examples, executed."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Dict, List

import cardwire
import pytest
from cardwire import Client, Journal

from conftest import CARD, REPOSITORY, Sandbox

PACKAGE = REPOSITORY / "bindings" / "python"


def snippets() -> List[str]:
    return re.findall(r"```python\n(.*?)```", (PACKAGE / "README.md").read_text("utf-8"), re.S)


def test_the_readme(
    sandbox: Sandbox,
    client: Client,
    photo: bytes,
    photo_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import asyncio

    shutil.copy(photo_path, tmp_path / "card.jpg")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WECHAT_SECRET", "x")
    monkeypatch.setenv("APP_CODE", "y")

    def to_sandbox(config: Dict[str, Any]) -> Client:
        Client(config).close()  # the snippet's own configuration is one that is taken
        return Client(sandbox.config_for(*(entry["vendor"] for entry in config["vendors"])))

    first, errors, offline, orders, aio, batch = snippets()
    exec(compile(offline, "README", "exec"), {})
    issuer, card = capsys.readouterr().out.splitlines()
    assert issuer.startswith("Issuer(name='中国工商银行', code='ICBC', ")
    assert card.startswith("True 中国工商银行 table (Point(x=")
    monkeypatch.setattr(cardwire, "Client", to_sandbox)
    exec(compile(first, "README", "exec"), {})
    assert capsys.readouterr().out.startswith("True None ")
    names: Dict[str, Any] = {"client": client, "photo": b"no image"}
    exec(compile(errors, "README", "exec"), names)
    assert capsys.readouterr().out.startswith("invalid_argument ")
    exec(compile(orders, "README", "exec"), {})
    assert (tmp_path / "orders.journal").exists()
    names = {}
    exec(compile(aio, "README", "exec"), names)
    read = names["read_all"](sandbox.config_for("wechat"), ["card.jpg"] * 5)
    assert asyncio.run(read).card_number == CARD
    assert CARD not in capsys.readouterr().out
    exec(compile(batch, "README", "exec"), names)
    paths = [tmp_path / f"{number}.jpg" for number in range(4)]
    for path in paths:
        path.write_bytes(photo)
    store: Dict[str, Any] = {}
    failed: List[Any] = []
    go_on = names["go_on"]
    with Client(sandbox.config_for("wechat", journal=str(tmp_path / "batch"))) as journaled:
        go_on(journaled, paths[:2], store, failed)
        assert sorted(store) == ["0.jpg", "1.jpg"] and failed == []
        lost = store.pop("0.jpg")
        go_on(journaled, paths, store, failed)
        assert sorted(store) == ["1.jpg", "2.jpg", "3.jpg"]
        ((name, error),) = failed
        assert (name, error.order.order_id) == ("0.jpg", lost.order_id)
        assert len(journaled.orders()) == 4


def run_example(name: str, *arguments: object) -> str:
    command = [sys.executable, str(PACKAGE / "examples" / name), *map(str, arguments)]
    ended = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_the_demo(sandbox: Sandbox, photo_path: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(sandbox.config), "utf-8")
    calls = ("recognize", "aliyun_bankocr", "verify", "aliyun_yhkr")
    said = run_example("demo.py", config, photo_path, *calls)
    rows = [json.loads(line) for line in said.splitlines()]
    names = "language vendor operation card issuer outcome billed order_id milliseconds".split()
    assert [list(row) for row in rows] == [names, names]
    shown = [[row[name] for name in names[:7]] for row in rows]
    card = "622202*********0000"
    assert shown == [
        ["Python", "aliyun_bankocr", "recognize", card, "中国工商银行", "ok", "yes"],
        ["Python", "aliyun_yhkr", "verify", card, None, "match", "yes"],
    ]
    assert all(isinstance(row["milliseconds"], int) for row in rows)
    assert len((PACKAGE / "examples" / "demo.py").read_text("utf-8").splitlines()) <= 21


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="dask.distributed is not installed"
)
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server")
def test_a_worker_of_a_cluster_that_dies_loses_nothing(
    sandbox: Sandbox, photo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program of the page, with a worker that is killed in the middle."""
    monkeypatch.chdir(tmp_path)
    photos = [str(tmp_path / f"{number:03}.jpg") for number in range(120)]
    for photo in photos:
        Path(photo).symlink_to(photo_path)
    (tmp_path / "results").mkdir()
    write_dask_program(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    redis = redis_server(tmp_path)
    try:
        config = sandbox.config_for("wechat", token_store=f"redis+unix://{tmp_path}/redis.sock")
        config["vendors"][0]["requests_per_second"] = 40
        (tmp_path / "cardwire.json").write_text(json.dumps(config), "utf-8")
        sandbox.settings(latency_ms=20)
        import distributed
        import read_photos  # type: ignore[import-not-found]

        parts = [photos[start : start + 30] for start in range(0, len(photos), 30)]
        with distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
            workers = list(cluster.run(os.getpid).values())
            tasks = cluster.map(read_photos.read, parts, results=str(tmp_path / "results"))
            while len(list((tmp_path / "results").glob("*.json"))) < 20:
                time.sleep(0.02)
            os.kill(workers[0], signal.SIGKILL)
            assert not any(task.result() for task in tasks)
    finally:
        redis.terminate()
        redis.wait()

    results = [json.loads(path.read_text()) for path in (tmp_path / "results").glob("*.json")]
    assert len(results) == len(photos)
    assert all("card" in result or "answered" in result for result in results)
    assert len({result["order_id"] for result in results}) == len(photos)
    journal = Journal(tmp_path / "orders.journal")
    asked = [entry for entry in sandbox.ledger("wechat") if entry["operation"] == "recognize"]
    executed = sum(entry["executed"] for entry in asked)
    assert executed <= len(photos) + len(journal.unknown_orders())
    # One token for all, and one rate.
    assert sum(entry["operation"] == "token" for entry in sandbox.ledger("wechat")) == 1
    # 120 take two seconds behind the first 40; two rates of 40 would let 80 through at once. A slow machine
    # only takes longer.
    moments = [entry["at_ms"] for entry in asked]
    assert max(moments) - min(moments) > 1500


@pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="dask.distributed is not installed"
)
def test_a_used_up_quota_and_a_wrong_secret_leave_photos_for_the_next_run(
    sandbox: Sandbox, photo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_dask_program(tmp_path)
    monkeypatch.chdir(tmp_path)
    spec = importlib.util.spec_from_file_location("read_photos", tmp_path / "read_photos.py")
    assert spec is not None and spec.loader is not None
    program = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    results = tmp_path / "results"
    results.mkdir()
    photos = [str(tmp_path / f"{number:02}.jpg") for number in range(12)]
    for photo in photos:
        Path(photo).symlink_to(photo_path)
    (tmp_path / "00.jpg").unlink()
    (tmp_path / "00.jpg").write_bytes(b"no image")

    def run(**changes: Any) -> Dict[str, int]:
        config = sandbox.config_for("wechat")
        config["vendors"][0].update(changes)
        (tmp_path / "cardwire.json").write_text(json.dumps(config), "utf-8")
        program.client.cache_clear()
        try:
            return dict(program.read(photos, str(results)))
        finally:
            program.client().close()

    def stored() -> List[Dict[str, Any]]:
        return [json.loads(path.read_text()) for path in sorted(results.glob("*.json"))]

    # The vendor is asked about no photo, and only what is no photo is done.
    assert run(app_secret="wrong") == {"unauthenticated": 11}
    assert [result["error"] for result in stored()] == ["invalid_argument"]
    # A quota of ours, and then one of the vendor's.
    assert run(daily_quota=4) == {"quota_exhausted": 7}
    sandbox.settings(wechat_daily_quota=7)
    assert run() == {"quota_exhausted": 4}
    sandbox.settings(wechat_daily_quota=0)
    # A call that may have been billed is not made again, and its order number is kept.
    sandbox.script("wechat", "recognize", fault="reset_after_read")
    assert run() == {}
    _, *others = stored()
    failed = [result for result in others if "error" in result]
    assert [(result["error"], result["billed"]) for result in failed] == [("network", "unknown")]
    assert len({result["order_id"] for result in others}) == 11
    assert None not in {result["order_id"] for result in others}
    assert run() == {} and sum(entry["executed"] for entry in sandbox.ledger("wechat")
                               if entry["operation"] == "recognize") == 11


def write_dask_program(folder: Path) -> None:
    """Writes the program of the page."""
    page = (REPOSITORY / "docs/recipes/dask.md").read_text("utf-8")
    (program,) = re.findall(r'^```python title="read_photos.py"\n(.*?)^```$', page, re.M | re.S)
    (folder / "read_photos.py").write_text(program, "utf-8")


def redis_server(folder: Path) -> "subprocess.Popen[bytes]":
    """A Redis on a socket in the folder, which answers."""
    arguments = ["--port", "0", "--unixsocket", str(folder / "redis.sock"), "--save", "", "--dir", str(folder)]
    process = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
    while not (folder / "redis.sock").exists():
        assert process.poll() is None
        time.sleep(0.01)
    return process
