"""The README's snippets and the examples, executed."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import cardwire
import pytest
from cardwire import Client

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
        return Client(sandbox.config_of(*(entry["vendor"] for entry in config["vendors"])))

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
    read = names["read_all"](sandbox.config_of("wechat"), ["card.jpg"] * 5)
    assert asyncio.run(read).card_number == CARD
    assert CARD not in capsys.readouterr().out
    exec(compile(batch, "README", "exec"), names)
    paths = [tmp_path / f"{number}.jpg" for number in range(4)]
    for path in paths:
        path.write_bytes(photo)
    store: Dict[str, Any] = {}
    failed: List[Any] = []
    go_on = names["go_on"]
    with Client(sandbox.config_of("wechat", journal=str(tmp_path / "batch"))) as journaled:
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
def test_a_dask_cluster(sandbox: Sandbox, photo_path: Path, tmp_path: Path) -> None:
    config = tmp_path / "config.json"
    config.write_text(json.dumps(sandbox.config_of("wechat")), "utf-8")
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(150):
        (folder / f"{number:03}.jpg").symlink_to(photo_path)
    (folder / "150.jpg").write_bytes(b"no image")
    lines = run_example("dask_batch.py", config, folder).splitlines()
    assert sorted(lines) == [f"{n:03}.jpg ok yes" for n in range(150)] + [
        "150.jpg invalid_argument no"
    ]
