"""What every driver does: reads its calls, makes each, prints a line for each."""
import json
import sys


def run(call):
    with open(sys.argv[1], encoding="utf-8") as file:
        setting = json.load(file)
    for case in setting["cases"]:
        try:
            outcome = call(case, setting)
        except Exception as error:
            outcome = f"{type(error).__name__}: {error}".split("\n")[0]
        print(f"outcome\t{case['name']}\t{outcome}", flush=True)
