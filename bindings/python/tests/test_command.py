"""The command ``cardwire`` that the package brings."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import List

import pytest
from conftest import CARD, REPOSITORY, Sandbox

PHOTO = REPOSITORY / "tests/images/icbc-debit.jpg"
INSTALLED = str(Path(sys.executable).with_name("cardwire"))


@pytest.fixture
def config(sandbox: Sandbox, tmp_path: Path) -> Path:
    path = tmp_path / "cardwire.json"
    path.write_text(json.dumps(sandbox.config_for("tencent_kyc")), encoding="utf-8")
    return path


@pytest.mark.parametrize("command", [[INSTALLED], [sys.executable, "-m", "cardwire"]])
def test_a_photo_is_read(command: List[str], config: Path) -> None:
    arguments = [*command, "--config", str(config), "--json", "recognize", str(PHOTO)]
    done = subprocess.run(arguments, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["result"]["billed"] == "yes"
    assert CARD not in done.stdout


def test_what_is_refused_has_the_code_of_the_manual(config: Path) -> None:
    arguments = [INSTALLED, "--config", str(config), "recognize", "nowhere.jpg"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 2
    assert "nowhere.jpg" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a process is sent no Ctrl-C there")
def test_ctrl_c_ends_a_call_and_tells_its_bill(sandbox: Sandbox, config: Path) -> None:
    sandbox.script("tencent_kyc", "recognize", times=0, fault={"kind": "never_answer"})
    arguments = [INSTALLED, "--config", str(config), "recognize", str(PHOTO)]
    call = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    while not any(entry["operation"] == "recognize" for entry in sandbox.ledger()):
        assert call.poll() is None
        time.sleep(0.01)
    call.send_signal(signal.SIGINT)
    _, told = call.communicate(timeout=30)
    assert call.returncode == 5
    assert "cancelled" in told and "billed: unknown" in told
