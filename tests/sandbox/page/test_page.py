#!/usr/bin/env python3
"""Opens the sandbox's page in Chromium, makes calls, and sees rows, totals and pictures appear.

Usage: test_page.py --built FOLDER [--screenshots FOLDER]

FOLDER has the programs cardwire and cardwire-sandbox. CHROMIUM names the browser; where there is none, the test says
that it is skipped. It needs nothing but Python's own library: the browser is spoken to over two pipes, in the words
of the DevTools protocol.
"""

import argparse
import base64
import fcntl
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[3]
IMAGES = ROOT / "tests" / "images"
PHOTO = IMAGES / "icbc-debit.jpg"
PERSON = {"card_number": "6222020000000000000", "name": "张三", "id_number": "110101190001010014"}
#: Seconds in which the page has to show what it is told.
PATIENCE = 20


class Browser:
    """Chromium without a window, on one page."""

    def __init__(self, program, address, folder):
        to_it, ours = os.pipe(), os.pipe()
        options = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-first-run", "--no-default-browser-check",
            "--disable-dev-shm-usage", "--lang=en", "--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank",
        ]

        def hand_over():
            """The browser reads from descriptor 3 and writes to 4, each of which may be another's here."""
            read, write = (fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_it[0], ours[1]))
            os.dup2(read, 3)
            os.dup2(write, 4)

        self.process = subprocess.Popen(
            [program, *options], preexec_fn=hand_over, pass_fds=(3, 4),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )
        os.close(to_it[0])
        os.close(ours[1])
        self.to_it, self.from_it = os.fdopen(to_it[1], "wb", 0), os.fdopen(ours[0], "rb", 0)
        self.heard, self.number, self.session, self.faults = b"", 0, None, []
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.ask(f"{domain}.enable")
        self.ask("Emulation.setDeviceMetricsOverride", width=1180, height=820, deviceScaleFactor=1, mobile=False)
        self.ask("Page.navigate", url=address)

    def ask(self, method, **parameters):
        """Asks for something and returns what comes of it."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session is not None:
            message["sessionId"] = self.session
        self.to_it.write(json.dumps(message).encode() + b"\0")
        while True:
            said = self.next()
            if said.get("id") == self.number:
                if "error" in said:
                    raise AssertionError(f"{method}: {said['error']['message']}")
                return said["result"]
            if said.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded"):
                self.faults.append(json.dumps(said["params"]))

    def next(self):
        while b"\0" not in self.heard:
            ready, _, _ = select.select([self.from_it], [], [], PATIENCE)
            more = self.from_it.read(1 << 16) if ready else b""
            if not more:
                raise AssertionError("the browser has ended, or says nothing")
            self.heard += more
        message, _, self.heard = self.heard.partition(b"\0")
        return json.loads(message)

    def value(self, expression):
        """Returns the value of an expression on the page."""
        said = self.ask("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in said:
            raise AssertionError(f"{expression}: {said['exceptionDetails']['exception']['description']}")
        return said["result"].get("value")

    def wait_for(self, expression, wanted):
        """Waits until an expression has a value."""
        end = time.monotonic() + PATIENCE
        while (found := self.value(expression)) != wanted:
            if time.monotonic() > end:
                raise AssertionError(f"{expression}: expected {wanted!r}, found {found!r}")
            time.sleep(0.1)

    def screenshot(self, path):
        height = self.value("document.documentElement.scrollHeight")
        clip = {"x": 0, "y": 0, "width": 1180, "height": min(height, 900), "scale": 1}
        shot = self.ask("Page.captureScreenshot", format="png", clip=clip, captureBeyondViewport=True)
        path.write_bytes(base64.b64decode(shot["data"]))
        print(f"{path}: {path.stat().st_size:,} bytes")

    def stop(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.to_it.close()
        self.from_it.close()


class Calls:
    """The command cardwire, with the sandbox's configuration."""

    def __init__(self, program, config, folder):
        self.program = program
        self.config = folder / "sandbox.json"
        self.config.write_text(json.dumps({**config, "retry": {"attempts": 1, "breaker": False}, "timeout_ms": 1000}))

    def run(self, *arguments, said=""):
        command = [self.program, *map(str, arguments), "--config", self.config]
        return subprocess.run(command, input=said, text=True, capture_output=True).returncode

    def recognize(self, photo, vendor):
        return self.run("recognize", photo, "--vendor", vendor)

    def recognize_often(self, photo, times):
        """Reads a photo so many times, each under a reference of its own."""
        folder = self.config.with_name("often")
        folder.mkdir()
        for number in range(times):
            (folder / f"{number}.png").symlink_to(photo)
        self.run("batch", folder, "--vendor", "aliyun_bankocr", "--output", self.config.with_name("often.jsonl"))

    def verify(self, vendor, **changes):
        return self.run("verify", "--from", "-", "--vendor", vendor, said=json.dumps({**PERSON, **changes}))


