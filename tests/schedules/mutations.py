#!/usr/bin/env python3
"""Breaks one rule of the call or of the batch at a time, in a copy of the tree, and expects the schedules to find it.

    tests/schedules/mutations.py [--target DIR] [NAME...]
    tests/schedules/mutations.py --check

With --check nothing is built: each rule is looked for in the file that has it.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "core" / "src"
README = Path(__file__).with_name("README.md")
ROW = re.compile(r"^\| `([a-z-]+)` \| (.+?) \| `([a-z_/]+\.rs)` \|$", re.M)

# The text that is replaced, and what comes in its place; the rule and its file stand in README.md.
MUTATIONS = {
    "attempts": ("let wait = if self.log.tries() + kept < retry.attempts {", "let wait = if true {"),
    "last-attempt": ("let kept = u32::from(", "let kept = 0 * u32::from("),
    "remedy-attempts": (
        "let remedy = if self.log.tries() < self.plan.retry.attempts {",
        "let remedy = if true {",
    ),
    "wait-past-deadline": (
        "Some((until, cost)) if deadline.allows(until) => {",
        "Some((until, cost)) => {",
    ),
    "late-start": (
        "if self.is_billed() && !self.plan.deadline.allows(at.now) {",
        "if false {",
    ),
    "no-intent": ("} else if self.is_written_down() {", "} else if false {"),
    "no-end": (
        "        if self.is_written_down() {\n            self.expect(State::Recording(next)",
        "        if false {\n            self.expect(State::Recording(next)",
    ),
    "unpaid": (
        "(State::Paying { ending, .. }, Event::Paid(false)) => self.give_up(ending, at, entropy),",
        "(State::Paying { .. }, Event::Paid(false)) => self.begin(),",
    ),
    "no-earning": (
        "            self.note(Note::EarnRetry(self.retries.cost()));\n",
        "",
    ),
    "early-result": ("        if !is_believed {", "        if false {"),
    "early-cost": ("        reply.billed = Billed::No;\n", ""),
    "query-for-nothing": (
        "            && self.log.last().is_some_and(|attempt| attempt.billed != Billed::No);",
        "            ;",
    ),
    "query-of-anything": (
        "            && self.plan.operation == Operation::Recognize\n",
        "",
    ),
    "same-order-number": (
        "false => new_order_id(at.unix_ms, entropy),",
        "false => self.log.order_id().to_owned(),",
    ),
    "failover-attempts": (
        "let may = self.log.tries() < self.plan.retry.attempts && self.plan.deadline.allows(at.now);",
        "let may = self.plan.deadline.allows(at.now);",
    ),
    "failover-policy": (
        "self.policy.allows(failover) && self.position + 1 < self.all.len()",
        "self.position + 1 < self.all.len() || !self.policy.allows(failover) && false",
    ),
    "sent-after-stop": (
        "abandoned = self.is_written_down() && sent != Sent::No;",
        "abandoned = self.is_written_down();",
    ),
    "stop-says-no": (
        "let end = End::without_answer(reason.kind(), sent, self.plan.operation);",
        "let end = End::without_answer(reason.kind(), Sent::No, self.plan.operation);",
    ),
    "result-thrown-away": (
        ") => return self.finish(Ok(answer)),",
        ") => drop(answer),",
    ),
    "intent-without-end": (
        "            State::Intent => {\n",
        "            State::Intent if false => {\n",
    ),
    "late-end": ("self.note(Note::Done(end.entry(true)));", "drop(end);"),
    "unknown-is-free": (
        "        (_, Sent::Unknown | Sent::Yes) => Billed::Unknown,",
        "        (_, Sent::Unknown | Sent::Yes) => Billed::No,",
    ),
    "least-billed": (
        "self.facts.billed = self.facts.billed.max(end.billed);",
        "self.facts.billed = end.billed;",
    ),
    "least-sent": (
        "self.facts.sent = self.facts.sent.max(end.sent);",
        "self.facts.sent = end.sent;",
    ),
    "unresolved": ("            attempt.billed = reply.billed;\n", ""),
    "once-twice": ("            Retry::Once if !self.once => {", "            Retry::Once => {"),
    "remedy-twice": (
        "(!std::mem::replace(tried, true)).then_some(remedy)",
        "Some(remedy).filter(|_| !*tried || true)",
    ),
    "documented-wait": (
        "_ if !decision.after.is_zero() => wait.max(decision.after),",
        "_ if !decision.after.is_zero() => wait / 4,",
    ),
    "retry-after": (
        "Some(asked) => asked.clamp(wait, wait + RETRY_AFTER_LIMIT),",
        "Some(_) => wait,",
    ),
    "repeats-what-may-be-billed": (
        "if reply.billed == Billed::No { decision } else { decision.not_repeated() }",
        "Decision { retry: crate::decision::Retry::Backoff, ..decision }",
    ),
    "too-many": ("self.ended.len() < self.limit {", "self.ended.len() <= self.limit {"),
    "results-take-no-room": ("self.on_their_way.len() + self.ended.len()", "self.on_their_way.len()"),
    "no-limit": ("limit: limit.max(1),", "limit,"),
    "asked-twice": ("            self.inputs = Inputs::Asked;\n", ""),
    "results-first": (
        "if self.inputs == Inputs::More && ",
        "if self.inputs == Inputs::More && self.ended.is_empty() && ",
    ),
    "numbered-anew": ("        self.next += 1;\n", ""),
    "refused-without-number": (
        "if self.asked() == Some(index) => self.answer_ask(),",
        "if self.asked() == Some(index) => self.inputs = Inputs::More,",
    ),
    "refused-in-flight": (
        "            Event::Refused(index) => {\n                self.on_their_way.remove(&index);",
        "            Event::Refused(index) => {\n                let _ = index;",
    ),
    "input-from-nowhere": (
        "if let Some(index) = self.asked() {",
        "if let Some(index) = (self.inputs != Inputs::NoMore).then_some(self.next) {",
    ),
    "asks-after-the-end": (
        "Event::NoInput => self.inputs = Inputs::NoMore,",
        "Event::NoInput => self.inputs = Inputs::More,",
    ),
    "input-after-the-end": (
        "(self.inputs == Inputs::Asked).then_some(self.next)",
        "(self.inputs != Inputs::More).then_some(self.next)",
    ),
    "out-of-order": ("self.ended.push_back(index);", "self.ended.push_front(index);"),
    "given-again": ("                self.ended.pop_front();\n", ""),
    "end-from-nowhere": (
        "if self.on_their_way.remove(&index) {",
        "if self.on_their_way.remove(&index) || true {",
    ),
    "done-without-input": ("} else if self.inputs == Inputs::Asked {", "} else if false {"),
    "done-with-calls": ("} else if self.is_busy() {", "} else if false {"),
    "input-as-call": (
        "} else if self.is_busy() {",
        "} else if self.inputs == Inputs::Asked || self.is_busy() {",
    ),
    "done-with-results": (
        "} else if let Some(first) = self.first() {",
        "} else if let Some(first) = self.first().filter(|_| self.inputs != Inputs::NoMore) {",
    ),
    "forked-without-end": (
        "Event::Forked => self.ended.extend(std::mem::take(&mut self.on_their_way)),",
        "Event::Forked => self.on_their_way.clear(),",
    ),
    "idle": (
        "        !self.on_their_way.is_empty()\n    }\n}",
        "        !self.ended.is_empty()\n    }\n}",
    ),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", help="the folder that cargo builds in", default=None)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    arguments = parser.parse_args()
    rows = {name: (rule, file) for name, rule, file in ROW.findall(README.read_text("utf-8"))}
    if rows.keys() != MUTATIONS.keys():
        sys.exit(f"only in README.md or here: {sorted(rows.keys() ^ MUTATIONS.keys())}")
    missing = [name for name, (_, file) in rows.items() if MUTATIONS[name][0] not in (CORE / file).read_text("utf-8")]
    if missing:
        sys.exit(f"nothing to break any more: {', '.join(missing)}")
    if arguments.check:
        return
    missed = []
    with tempfile.TemporaryDirectory(prefix="cardwire-mutations-") as folder:
        copy = Path(folder, "tree")
        shutil.copytree(
            ROOT, copy, ignore=shutil.ignore_patterns("target", "build", ".git", "node_modules")
        )
        for name in arguments.names or MUTATIONS:
            rule, file = rows[name]
            before, after = MUTATIONS[name]
            path = copy / "core/src" / file
            text = path.read_text("utf-8")
            path.write_text(text.replace(before, after), "utf-8")
            tests = "testing::batches" if file == "batch.rs" else "testing::schedules"
            outcome = tried(copy, arguments.target, tests)
            path.write_text(text, "utf-8")
            print(f"{name:28} {outcome:10} {rule}", flush=True)
            if outcome != "caught":
                missed.append(name)
    print(f"{len(arguments.names or MUTATIONS) - len(missed)} caught, {len(missed)} missed")
    sys.exit(bool(missed))


def tried(copy, target, tests):
    command = ["cargo", "test", "--quiet", "--locked", "--profile", "ci", "-p", "cardwire", "--lib"]
    command += ["--target-dir", target or str(copy / "target")]
    built = subprocess.run([*command, "--no-run"], cwd=copy, capture_output=True)
    if built.returncode:
        return "not built"
    ran = subprocess.run([*command, tests], cwd=copy, capture_output=True)
    return "caught" if ran.returncode else "MISSED"


if __name__ == "__main__":
    main()
