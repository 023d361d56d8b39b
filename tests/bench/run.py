"""Runs every client in turn against the one server and prints the tables: run.py OUT BUILT ROOT.

Client and server share one processor. On two, each call wakes the other one up, and on a virtual machine
that costs the waker more than the whole call, now more and now less; on one, processor time repeats.
"""

import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

OUT, BUILT, ROOT = map(Path, sys.argv[1:4])
PEERS = ROOT / "tests/bench/peers"
REPEATS = int(os.environ.get("REPEATS", "3"))
PHOTO = ROOT / "tests/images/ccb-debit-large.jpg"
SMALL, PHOTOS = ["tencent_faceid", "aliyun_yhkr"], ["wechat", "tencent_kyc", "aliyun_bankocr"]
ENVIRONMENT = dict(
    os.environ,
    PHOTO=str(PHOTO),
    NODE_PATH=str(OUT / "node/node_modules"),
    CARDWIRE_NODE=str(OUT / "node/cardwire"),
    PYTHONWARNINGS="ignore",
)

python = [str(OUT / "python/bin/python"), str(PEERS / "python/client.py")]
node = ["node", str(PEERS / "node/client.js")]
java = ["java", "-Dio.cardwire.library=" + str(OUT / "libcardwire.so.0")]
java += ["-cp", f"{OUT}/java/classes:{OUT}/java/lib/*", "Peer"]

# name, command, small calls counted, photo calls counted, vendors it has
CLIENTS = [
    ("Cardwire, Rust", [str(BUILT / "bench-cardwire")], 6400, 200, None),
    ("Cardwire, C", [str(OUT / "cardwire-c")], 6400, 200, None),
    ("Rust: plain reqwest", [str(BUILT / "bench-reqwest")], 6400, 40, None),
    ("C: libcurl", [str(OUT / "libcurl")], 6400, 100, None),
    ("C: hand-written", [str(OUT / "hand")], 6400, 200, None),
    ("C: prepared bytes (the limit)", [str(OUT / "prepared")], 6400, 200, None),
    ("Cardwire, Python", [*python, "cardwire"], 1920, 60, None),
    ("Python: requests", [*python, "requests"], 640, 10, None),
    ("Python: aiohttp", [*python, "aiohttp"], 640, 10, None),
    ("Python: vendor SDK, wechatpy", [*python, "sdk"], 640, 20, ["tencent_faceid", "wechat"]),
    ("Cardwire, Node", [*node, "cardwire"], 1920, 60, None),
    ("Node: undici", [*node, "undici"], 960, 20, None),
    (
        "Node: vendor SDKs, co-wechat-api",
        [*node, "sdk"],
        960,
        20,
        ["tencent_faceid", "aliyun_yhkr", "wechat", "aliyun_bankocr"],
    ),
    ("Cardwire, Java", [*java, "cardwire"], 6400, 80, None),
    ("Java: HttpClient", [*java, "httpclient"], 6400, 40, None),
]


def present(command):
    paths = [part for part in command if part.startswith(str(OUT)) or part.startswith(str(BUILT))]
    there = all(Path(part).exists() for part in paths if ":" not in part)
    if command[0] == "java":
        there = (OUT / "java/classes/Peer.class").exists()
    return there and shutil.which(command[0]) is not None


def pinned(command):
    return ["taskset", "-c", "0", *command] if shutil.which("taskset") else command


class Server:
    def __init__(self, pin):
        self.folder = OUT / "server"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        command = [str(BUILT / "bench-server"), str(self.folder)]
        self.process = subprocess.Popen(pinned(command) if pin else command, stdin=subprocess.PIPE)
        addresses = self.folder / "addresses.json"
        while not addresses.exists():
            time.sleep(0.02)
        self.addresses = json.loads(addresses.read_text())

    def arguments(self, tls):
        if tls:
            return [self.addresses["tls"], str(self.folder / "ca.pem")]
        return [self.addresses["plain"]]

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