def post(admin, path, document):
    request = urllib.request.Request(admin + path, json.dumps(document).encode(), method="POST")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def choose(browser, field, value):
    """Fills in a field as a person does."""
    browser.value(f"""{{
        const field = document.getElementById({json.dumps(field)});
        field.value = {json.dumps(value)};
        field.dispatchEvent(new Event('change'));
    }}""")


def row(browser, number):
    """Returns an expression for the texts of a row, from the newest."""
    return f"[...document.querySelectorAll('#requests tr')[{number}].cells].map((cell) => cell.textContent)"


def look(browser, calls, admin, screenshots):
    shown = "document.querySelectorAll('#requests tr').length"
    browser.wait_for("document.getElementById('totals')?.rows.length > 3", True)
    browser.wait_for("document.getElementById('state').textContent", "live")
    assert browser.value(shown) == 0 and not browser.value("document.getElementById('none').hidden")

    # A call, while the page is open: its row, its totals and its picture come by themselves.
    assert calls.recognize(PHOTO, "aliyun_bankocr") == 0
    browser.wait_for(shown, 1)
    texts = browser.value(row(browser, 0))
    assert texts[0] == "1" and texts[2:7] == ["aliyun_bankocr", "recognize", "1", "yes", "yes"], texts
    browser.wait_for("document.querySelector('#requests img')?.naturalWidth", 1200)
    totals = "Object.fromEntries([...document.querySelectorAll('#totals tr')].map((line) => " \
        "[line.cells[0].textContent, [...line.cells].slice(1).map((cell) => cell.textContent).join()]))"
    browser.wait_for(f"({totals}).aliyun_bankocr", "1,1,1,0")
    browser.wait_for("document.querySelector('#sum tr').cells[3].textContent", "1")

    # A code and a fault that are queued on the page.
    for does, value, waiting in (("code", "-5", "1"), ("reset_after_read", "", "2")):
        choose(browser, "to", "aliyun_bankocr")
        choose(browser, "does", does)
        choose(browser, "value", value)
        browser.value("document.getElementById('script').requestSubmit()")
        browser.wait_for(f"({totals}).aliyun_bankocr.split(',')[3]", waiting)
    assert browser.value("document.querySelector('#codes').options.length") == 0
    assert calls.recognize(PHOTO, "aliyun_bankocr") != 0
    assert calls.recognize(PHOTO, "aliyun_bankocr") != 0
    browser.wait_for(shown, 3)
    assert [browser.value(row(browser, at))[4] for at in (1, 0)] == ["-5", "1 (no answer)"]
    assert browser.value(row(browser, 1))[9] == "yes"

    # What came over the network is a text, whatever it says.
    words = "<img src=x onerror=document.title=1>"
    post(admin, "/script", {"vendor": "aliyun_bankocr", "do": {"code": words}})
    calls.recognize(PHOTO, "aliyun_bankocr")
    browser.wait_for(shown, 4)
    assert words in browser.value(row(browser, 0)), browser.value(row(browser, 0))
    assert browser.value("document.title") == "Cardwire sandbox"

    # A reset, of which another program may be the cause.
    post(admin, "/reset", {})
    browser.wait_for(shown, 0)
    # The first request of this ledger has a photo of its own.
    calls.recognize(IMAGES / "abc-debit.png", "aliyun_bankocr")
    browser.wait_for("document.querySelector('#requests img')?.naturalWidth", 640)
    browser.value("document.getElementById('reset').click()")
    browser.wait_for(shown, 0)

    # More requests than pictures are kept: each link that is shown leads to one.
    calls.recognize_often(IMAGES / "abc-debit.png", 130)
    browser.wait_for(shown, 130)
    addresses = "[...document.querySelectorAll('#requests a')].map((link) => link.href)"
    browser.wait_for(f"{addresses}.length", 100)
    dead = f"Promise.all({addresses}.map((address) => fetch(address))).then((all) => all.filter((one) => !one.ok).length)"
    for _ in range(2):
        assert browser.value(dead) == 0
        browser.value("document.getElementById('language').click()")
        browser.wait_for(f"{addresses}.length", 100)

    # In Chinese, and back.
    browser.value("document.getElementById('language').click()")
    browser.wait_for("[document.documentElement.lang, document.querySelector('h1').textContent].join()", "zh,Cardwire 沙箱")
    browser.value("document.getElementById('language').click()")
    untold = "Object.keys(ENGLISH).filter((name) => !(name in CHINESE)).join()"
    assert browser.value(untold) == "", f"not in Chinese: {browser.value(untold)}"

    for color, ground in (("dark", "rgb(20, 24, 31)"), ("light", "rgb(245, 246, 249)")):
        browser.ask("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": color}])
        assert browser.value("getComputedStyle(document.body).backgroundColor") == ground

    if screenshots:
        choose(browser, "does", "code")
        show(calls, admin)
        browser.wait_for("[...document.images].filter((image) => image.naturalWidth > 0).length", 5)
        browser.screenshot(screenshots / "sandbox-page.png")
        browser.value("document.getElementById('language').click()")
        browser.wait_for("document.documentElement.lang", "zh")
        time.sleep(1)
        browser.screenshot(screenshots / "sandbox-page-zh.png")
    assert not browser.faults, browser.faults


