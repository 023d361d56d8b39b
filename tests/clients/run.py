#!/usr/bin/env python3
"""Runs the vendors' own and other common clients, unchanged, against the sandbox and prints who got what.

clients.json has the clients, the cases and what is right; this program fills in the sandbox's credentials and the
inputs that bring an answer. Needs what the clients chosen need: see the README.
"""
import argparse
import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import venv
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Sandbox:
    """The sandbox as a process, which ends with this one."""

    def __init__(self, program, *options):
        command = [program, "--exit-with-stdin", *options]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.config = json.loads(self.process.stdout.readline())
        self.admin = self.process.stdout.readline().split()[1]
        self.all = self.process.stdout.readline().split()[1]
        self.ask("/settings", {"rates": dict.fromkeys(self.base_urls(), 0)})

    def ask(self, path, told=None):
        with urlopen(self.admin + path, told and json.dumps(told).encode()) as answer:
            return json.load(answer)

    def base_urls(self):
        return {entry["vendor"]: entry["base_url"] for entry in self.config["vendors"]}

    def stop(self):
        self.process.stdin.close()
        self.process.wait()


class Runner:
    def __init__(self, program, work, own_network):
        self.work = work
        self.own_network = own_network
        work.mkdir(parents=True, exist_ok=True)
        ports = ("80", "443") if own_network else ("0", "0")
        self.plain = Sandbox(program, "--port", ports[0])
        self.secure = Sandbox(program, "--tls", str(work), "--port", ports[1])
        self.ca = work / "ca.pem"
        self.magic = self.plain.ask("/magic")
        self.accounts = {entry["vendor"]: entry for entry in self.plain.config["vendors"]}
        self.credentials = self.plain.ask("/credentials")
        self.ready = {}

    def account(self, kind):
        """The account that cases of a kind use: that of the vendor of this name, or another of `/credentials`."""
        return self.accounts.get(kind) or self.credentials[kind]

    def values(self, kind):
        """The account and the invented person that a case starts from."""
        entry = self.account(kind)
        values = {key: value for key, value in entry.items() if isinstance(value, str)}
        return values | {
            "card": "6222020000000000000",
            "id": "110101190001010014",
            "person": "张三",
            "photo": str(ROOT / "tests/images/icbc-debit.jpg"),
            "image_url": "https://cards.example/front.jpg",
            "broken": "",
        }

    def bring(self, kind, code):
        """The input that makes the vendor answer this code."""
        vendor = self.account(kind)["vendor"]
        rows = (r for r in self.magic if r["vendor"] == vendor and r["code"] == code)
        given = next(r["input"] for r in rows if "app_id" not in r["input"])
        values = {"card": given.get("card_number"), "image_url": given.get("image_url")}
        if "marker" in given:
            photo = self.work / f"{vendor}{code}.jpg"
            marker = b"cardwire-card:" + json.dumps(given["marker"]).encode()
            comment = b"\xff\xfe" + (len(marker) + 2).to_bytes(2, "big") + marker
            jpeg = Path(self.values(kind)["photo"]).read_bytes()
            # Before the photo's own: the first counts.
            photo.write_bytes(jpeg[:2] + comment + jpeg[2:])
            values["photo"] = str(photo)
        return {key: value for key, value in values.items() if value}

    def prepare(self, needs):
        """Installs what the clients of a language are, once, and gives how a driver starts."""
        if needs not in self.ready:
            self.ready[needs] = getattr(self, needs)() if needs else []
        return self.ready[needs]

    def python(self):
        python = self.work / "venv/bin/python"
        if not python.exists():
            venv.create(self.work / "venv", with_pip=True)
        requirements = HERE / "python/requirements.txt"
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        self.install([*pip, "-r", str(requirements)])
        return [str(python)]

    def node(self):
        command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
        self.install(command, cwd=HERE / "node")
        return ["node"]

    def go(self):
        program = str(self.work / "go-clients")
        self.do(["go", "build", "-o", program, "."], cwd=HERE / "go")
        return [program]

    def java(self):
        target = f"-Dclients.build={self.work / 'java'}"
        copied = f"-DoutputDirectory={self.work / 'java/jars'}"
        command = ["mvn", "-q", "-B", "-ntp", target, "compile", "dependency:copy-dependencies", copied]
        self.do(command, cwd=HERE / "java")
        store = self.work / "trust.p12"
        store.unlink(missing_ok=True)
        secret = ["-storepass", "changeit"]
        self.do(["keytool", "-importcert", "-noprompt", "-file", str(self.ca), "-keystore", str(store), *secret])
        host, port = self.secure.all.split(":")
        classes = f"{self.work / 'java/classes'}:{self.work / 'java/jars'}/*"
        return [
            "java",
            f"-Djavax.net.ssl.trustStore={store}",
            "-Djavax.net.ssl.trustStorePassword=changeit",
            f"-Dhttps.proxyHost={host}",
            f"-Dhttps.proxyPort={port}",
            "-cp",
            classes,
            "clients.Main",
        ]

    def install(self, command, cwd=None):
        # In a network of its own there is no registry; it was done before.
        if not self.own_network:
            self.do(command, cwd)

    def do(self, command, cwd=None):
        try:
            done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
        except FileNotFoundError:
            sys.exit(f"{command[0]} is needed: see tests/clients/README.md")
        if done.returncode:
            sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")

    def environment(self):
        """What maps the vendors' names to the sandbox and lets its authority be trusted."""
        inherited = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
        proxy = {} if self.own_network else {"HTTPS_PROXY": f"http://{self.secure.all}", "NO_PROXY": "127.0.0.1"}
        return inherited | proxy | {
            "REQUESTS_CA_BUNDLE": str(self.ca),
            "SSL_CERT_FILE": str(self.ca),
            "NODE_EXTRA_CA_CERTS": str(self.ca),
        }

    def outcomes(self, client, cases):
        start = self.prepare(client.get("needs"))
        if client.get("each"):
            direct = {"CURL": f"--connect-to ::{self.secure.all} --cacert {self.ca}", "NO_PROXY": "*"}
            environments = [self.environment() | direct | case for case in cases]
            return [self.run(client["command"], one).strip() for one in environments]
        setting = self.work / "cases.json"
        given = {"cases": cases, "plain": self.plain.base_urls(), "all": self.secure.all, "ca": str(self.ca)}
        setting.write_text(json.dumps(given), encoding="utf-8")
        script, *rest = client["command"]
        if client["needs"] in ("python", "node"):
            command = [*start, script, str(setting), *rest]
        else:
            command = [*start, str(setting), script]
        lines = (line.split("\t") for line in self.run(command, self.environment()).splitlines())
        said = {line[1]: line[2] for line in lines if line[0] == "outcome"}
        return [said.get(case["name"], "nothing") for case in cases]

    def run(self, command, environment):
        done = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, timeout=120)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
        return done.stdout

    def stop(self):
        self.plain.stop()
        self.secure.stop()


