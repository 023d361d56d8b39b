"""The sandbox for tests of programs that use Cardwire.

With pytest, take the fixtures ``cardwire_sandbox`` and ``cardwire_client``. Elsewhere:

>>> from cardwire import Client
>>> from cardwire_testing import Sandbox
>>> with Sandbox() as sandbox, Client(sandbox.config) as client:             # doctest: +SKIP
...     client.recognize(sandbox.card_photo())
...     sandbox.counts("tencent_kyc")["billed"]
1
"""

from __future__ import annotations

import copy
import http.client
import json
import os
import subprocess
import sys
from typing import IO, Any, Dict, List, Mapping, Optional, Sequence, Tuple, TypeVar, Union, cast

__all__ = ["Sandbox", "SandboxError"]

_Self = TypeVar("_Self", bound="Sandbox")


class SandboxError(Exception):
    """What the sandbox refused, or why it did not start."""


def _program() -> List[str]:
    named = os.environ.get("CARDWIRE_SANDBOX")
    return [named] if named else [sys.executable, "-m", "cardwire", "sandbox"]


class Sandbox:
    """The vendors on this machine, as a process that ends with this one.

    ``options`` are those of ``cardwire sandbox``. The program is that of the package ``cardwire``, unless the variable
    ``CARDWIRE_SANDBOX`` names another. Raises `SandboxError` where it does not start.
    """

    def __init__(self, *options: str) -> None:
        program = _program()
        try:
            self._process = subprocess.Popen(
                [*program, "--exit-with-stdin", *options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                encoding="utf-8",
            )
        except OSError as error:
            raise SandboxError(f"the sandbox did not start: {program[0]}: {error.strerror}") from error
        try:
            self._config, self.admin_url = self._said()
        except BaseException:
            self._kill()
            raise

    admin_url: str
    """The address of its admin interface; in a browser, of the page that shows what it saw."""

    def _said(self) -> Tuple[Dict[str, Any], str]:
        """The configuration and the address that the process prints first."""
        said = cast(IO[str], self._process.stdout)
        try:
            config, admin = said.readline(), said.readline().split()
            if not config:
                raise SandboxError(f"the sandbox did not start: it ended with {self._process.wait()}")
            document = json.loads(config)
        except ValueError as error:
            raise SandboxError(f"the sandbox did not start: its first line is no JSON: {error}") from error
        if not isinstance(document, dict) or len(admin) != 2 or admin[0] != "admin":
            raise SandboxError("the sandbox did not start: it printed no configuration and address")
        return cast(Dict[str, Any], document), admin[1]

    def _kill(self) -> None:
        self._process.kill()
        self.stop()

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the process."""
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()
        self._process.wait()

    @property
    def config(self) -> Dict[str, Any]:
        """A configuration with an account of every vendor, which the caller may change."""
        return copy.deepcopy(self._config)

    def config_for(self, *vendors: str, **keys: Any) -> Dict[str, Any]:
        """A configuration with accounts of these vendors, in this order, and with other keys of the configuration, such
        as ``timeout_ms``."""
        entries = {entry["vendor"]: entry for entry in self.config["vendors"]}
        unknown = [vendor for vendor in vendors if vendor not in entries]
        if unknown:
            raise SandboxError(f"the sandbox has no vendor {unknown[0]!r}: it has {', '.join(entries)}")
        return {**self.config, "vendors": [entries[vendor] for vendor in vendors], **keys}

    def script(
        self,
        vendor: str,
        operation: str = "any",
        *,
        code: Optional[str] = None,
        fault: Union[None, str, Mapping[str, Any]] = None,
        times: int = 1,
        skip: int = 0,
        **do: Any,
    ) -> None:
        """Has the next request of a vendor meet something else than the vendor's usual answer: a ``code`` of the vendor,
        a ``fault`` of the connection by its name or with its numbers, or another part of a script's ``do``.

        >>> sandbox.script("wechat", code="45011", times=2)                      # doctest: +SKIP
        >>> sandbox.script("wechat", fault={"kind": "delay_ms", "n": 500})       # doctest: +SKIP
        """
        if code is not None:
            do["code"] = code
        if fault is not None:
            do["fault"] = {"kind": fault} if isinstance(fault, str) else dict(fault)
        script = {"vendor": vendor, "operation": operation, "times": times, "skip": skip, "do": do}
        self._ask("POST", "/script", script)

    def ledger(self, vendor: Optional[str] = None) -> List[Dict[str, Any]]:
        """Every request since the last reset, oldest first, of one vendor or of all: ``outcome``, ``executed``,
        ``billed``, ``order_no`` and more."""
        return cast(List[Dict[str, Any]], self._ask("GET", "/ledger" + (f"?vendor={vendor}" if vendor else "")))

    def counts(self, vendor: Optional[str] = None) -> Dict[str, Any]:
        """Totals of one vendor since the last reset: ``requests``, ``executed``, ``billed`` and more; or of all, by
        vendor."""
        counts = cast(Dict[str, Any], self._ask("GET", "/counts"))
        if vendor is None:
            return counts
        if vendor not in counts:
            raise SandboxError(f"the sandbox has no vendor {vendor!r}: it has {', '.join(counts)}")
        return cast(Dict[str, Any], counts[vendor])

    @property
    def billed(self) -> int:
        """The calls that the vendors billed since the last reset."""
        return sum(counts["billed"] for counts in self.counts().values())

    def settings(self, **changes: Any) -> Dict[str, Any]:
        """The settings, after these changes."""
        return cast(Dict[str, Any], self._ask("POST", "/settings", changes))

    def card_photo(
        self,
        number: Optional[str] = None,
        *,
        answer: Union[None, str, Mapping[str, str]] = None,
        warnings: Sequence[str] = (),
        **facts: str,
    ) -> bytes:
        """A photo of an invented card, a JPEG, in which every vendor of the sandbox reads this number, these facts
        (``issuer``, ``name``, ``kind``, ``valid``, ``clarity``) and ``warnings``; or to which it gives the ``answer``, a
        code for all or one for each vendor. Without any, they read what is printed on it."""
        marker: Dict[str, Any] = {**facts}
        for name, value in (("number", number), ("answer", answer), ("warnings", list(warnings) or None)):
            if value is not None:
                marker[name] = value
        return self._send("POST", "/photo", marker)

    def reset(self) -> None:
        """Has it forget everything: ledger, scripts, tokens, orders, quotas and changed settings."""
        self._ask("POST", "/reset", {})

    def _ask(self, method: str, path: str, document: Any = None) -> Any:
        return json.loads(self._send(method, path, document))

    def _send(self, method: str, path: str, document: Any = None) -> bytes:
        connection = http.client.HTTPConnection(self.admin_url.split("://", 1)[1], timeout=30)
        try:
            connection.request(method, path, None if document is None else json.dumps(document))
            answer = connection.getresponse()
            content = answer.read()
        except OSError as error:
            raise SandboxError(f"the sandbox does not answer: {error}") from error
        finally:
            connection.close()
        if answer.status != 200:
            raise SandboxError(json.loads(content)["error"])
        return content
