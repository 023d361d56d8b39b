"""Reads cards, verifies holders: demo.py CONFIG PHOTO [recognize|verify VENDOR[,VENDOR]...]..."""

import json
import sys
from pathlib import Path

from cardwire import Client, mask_card_number

config, photo, *calls = sys.argv[1:]
with Client(Path(config).read_text("utf-8")) as client:
    for operation, names in zip(calls[::2], calls[1::2]):
        row = {"language": "Python", "vendor": "", "operation": operation}
        if operation == "recognize":
            call = client.recognize(photo, vendor=names.split(","))
            row |= {"card": mask_card_number(call.card_number), "issuer": call.issuer, "outcome": "ok"}
        else:
            call = client.verify("6222020000000000000", "张三", "110101190001010014", vendor=names.split(","))
            row |= {"card": "622202*********0000", "issuer": None, "outcome": call.outcome}
        row |= {"vendor": call.vendor, "billed": call.billed, "order_id": call.order_id}
        took = sum(attempt.duration.total_seconds() for attempt in call.attempts)
        print(json.dumps({**row, "milliseconds": round(took * 1000)}, ensure_ascii=False))
