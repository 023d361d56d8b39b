"""The fixtures as a program's own tests use them; the plugin is found by its entry point."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any, List, Optional

import pytest
from cardwire_testing import Sandbox, SandboxError

import cardwire

CARD = "6222020000000000000"
NAME = "张三"
ID_NUMBER = "110101190001010014"


def test_a_client_reads_a_photo_and_the_ledger_says_so(
    cardwire_sandbox: Sandbox, cardwire_client: cardwire.Client
) -> None:
    card = cardwire_client.recognize(cardwire_sandbox.card_photo(), vendor="tencent_kyc")
    assert (card.card_number, card.billed) == (CARD, cardwire.Billed.YES)
    (entry,) = [entry for entry in cardwire_sandbox.ledger("tencent_kyc") if entry["operation"] == "recognize"]
    assert (entry["order_no"], entry["executed"], entry["billed"]) == (card.order_id, True, True)
    assert cardwire_sandbox.billed == cardwire_sandbox.counts("tencent_kyc")["billed"] == 1


@pytest.mark.parametrize("_again", range(2))
def test_each_test_has_it_as_new(cardwire_sandbox: Sandbox, cardwire_client: cardwire.Client, _again: int) -> None:
    assert cardwire_sandbox.ledger() == []
    cardwire_sandbox.script("wechat", code="45011", times=0)
    cardwire_client.verify(CARD, NAME, ID_NUMBER)
    assert cardwire_sandbox.billed == 1


def test_a_photo_is_read_as_the_test_says(cardwire_sandbox: Sandbox, cardwire_client: cardwire.Client) -> None:
    photo = cardwire_sandbox.card_photo("6259650000000007", kind="credit", valid="01/2031")
    card = cardwire_client.recognize(photo, vendor="tencent_ocr")
    assert (card.card_number, card.card_kind) == ("6259650000000007", cardwire.CardKind.CREDIT)
    refused = cardwire_sandbox.card_photo(answer={"wechat": "101001"})
    with pytest.raises(cardwire.CardNotFoundError):
        cardwire_client.recognize(refused, vendor="wechat")
    warned = cardwire_client.recognize(cardwire_sandbox.card_photo(warnings=["-9112"]), vendor="tencent_kyc")
    assert [warning.code for warning in warned.warnings] == ["-9112"]


def test_a_script_brings_codes_and_faults(cardwire_sandbox: Sandbox) -> None:
    config = cardwire_sandbox.config_for("aliyun_bankocr", retry={"attempts": 1}, timeout_ms=300)
    with cardwire.Client(config) as client:
        photo = cardwire_sandbox.card_photo()
        cardwire_sandbox.script("aliyun_bankocr", "recognize", code="-5")
        with pytest.raises(cardwire.CardwireError) as refused:
            client.recognize(photo)
        assert refused.value.vendor_code == "-5"
        cardwire_sandbox.script("aliyun_bankocr", fault={"kind": "delay_ms", "n": 2000})
        with pytest.raises(cardwire.TimeoutError) as late:
            client.recognize(photo)
        assert late.value.billed is cardwire.Billed.UNKNOWN
        cardwire_sandbox.script("aliyun_bankocr", "connect", fault="reset_on_accept", times=9)
        with pytest.raises(cardwire.CardwireError) as broken:
            client.recognize(photo)
        assert broken.value.sent is not cardwire.Sent.YES


def test_what_the_sandbox_does_not_have_is_refused(cardwire_sandbox: Sandbox) -> None:
    with pytest.raises(SandboxError, match="no vendor 'nobody'"):
        cardwire_sandbox.config_for("nobody")
    with pytest.raises(SandboxError, match="no vendor 'nobody'"):
        cardwire_sandbox.counts("nobody")
    with pytest.raises(SandboxError, match="a marker has no \"nunber\""):
        cardwire_sandbox.card_photo(nunber="1")
    with pytest.raises(SandboxError, match="unknown variant"):
        cardwire_sandbox.script("nobody", code="1")
    with pytest.raises(SandboxError):
        cardwire_sandbox.settings(nothing=1)
    assert cardwire_sandbox.settings(wechat_daily_quota=3)["wechat_daily_quota"] == 3


def test_the_page_is_at_its_address(cardwire_sandbox: Sandbox) -> None:
    with urllib.request.urlopen(cardwire_sandbox.admin_url) as page:
        assert b"<title>Cardwire sandbox</title>" in page.read()


def test_without_pytest_it_is_a_context_manager() -> None:
    with Sandbox("--settings", json.dumps({"wechat_daily_quota": 7})) as sandbox:
        assert sandbox.settings()["wechat_daily_quota"] == 7
        process = sandbox._process
    assert process.returncode == 0
    with pytest.raises(SandboxError, match="does not answer"):
        sandbox.counts()
    with pytest.raises(SandboxError, match="did not start: it ended with 2"):
        Sandbox("--nothing")


@pytest.mark.parametrize(
    ("program", "refusal"),
    [
        (None, "did not start: .*/program: No such file or directory"),
        ("exit 3", "did not start: it ended with 3"),
        ("echo hello; echo admin http://127.0.0.1:1; exec sleep 60", "did not start: its first line is no JSON"),
        ("echo '{}'; echo hello; exec sleep 60", "did not start: it printed no configuration and address"),
        ("printf '\\377\\n'; exec sleep 60", "did not start: its first line is no JSON"),
    ],
)
def test_a_program_that_is_no_sandbox_is_ended(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: Optional[str], refusal: str
) -> None:
    path = tmp_path / "program"
    if program is not None:
        path.write_text(f"#!/bin/sh\n{program}\n")
        path.chmod(0o700)
    monkeypatch.setenv("CARDWIRE_SANDBOX", str(path))
    started: List[subprocess.Popen[str]] = []

    class Noted(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            started.append(self)

    monkeypatch.setattr(subprocess, "Popen", Noted)
    with pytest.raises(SandboxError, match=refusal):
        Sandbox()
    assert [process.returncode is None for process in started] == [False] * (program is not None)


def test_it_ends_with_the_process_that_started_it() -> None:
    program = "import os, cardwire_testing as t; s = t.Sandbox(); print(s._process.pid, flush=True); os._exit(0)"
    said = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    # The pipe above is open until the sandbox, which has it too, has ended.
    assert said.stdout.strip().isdigit()


READERS = [
    vendor["vendor"]
    for vendor in json.loads(cardwire._native.contract())["vendors"]
    if "recognize" in vendor["operations"] and vendor["vendor"] != "offline"
]


@pytest.mark.parametrize("vendor", READERS)
def test_the_page_has_the_photo_that_a_vendor_was_given(
    cardwire_sandbox: Sandbox, cardwire_client: cardwire.Client, vendor: str
) -> None:
    photo = cardwire_sandbox.card_photo()
    cardwire_client.recognize(photo, vendor=vendor)
    (entry,) = [entry for entry in cardwire_sandbox.ledger(vendor) if entry["operation"] == "recognize"]
    with urllib.request.urlopen(f"{cardwire_sandbox.admin_url}/picture?seq={entry['seq']}") as picture:
        assert (picture.headers["Content-Type"], picture.read()) == ("image/jpeg", photo)
