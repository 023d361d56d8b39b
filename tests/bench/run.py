"""Runs every client in turn against the one server and writes the tables into the pages that hold them:
run.py OUT BUILT ROOT. With PART=offline it only prints what the reader of photos costs.

Client and server share one processor. On two, each call wakes the other one up, and on a virtual machine
that costs the waker more than the whole call, now more and now less; on one, processor time repeats.
"""

import datetime
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
import zlib
from pathlib import Path

from report import PHOTOS, SMALL, Report, offline_lines, put

OUT, BUILT, ROOT = map(Path, sys.argv[1:4])
PEERS = ROOT / "tests/bench/peers"
REPEATS = int(os.environ.get("REPEATS", "2"))
PART = os.environ.get("PART", "all")
BATCH = int(os.environ.get("BATCH", "10000"))
PHOTO = ROOT / "tests/images/ccb-debit-large.jpg"
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
    ("HTTP alone: reqwest, blocking", [str(BUILT / "bench-http"), "blocking"], 6400, 100, None),
    ("HTTP alone: reqwest", [str(BUILT / "bench-http"), "reqwest"], 6400, 100, None),
    ("HTTP alone: hyper", [str(BUILT / "bench-http"), "hyper"], 6400, 100, None),
    ("C: libcurl", [str(OUT / "libcurl")], 6400, 100, None),
    ("C: hand-written", [str(OUT / "hand")], 6400, 200, None),
    ("C: prepared bytes (the limit)", [str(OUT / "prepared")], 6400, 200, None),
    ("Cardwire, Python", [*python, "cardwire"], 1920, 60, None),
    ("Python: requests", [*python, "requests"], 640, 10, None),
    ("Python: aiohttp", [*python, "aiohttp"], 640, 10, None),
    ("Python: vendor SDK, wechatpy", [*python, "sdk"], 640, 20, ["tencent_faceid", "wechat"]),
    ("Cardwire, Node", [*node, "cardwire"], 1920, 60, None),
    # As many as ours: what V8 has compiled by then decides what a small call takes.
    ("Node: undici", [*node, "undici"], 1920, 20, None),
    (
        "Node: vendor SDKs, co-wechat-api",
        [*node, "sdk"],
        1920,
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
                if tls and name.startswith("HTTP alone"):
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
        # As the processors happen to sleep, one run takes twice what the next does.
        for _ in range(max(REPEATS, 5)):
            results.append(run(command, "aliyun_yhkr", flight, 25600, 5120, server.arguments(False), pin=False))
        rows.append((flight, results))
    server.stop()
    return rows


def memory_and_batch(server):
    command = [str(BUILT / "bench-cardwire")]
    rows = {}
    for vendor in PHOTOS:
        rows[vendor] = {
            flight: run(command, vendor, flight, 1024, 256, server.arguments(False))["rss_kib"] for flight in (1, 256)
        }
    many = Server(pin=False)
    batch = {}
    for calls in (1000, BATCH):
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
    for vendor in [*SMALL, *PHOTOS, "aliyun_bankocr_key_pair"]:
        collected = []
        few, many = (100, 600) if vendor in SMALL else (2, 6)
        for times in (few, many):
            command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
            command += [str(BUILT / "bench-pure"), vendor, str(times)]
            text = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT).stderr
            collected.append(int(re.search(r"Collected : (\d+)", text)[1]))
        counts[vendor] = (collected[1] - collected[0]) // (many - few)
    return counts


def load_ms():
    """How long loading the C library takes."""
    command = [OUT / "load", OUT / "libcardwire.so.0"]
    return min(float(subprocess.run(command, capture_output=True).stdout) for _ in range(5))


def sizes():
    """Bytes of the library, and of what is downloaded, compressed as the registries hold it."""
    found = {"library": (OUT / "libcardwire.so.0").stat().st_size}
    packages = list((OUT / "python").glob("lib/*/site-packages/cardwire"))
    if packages:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as wheel:
            for path in packages[0].rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    wheel.write(path, path.relative_to(packages[0]))
        found["wheel"] = len(held.getvalue())
    if (OUT / "node/cardwire").exists():
        held = io.BytesIO()
        with tarfile.open(fileobj=held, mode="w:gz") as package:
            package.add(OUT / "node/cardwire", "package")
        found["npm package"] = len(held.getvalue())
    return found


def offline():
    """What the reader of photos costs: its time on one processor, its memory, and what it adds to the packages."""
    program = str(BUILT / "bench-offline")

    def said(*arguments):
        return subprocess.run(pinned([program, *arguments]), check=True, capture_output=True, text=True).stdout

    photo = OUT / "large.jpg"
    said("photo", str(photo))
    added = {}
    for name, file in (("shared library", "libcardwire.so"), ("wheel", "libcardwire_python.so"), ("npm package", "libcardwire_node.so")):
        each = [(OUT / folder / file).read_bytes() for folder in ("with-offline", "without-offline")]
        added[name] = len(zlib.compress(each[0], 9)) - len(zlib.compress(each[1], 9))
    return {
        "photos": [json.loads(line) for line in said("time", str(REPEATS + 1)).splitlines()],
        "memory_kib": int(said("memory", str(photo))),
        "added": added,
    }


def machine(minutes):
    processor = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    tools = [["rustc", "--version"], [str(OUT / "python/bin/python"), "--version"], ["node", "--version"]]
    versions = []
    for tool in tools:
        if shutil.which(tool[0]):
            versions.append(subprocess.run(tool, capture_output=True, text=True).stdout.split(" (")[0].strip())
    java = shutil.which("java") and subprocess.run(["java", "-version"], capture_output=True, text=True).stderr
    versions += [f"Java {java.split(chr(34))[1]}"] if java else []
    versions = ", ".join("Node " + v if v.startswith("v") else v for v in versions)
    return (
        f"{datetime.date.today()}; {os.cpu_count()} processors ({processor[1] if processor else 'unknown'}), "
        f"{os.uname().sysname} {os.uname().release}; {versions}. `REPEATS={REPEATS} BATCH={BATCH}`, "
        f"{minutes:.1f} minutes after building, load {os.getloadavg()[2]:.1f}."
    )


def main():
    if PART == "offline":
        print("\n".join(offline_lines(offline())))
        return
    begun = time.monotonic()
    server = Server(pin=True)
    found = measure_clients(server)
    memory, batch, single = memory_and_batch(server)
    server.stop()
    scale = scaling()
    rest = {
        "memory": memory,
        "batch": batch,
        "single": single,
        "scaling": scale,
        "instructions": instructions(),
        "processors": os.cpu_count(),
        "load_ms": load_ms(),
        "sizes": sizes(),
        "offline": offline(),
    }
    rest["machine"] = machine((time.monotonic() - begun) / 60)
    report = Report([name for name, *_ in CLIENTS], found, rest)
    page = report.page()
    print(page)
    (OUT / "table.md").write_text(page + "\n")
    raw = {"|".join(map(str, key)): results for key, results in found.items()}
    (OUT / "results.json").write_text(json.dumps({"clients": raw, **rest}, indent=1))
    # The pages show a whole run or stay as they are.
    if {name for name, *_ in found} == {name for name, *_ in CLIENTS}:
        put(ROOT / "tests/bench/README.md", page)
        put(ROOT / "docs/speed.md", report.summary())


if __name__ == "__main__":
    main()
