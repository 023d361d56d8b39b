"""The Python package as a subject of the conformance suite; the protocol is in src/subject.rs."""

import json
import sys
from pathlib import Path

import cardwire
from cardwire import Cardholder, CardwireError, Client, ImageUrl

client = None


def call(operation, arguments):
    if operation == "check_card_number":
        check = cardwire.check_card_number(arguments["card_number"])
        return {"well_formed": check.well_formed, "luhn": check.luhn}
    if operation == "check_id_number":
        check = cardwire.check_id_number(arguments["id_number"])
        fields = ("well_formed", "checksum", "birth_date")
        return {field: getattr(check, field) for field in fields}
    if operation == "check_image":
        check = cardwire.check_image(Path(arguments["bytes"]).read_bytes())
        return {"width": check.width, "height": check.height}
    options = {}
    if "vendor" in arguments:
        options["vendor"] = arguments["vendor"].split(",")
    if "timeout_ms" in arguments:
        options["timeout"] = float(arguments["timeout_ms"]) / 1000
    if operation == "fetch_order":
        return client.fetch_order(arguments["order_id"], **options).to_dict()
    if "user_id" in arguments:
        options["user_id"] = arguments["user_id"]
    if "concurrency" in arguments:
        options["concurrency"] = int(arguments["concurrency"])
    if operation == "recognize_many":
        return only(client.recognize_many([image(arguments)], **options))
    if operation == "verify_many":
        return only(client.verify_many([Cardholder(*cardholder(arguments))], **options))
    if "order_id" in arguments:
        options["order_id"] = arguments["order_id"]
    if operation == "recognize":
        return client.recognize(image(arguments), **options).to_dict()
    if operation == "lookup_card":
        return client.lookup_card(arguments["card_number"], **options).to_dict()
    return client.verify(*cardholder(arguments), **options).to_dict()


def image(arguments):
    if "bytes" in arguments:
        return Path(arguments["bytes"]).read_bytes()
    return arguments["file"] if "file" in arguments else ImageUrl(arguments.get("url", ""))


def cardholder(arguments):
    optional = [arguments.get("id_number"), arguments.get("phone")]
    return [arguments["card_number"], arguments["name"], *optional]


def only(items):
    [item] = items
    if item.error is not None:
        raise item.error
    return item.result.to_dict()


def field(text):
    name, value = text.split("=", 1)
    name, _, form = name.partition(":")
    if form == "bytes":
        value = bytes.fromhex(value).decode()
    elif form == "units":
        value = bytes.fromhex(value).decode("utf-16-be", "surrogatepass")
    return name, value


def answer(line):
    global client
    operation, *fields = line.rstrip("\n").split("\t")
    arguments = dict(map(field, fields))
    try:
        if operation == "open":
            if client is not None:
                client.close()
            client = Client(arguments["config"])
            return "opened"
        return "ok\t" + json.dumps(call(operation, arguments), default=str)
    except CardwireError as error:
        return "error\t" + json.dumps(error.to_dict(), default=str)


for request in sys.stdin:
    print(answer(request), flush=True)
