"""The Python package as a subject of the conformance suite; the protocol is in src/subject.rs."""

import json
import sys
from pathlib import Path

from cardwire import CardwireError, Client, ImageUrl

client = None


def call(operation, arguments):
    options = {}
    if "vendor" in arguments:
        options["vendor"] = arguments["vendor"].split(",")
    if "timeout_ms" in arguments:
        options["timeout"] = int(arguments["timeout_ms"]) / 1000
    if operation == "fetch_order":
        return client.fetch_order(arguments["order_id"], **options)
    for name in ("order_id", "user_id"):
        if name in arguments:
            options[name] = arguments[name]
    if operation == "recognize":
        image = arguments.get("file") or ImageUrl(arguments.get("url", ""))
        return client.recognize(image, **options)
    if operation == "lookup_card":
        return client.lookup_card(arguments["card_number"], **options)
    return client.verify(
        arguments["card_number"],
        arguments["name"],
        arguments.get("id_number"),
        arguments.get("phone"),
        **options,
    )


def answer(line):
    global client
    operation, *fields = line.rstrip("\n").split("\t")
    arguments = dict(field.split("=", 1) for field in fields)
    if operation == "open":
        if client is not None:
            client.close()
        client = Client(Path(arguments["config"]).read_text("utf-8"))
        return "opened"
    try:
        return "ok\t" + json.dumps(call(operation, arguments).to_dict(), default=str)
    except CardwireError as error:
        return "error\t" + json.dumps(error.to_dict(), default=str)


for request in sys.stdin:
    print(answer(request), flush=True)