def run(command, vendor, in_flight, calls, warm_up, address, pin=True, **variables):
    arguments = [*command, vendor, str(in_flight), str(calls), str(warm_up), *address]
    environment = dict(ENVIRONMENT, **variables)
    if address[1:]:
        environment["NODE_EXTRA_CA_CERTS"] = address[1]
    done = subprocess.run(
        pinned(arguments) if pin else arguments, capture_output=True, text=True, env=environment, timeout=300
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise RuntimeError(f"{arguments}: {done.stderr[-1500:]}")
    return json.loads(lines[-1])


def measure_clients(server):
    """Processor time and the rest of every client; repetitions are interleaved."""
    cases = [(vendor, flight, tls) for vendor in SMALL for flight in (1, 32) for tls in (False, True)]
    cases = [case for case in cases if not (case[2] and case[1] == 32)]
    cases += [(vendor, 1, tls) for vendor in PHOTOS for tls in (False, True)]
    found = {}
    for repeat in range(REPEATS):
        for vendor, flight, tls in cases:
            if tls and repeat > 1:
                continue
            for name, command, small, photos, vendors in CLIENTS:
                if (vendors and vendor not in vendors) or not present(command):
                    continue
                calls = small if vendor in SMALL else photos
                try:
                    warm_up = max(flight, calls // 2)
                    result = run(command, vendor, flight, calls, warm_up, server.arguments(tls))
                except (RuntimeError, subprocess.TimeoutExpired) as error:
                    if repeat == 0:
                        print(f"failed: {name}, {vendor}: {str(error)[-600:]}", file=sys.stderr)
                    continue
                found.setdefault((name, vendor, flight, tls), []).append(result)
    return found


def scaling():
    """Calls a second and processor time a call as more are in flight, on all processors."""
    server, rows = Server(pin=False), []
    command = [str(BUILT / "bench-cardwire")]
    for flight in (1, 2, 8, 32, 128, 512):
        results = []
        for _ in range(REPEATS):
            results.append(run(command, "aliyun_yhkr", flight, 25600, 5120, server.arguments(False), pin=False))
        rows.append((flight, results))
    server.stop()
    return rows


def memory_and_batch(server):
    command = [str(BUILT / "bench-cardwire")]
    rows = {}
    for vendor in PHOTOS:
        rows[vendor] = {
            flight: run(command, vendor, flight, 512, 64, server.arguments(False))["rss_kib"] for flight in (1, 16, 64)
        }
    many = Server(pin=False)
    batch = {}
    for calls in (1000, int(os.environ.get("BATCH", "10000"))):
        address = many.arguments(False)
        batch[calls] = run(command, "tencent_kyc", 64, calls, 64, address, pin=False, FACE="path")
    single = run(command, "tencent_kyc", 1, 1000, 64, many.arguments(False), pin=False)
    many.stop()
    return rows, batch, single


def instructions():
    """Instructions of signing, encoding and parsing one call, by callgrind."""
    if not shutil.which("valgrind"):
        return {}
    counts = {}
    for vendor in SMALL + PHOTOS:
        collected = []
        few, many = (100, 600) if vendor in SMALL else (2, 6)
        for times in (few, many):
            command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
            command += [str(BUILT / "bench-pure"), vendor, str(times)]
            text = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT).stderr
            collected.append(int(re.search(r"Collected : (\d+)", text)[1]))
        counts[vendor] = (collected[1] - collected[0]) // (many - few)
    return counts


def milliseconds(results):
    values = sorted(result["cpu_ms"] for result in results)
    middle = statistics.median(values)
    spread = (values[-1] - values[0]) / middle * 100 if middle else 0
    digits = 4 if middle < 0.1 else 3 if middle < 1 else 2
    return middle, f"{middle:.{digits}f} ±{spread / 2:.0f}%"


def table(found, cases, title):
    names = [name for name, *_ in CLIENTS if any((name, *case) in found for case in cases)]
    lines = [title, ""]
    heads = [vendor + (", 32 in flight" if flight == 32 else "") for vendor, flight, _ in cases]
    lines.append("| client | " + " | ".join(heads) + " |")
    lines.append("|---|" + "---|" * len(cases))
    for name in names:
        cells = []
        for case in cases:
            results = found.get((name, *case))
            if not results:
                cells.append("")
                continue
            rate = statistics.median(result["calls_per_s"] for result in results)
            cells.append(f"{milliseconds(results)[1]} ({rate:,.0f}/s)")
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines + [""]


def ratios(found):
    """Each goal of processor time with its figure."""
    median = {key: milliseconds(results)[0] for key, results in found.items()}

    def best(names, case):
        values = [median[(name, *case)] for name in names if (name, *case) in median]
        return min(values) if values else None

    rows = ["| goal | case | figure | met |", "|---|---|---|---|"]

    def row(goal, case, ours, other, limit, least=False):
        value, base = median.get((ours, *case)), best(other, case)
        if not value or not base:
            return
        ratio = base / value if least else value / base
        met = ratio >= limit if least else ratio <= limit
        words = f"{case[0]}" + (", 32 in flight" if case[1] == 32 else "") + (", TLS" if case[2] else "")
        rows.append(f"| {goal} | {ours}: {words} | {ratio:.2f} | {'yes' if met else 'no'} |")

    for tls in (False, True):
        for face in ("Cardwire, Rust", "Cardwire, C"):
            for vendor in SMALL:
                for flight in (1, 32):
                    row("at most libcurl's", (vendor, flight, tls), face, ["C: libcurl"], 1.0)
                    row("reach for 1.3 x hand-written", (vendor, flight, tls), face, ["C: hand-written"], 1.3)
            for vendor in PHOTOS:
                row("at most 1.2 x hand-written", (vendor, 1, tls), face, ["C: hand-written"], 1.2)
                limit = ["C: prepared bytes (the limit)"]
                row("reach for 2 x the limit", (vendor, 1, tls), face, limit, 2.0)
        for language in ("Python", "Node", "Java"):
            peers = [name for name, *_ in CLIENTS if name.startswith(language + ":")]
            for vendor in SMALL:
                for flight in (1, 32):
                    row("3 x less or better", (vendor, flight, tls), f"Cardwire, {language}", peers, 3, True)
            for vendor in PHOTOS:
                times = 2 if vendor == "wechat" else 10
                row(f"{times} x less or better", (vendor, 1, tls), f"Cardwire, {language}", peers, times, True)
    return rows


def starts(found):
    lines = ["| client | start, ms | peak memory with photos, MiB |", "|---|---|---|"]
    for name, *_ in CLIENTS:
        mine = [result for (client, *_), results in found.items() if client == name for result in results]
        photo = [r for (client, vendor, *_), rs in found.items() if client == name and vendor in PHOTOS for r in rs]
        if mine:
            start = min(result["start_ms"] for result in mine)
            peak = max((result["rss_kib"] for result in photo), default=0) / 1024
            lines.append(f"| {name} | {start:.1f} | {peak:.0f} |")
    load = [float(subprocess.run([OUT / "load", OUT / "libcardwire.so.0"], capture_output=True).stdout) for _ in range(5)]
    return lines + ["", f"Loading libcardwire.so: {min(load):.2f} ms.", ""]


def main():
    begun = time.monotonic()
    server = Server(pin=True)
    found = measure_clients(server)
    memory, batch, single = memory_and_batch(server)
    server.stop()
    scale = scaling()
    counts = instructions()
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    lines = [f"{os.cpu_count()} processors, {processor[1] if processor else 'unknown'}; {REPEATS} repetitions.", ""]
    small = [(vendor, flight, False) for vendor in SMALL for flight in (1, 32)]
    lines += table(found, small, "Small calls: processor milliseconds a call, half the spread, calls a second")
    lines += table(found, [(vendor, 1, False) for vendor in PHOTOS], "Photos (1.9 MB JPEG)")
    lines += table(found, [(vendor, 1, True) for vendor in SMALL + PHOTOS], "Over TLS")
    lines += ["Goals", "", *ratios(found), ""]
    lines += starts(found)
    lines += ["| in flight | calls a second | processor ms a call |", "|---|---|---|"]
    for flight, results in scale:
        rate = statistics.median(result["calls_per_s"] for result in results)
        lines.append(f"| {flight} | {rate:,.0f} | {milliseconds(results)[1]} |")
    lines.append("")
    for vendor, peaks in memory.items():
        each = (peaks[64] - peaks[16]) / 48
        lines.append(f"Memory, {vendor}: peak {peaks} KiB by calls in flight; {each:.0f} KiB a call beyond the photo.")
    for calls, result in batch.items():
        lines.append(
            f"Batch of {calls} photos from files, 64 in flight: {result['calls_per_s']:,.0f}/s, "
            f"{result['cpu_ms']:.3f} ms a call, peak {result['rss_kib']} KiB."
        )
    lines.append(f"The same one at a time: {single['calls_per_s']:,.0f}/s, {single['cpu_ms']:.3f} ms a call.")
    if counts:
        lines += ["", "Instructions to sign, encode and parse a call: "]
        lines[-1] += ", ".join(f"{vendor} {count:,}" for vendor, count in counts.items()) + "."
    sizes = {path.name: path.stat().st_size for path in (OUT / "libcardwire.so.0",) if path.exists()}
    lines += ["", f"Stripped library: {sizes}. Measured in {(time.monotonic() - begun) / 60:.1f} minutes."]
    text = "\n".join(lines)
    print(text)
    (OUT / "table.md").write_text(text + "\n")
    raw = {"|".join(map(str, key)): results for key, results in found.items()}
    (OUT / "results.json").write_text(json.dumps({"clients": raw, "instructions": counts, "memory": memory}, indent=1))


if __name__ == "__main__":
    main()
