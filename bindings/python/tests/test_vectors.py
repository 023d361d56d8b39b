"""The vectors of every vendor, answered over HTTP by the sandbox word for word."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import cardwire
import pytest
from cardwire import Client, ImageUrl
from cardwire._arguments import options

from conftest import CARD, ID_NUMBER, NAME, PHONE, REPOSITORY, SMALL_PNG, Sandbox

Case = Dict[str, Any]


def cases(vendor: str) -> Iterator[Tuple[str, Case]]:
    for path in sorted((REPOSITORY / "tests" / "vectors" / vendor / "answers").glob("*.json")):
        for case in json.loads(path.read_text("utf-8")):
            # A token's answer is no result of a call: the library's own tests read those.
            if case["operation"] != "token":
                yield f"{vendor} {case['name']}", case


def scripted(response: Dict[str, Any]) -> Dict[str, Any]:
    """The response as the sandbox takes it."""
    answer = {
        "status": response.get("status", 200),
        "headers": response.get("headers") or [],
    }
    body = response.get("body")
    if response.get("body_base64") is not None:
        answer["body_base64"] = response["body_base64"]
    elif isinstance(body, str):
        answer["body"] = body
    elif body is not None:
        answer["body"] = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return answer


def call_of(client: Client, case: Case) -> Any:
    given = case.get("input") or {}
    order_id = case.get("order_id", "cardwireVector0001")
    chosen = options(None, order_id, given.get("user_id"), None)
    operation = case["operation"]
    if operation == "recognize":
        if "url" in given:
            return client._recognize(ImageUrl(given["url"]), chosen)
        encoded = given.get("image_base64")
        return client._recognize(base64.b64decode(encoded) if encoded else SMALL_PNG, chosen)
    number = given.get("card_number", CARD)
    if operation == "lookup_card":
        return client._native.lookup_card(number, chosen)
    if operation == "fetch_order":
        return client._native.fetch_order(order_id)
    elements = int(operation[len("verify") :])
    return client._native.verify(
        number,
        given.get("name", NAME),
        given.get("id_number", ID_NUMBER) if elements >= 3 else None,
        given.get("phone", PHONE) if elements == 4 else None,
        chosen,
    )


# This machine makes no answers.
VENDORS = [vendor.value for vendor in cardwire.Vendor if vendor is not cardwire.Vendor.OFFLINE]


@pytest.mark.parametrize("vendor", VENDORS)
def test_answers_mean_what_the_vectors_say(sandbox: Sandbox, vendor: str, tmp_path: Path) -> None:
    # What the table of prefixes knows besides is no part of an answer.
    table = tmp_path / "issuers.csv"
    table.write_text("prefix,card_length,issuer_code,issuer,card_kind,sources\n")
    issuers = {"file": str(table), "built_in": False}
    failures: List[str] = []
    count = 0
    for name, case in cases(vendor):
        sandbox.reset()
        config = sandbox.config_for(vendor, retry={"attempts": 1}, issuers=issuers)
        config["vendors"][0].update(
            (key, value)
            for key, value in (case.get("account") or {}).items()
            if key not in ("app_id", "app_secret", "secret", "access_token")
        )
        operation = case["operation"] if case["operation"] == "fetch_order" else "recognize"
        if case["operation"].startswith(("verify", "lookup")):
            operation = "any"
        sandbox.script(vendor, operation, times=0, answer=scripted(case["response"]))
        with Client(config) as client:
            call = call_of(client, case)
            ended = threading.Event()
            call.start(ended.set)
            assert ended.wait(20)
            result, error = call.outcome()
            result = error if result is None else result
        count += 1
        found = result.to_dict()
        side = "error" if isinstance(result, cardwire.CardwireError) else "ok"
        if side == "error" and type(result) is not cardwire._errors._CLASSES[result.kind]:
            failures.append(f"{name}: {type(result)}")
        if side not in case["expect"]:
            failures.append(f"{name}: {side}: {found}")
            continue
        for key, value in case["expect"][side].items():
            if key != "advice" and found.get(key) != value:
                failures.append(f"{name}: {key} is {found.get(key)!r}, not {value!r}")
    assert count > 0
    assert not failures, f"{len(failures)} of {count}:\n" + "\n".join(failures[:20])