def show(calls, admin):
    """Makes the calls of the picture in the documentation."""
    post(admin, "/reset", {})
    calls.recognize(IMAGES / "icbc-debit.jpg", "tencent_kyc")
    calls.verify("aliyun_yhkr")
    calls.recognize(IMAGES / "ccb-credit.jpg", "baidu_ocr")
    calls.verify("tencent_faceid", name="李四")
    post(admin, "/script", {"vendor": "aliyun_ocr", "do": {"code": "Throttling.User"}})
    calls.recognize(IMAGES / "abc-debit.png", "aliyun_ocr")
    calls.recognize(IMAGES / "abc-debit.png", "tencent_ocr")
    post(admin, "/script", {"vendor": "tencent_ocr", "do": {"fault": {"kind": "reset_after_read"}}})
    calls.recognize(IMAGES / "boc-prepaid-glare.jpg", "tencent_ocr")
    post(admin, "/script", {"vendor": "wechat", "operation": "recognize", "do": {"fault": {"kind": "delay_ms", "n": 4000}}})


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", type=pathlib.Path, required=True)
    parser.add_argument("--screenshots", type=pathlib.Path)
    options = parser.parse_args()
    names = [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "chrome"]
    program = next((found for name in names if name and (found := shutil.which(name))), None)
    if program is None:
        print("the sandbox's page: skipped, there is no chromium")
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        folder = pathlib.Path(folder)
        sandbox = subprocess.Popen(
            [options.built / "cardwire-sandbox", "--exit-with-stdin"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
        )
        config, admin = json.loads(sandbox.stdout.readline()), sandbox.stdout.readline().split()[1]
        browser = Browser(program, admin, folder / "profile")
        try:
            look(browser, Calls(options.built / "cardwire", config, folder), admin, options.screenshots)
        finally:
            browser.stop()
            sandbox.communicate()
    print("the sandbox's page: rows, totals, pictures, scripts and resets, live")


if __name__ == "__main__":
    sys.exit(main())
