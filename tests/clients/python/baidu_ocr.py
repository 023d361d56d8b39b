"""Baidu's SDK for Python. The argument after the calls says what is sent: a photo or an address."""
import sys
from pathlib import Path

from aip import AipOcr
from calls import run


def call(case, setting):
    client = AipOcr("1234567", case["api_key"], case["secret_key"])
    options = {"location": "true", "detect_quality": "true"}
    if sys.argv[2] == "photo":
        answer = client.bankcard(Path(case["photo"]).read_bytes(), options)
    else:
        answer = client.bankcardUrl(case["image_url"], options)
    return answer["error_code"] if "error_code" in answer else answer["result"]["bank_card_number"]


run(call)
