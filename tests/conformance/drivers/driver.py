"""The Python package as a subject of the conformance suite; the protocol is in src/subject.rs.

With --render it answers with everything that Python shows of a result, an error or an event, which is
what ends in logs, and then "done".
"""

import asyncio
import faulthandler
import json
import pickle
import sys
import traceback
from pathlib import Path

from cardwire import AsyncClient, Cardholder, CardwireError, Client, ImageUrl

client = None
rendering = "--render" in sys.argv[1:]


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
            client = None
        client = Client(Path(arguments["config"]).read_text("utf-8"), on_event=show if rendering else None)
        return "opened"
    try:
        return "ok\t" + json.dumps(call(operation, arguments).to_dict(), default=str)
    except CardwireError as error:
        return "error\t" + json.dumps(error.to_dict(), default=str)


def show(value):
    print(repr(value), str(value), f"{value}", [value], {"value": value}, flush=True)


def show_error(error):
    show(error)
    print(error.args, "".join(traceback.format_exception(type(error), error, error.__traceback__)))
    print(vars(error), pickle.dumps(error))
    if isinstance(error, CardwireError):
        print(json.dumps(error.to_dict(), default=str))
    traceback.print_exception(type(error), error, error.__traceback__)
    sys.stderr.flush()


async def cancelled(arguments):
    config = Path(arguments["config"]).read_text("utf-8")
    async with AsyncClient(config, on_event=show) as aio:
        await asyncio.wait_for(aio.recognize(arguments["file"]), int(arguments["cancel_ms"]) / 1000)


def render(line):
    operation, *fields = line.rstrip("\n").split("\t")
    arguments = dict(field.split("=", 1) for field in fields)
    try:
        if operation == "open":
            answer(line)
            render.config = arguments["config"]
            show(client)
        elif operation == "leak":
            content = Path(arguments["file"]).read_bytes()
            for stream in (sys.stdout, sys.stderr):
                stream.flush()
                stream.buffer.write(content + b"\n")
                stream.flush()
        elif operation == "fail":
            raise ValueError(arguments["text"])
        elif "cancel_ms" in arguments and operation == "recognize":
            asyncio.run(cancelled({**arguments, "config": render.config}))
        else:
            if operation == "verify":
                keys = ("card_number", "name", "id_number", "phone")
                show(Cardholder(*(arguments.get(key) for key in keys)))
            show(call(operation, arguments))
    except Exception as error:
        if "uncaught" in arguments:
            faulthandler.dump_traceback()
            raise
        show_error(error)
    print("done", flush=True)


for request in sys.stdin:
    if rendering:
        render(request)
    else:
        print(answer(request), flush=True)
