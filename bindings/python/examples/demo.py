"""Reads a card photo: python demo.py CONFIG_JSON_FILE PHOTO."""

import json
import sys
from datetime import timedelta
from pathlib import Path

from cardwire import Client, mask_card_number

with Client(Path(sys.argv[1]).read_text("utf-8")) as client:
    card = client.recognize(sys.argv[2])
took = sum((attempt.duration for attempt in card.attempts), timedelta())
row = {"language": "Python", "vendor": card.vendor, "operation": "recognize"}
row |= {"card": mask_card_number(card.card_number), "issuer": card.issuer}
row |= {"outcome": card.attempts[-1].outcome, "billed": card.billed, "order_id": card.order_id}
print(json.dumps({**row, "milliseconds": took // timedelta(milliseconds=1)}, ensure_ascii=False))
