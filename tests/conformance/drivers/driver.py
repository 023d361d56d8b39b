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

import cardwire
from cardwire import AsyncClient, BatchInput, Cardholder, CardwireError, Client, ImageUrl

client = None
rendering = "--render" in sys.argv[1:]


def call(operation, arguments):
    if operation == "check_card_number":
        check = cardwire.check_card_number(arguments["card_number"])
        return {"well_formed": check.well_formed, "luhn": check.luhn}
    if operation == "check_id_number":
        check = cardwire.check_id_number(arguments["id_number"])
        fields = ("well_formed", "checksum", "birth_date")
        return {field: getattr(check, field) for field in fields}
    if operation in ("check_image", "look_at_image"):
        photo = Path(arguments["bytes"]).read_bytes()
        check = cardwire.check_image(photo, look=operation == "look_at_image")
        return {"width": check.width, "height": check.height, "look": check.look}
    options = {}
    if "vendor" in arguments:
        options["vendor"] = arguments["vendor"].split(",")
    if "timeout_ms" in arguments:
        options["timeout"] = float(arguments["timeout_ms"]) / 1000
    if operation == "fetch_order":
        return client.fetch_order(arguments["order_id"], **options)
    if "user_id" in arguments:
        options["user_id"] = arguments["user_id"]
    if "concurrency" in arguments:
        options["concurrency"] = int(arguments["concurrency"])
    if operation == "recognize_many":
        return only(client.recognize_many([numbered(image(arguments), arguments)], **options))
    if operation == "verify_many":
        holder = Cardholder(*cardholder(arguments))
        return only(client.verify_many([numbered(holder, arguments)], **options))
    if "order_id" in arguments:
        options["order_id"] = arguments["order_id"]
    if operation == "recognize":
        return client.recognize(image(arguments), **options)
    if operation == "lookup_card":
        return client.lookup_card(arguments["card_number"], **options)
    return client.verify(*cardholder(arguments), **options)


def image(arguments):
    if "bytes" in arguments:
        return Path(arguments["bytes"]).read_bytes()
    return arguments["file"] if "file" in arguments else ImageUrl(arguments.get("url", ""))


def cardholder(arguments):
    optional = [arguments.get("id_number"), arguments.get("phone")]
    return [arguments["card_number"], arguments["name"], *optional]


def numbered(value, arguments):
    return BatchInput(value, order_id=arguments.get("order_id"))


def only(items):
    [item] = items
    if item.error is not None:
        raise item.error
    return item.result


def field(text):
    name, value = text.split("=", 1)
    name, _, form = name.partition(":")
    if form == "bytes":
        value = bytes.fromhex(value).decode()
    elif form == "units":
        value = bytes.fromhex(value).decode("utf-16-be", "surrogatepass")
    return name, value


def open_client(config):
    global client
    if client is not None:
        client.close()
        client = None
    client = Client(config, on_event=telemetry() if rendering else None)


def answer(line):
    operation, *fields = line.rstrip("\n").split("\t")
    arguments = dict(map(field, fields))
    try:
        if operation == "open":
            open_client(arguments["config"])
            return "opened"
        result = call(operation, arguments)
        return "ok\t" + json.dumps(result if isinstance(result, dict) else result.to_dict(), default=str)
    except CardwireError as error:
        return "error\t" + json.dumps(error.to_dict(), default=str)


def telemetry():
    """Shows events, and what becomes of them in logs, spans and metrics."""
    import logging

    from cardwire.logging import log_event
    from cardwire.opentelemetry import OpenTelemetry
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor

    class Everything(logging.Handler):
        def emit(self, record):
            print(vars(record), flush=True)

    logger = logging.getLogger("cardwire")
    logger.setLevel(logging.DEBUG)
    logger.handlers = [Everything()]
    logger.propagate = False
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(ConsoleSpanExporter()))
    metrics = InMemoryMetricReader()
    trace = OpenTelemetry(tracers, MeterProvider([metrics], shutdown_on_exit=False))

    def on_event(event):
        show(event)
        log_event(event)
        trace(event)
        if isinstance(event, cardwire.CallEnded):
            data = metrics.get_metrics_data()
            print(data and data.to_json(), client and client.health(), flush=True)

    return on_event


def show(value):
    print(repr(value), str(value), f"{value}", [value], {"value": value}, flush=True)


def show_error(error):
    show(error)
    print(error.args, "".join(traceback.format_exception(type(error), error, error.__traceback__)))
    print(vars(error))
    # A pickle of an error with candidates holds them, as its documentation says.
    if not getattr(error, "candidates", ()):
        print(pickle.dumps(error))
    if isinstance(error, CardwireError):
        print(json.dumps(error.to_dict(), default=str))
    traceback.print_exception(type(error), error, error.__traceback__)
    sys.stderr.flush()


async def cancelled(arguments):
    async with AsyncClient(arguments["config"], on_event=show) as aio:
        await asyncio.wait_for(aio.recognize(arguments["file"]), int(arguments["cancel_ms"]) / 1000)


def render(line):
    operation, *fields = line.rstrip("\n").split("\t")
    arguments = dict(map(field, fields))
    try:
        if operation == "open":
            open_client(arguments["config"])
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
