"""Run by test.sh in an environment that holds the wheel and nothing else."""

import io
import json
import sys

import cardwire

config = json.loads(sys.argv[1])
photo = open(sys.argv[2], "rb").read()
with cardwire.Client(config) as client:
    assert client.recognize(io.BytesIO(photo)).card_number == "6222020000000000000"
    answer = client.verify("6222020000000000000", "张三", "110101190001010014")
    assert answer.outcome is cardwire.Outcome.MATCH
print(f"cardwire {cardwire.__version__} works on Python {sys.version.split()[0]}")