def names_of_the_vendors():
    """Brings up loopback and an /etc/hosts with the vendors' names, for this process and what it starts."""
    interface_up = struct.pack("16sh", b"lo", 1)
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, 0x8914, interface_up)  # SIOCSIFFLAGS
    hosts = ROOT / "build/clients/hosts"
    names = "api.weixin.qq.com yhkr.market.alicloudapi.com bankocr.market.alicloudapi.com faceid.tencentcloudapi.com"
    hosts.write_text(f"127.0.0.1 localhost {names}\n")
    subprocess.run(["mount", "--bind", str(hosts), "/etc/hosts"], check=True)


def run_in_own_network(clients, program):
    """Runs the clients that take neither another port nor a proxy; gives how many cases passed, failed, were skipped."""
    unshare = ["unshare", "--net", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"])]
    cases = json.loads((HERE / "clients.json").read_text(encoding="utf-8"))["cases"]
    count = sum(len(cases[client["cases"]]) for client in clients)
    if not clients or subprocess.run([*unshare, "true"], capture_output=True).returncode:
        return 0, 0, count
    names = [client["name"] for client in clients]
    command = [*unshare, sys.executable, __file__, "--own-network", "--sandbox", program, *names]
    lines = subprocess.run(command, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    print("\n".join(lines[:-1]), flush=True)
    passed = int(lines[-1].split()[0]) if lines else 0
    return passed, count - passed, 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sandbox", required=True, help="the sandbox's program")
    parser.add_argument("--quick", action="store_true", help="only curl, Python and Node")
    parser.add_argument("names", nargs="*", help="only clients with one of these texts in their name")
    parser.add_argument("--own-network", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    table = json.loads((HERE / "clients.json").read_text(encoding="utf-8"))
    chosen = [c for c in table["clients"] if c.get("quick") or not given.quick]
    if given.names:
        chosen = [c for c in chosen if any(name in c["name"] for name in given.names)]
    if given.own_network:
        names_of_the_vendors()
    runner = Runner(str(Path(given.sandbox).resolve()), ROOT / "build/clients", given.own_network)
    passed = failed = skipped = 0
    width = max(len(client["name"]) for client in table["clients"])
    fixed = [c for c in chosen if c.get("fixed") and not given.own_network]
    chosen = [c for c in chosen if c not in fixed]
    try:
        for client in chosen:
            kind = client["cases"]
            rows = table["cases"][kind]
            cases = [
                runner.values(kind)
                | (runner.bring(kind, row["answer"]) if "answer" in row else {})
                | row.get("with", {})
                | {"name": row["name"]}
                for row in rows
            ]
            cells = []
            for row, outcome in zip(rows, runner.outcomes(client, cases)):
                expected = client.get("shows", {}).get(row["expect"], row["expect"])
                right = outcome == expected
                passed, failed = passed + right, failed + (not right)
                cells.append(f"{row['name']}: {outcome}" + ("" if right else f" (not {expected})"))
            print(f"{client['name']:{width}} | " + " | ".join(cells), flush=True)
        for client in fixed:
            runner.prepare(client["needs"])
    finally:
        runner.stop()
    if fixed:
        passed_there, failed_there, skipped = run_in_own_network(fixed, str(Path(given.sandbox).resolve()))
        passed, failed = passed + passed_there, failed + failed_there
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
