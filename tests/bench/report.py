"""The tables of a run, and the pages that hold them."""

import os
import re
import statistics
from pathlib import Path

SMALL, PHOTOS = ["tencent_faceid", "aliyun_yhkr"], ["wechat", "tencent_kyc", "aliyun_bankocr"]
MIB = 1024 * 1024


def milliseconds(results):
    """The median, and how it is shown with half the spread."""
    values = sorted(result["cpu_ms"] for result in results)
    middle = statistics.median(values)
    spread = (values[-1] - values[0]) / middle * 100 if middle else 0
    return middle, f"{short(middle)} ±{spread / 2:.0f}%"


def short(value):
    return f"{value:.{4 if value < 0.1 else 3 if value < 1 else 2}f}"


def words(case):
    vendor, flight, tls = case
    return f"`{vendor}`" + (f" {flight} in flight" if flight > 1 else "") + (" TLS" if tls else "")


def share(values, part):
    """The least value that so great a part of the values does not exceed."""
    values = sorted(values)
    return values[max(0, -(-len(values) * part // 100) - 1)]


def offline_goals(measured):
    """The goals of the reader of photos, with what was measured and whether they are met."""
    times = [statistics.median(one["all"] for one in photo["readings"]) for photo in measured["photos"]]
    middle, most = statistics.median(times), share(times, 95)
    memory = measured["memory_kib"] / 1024
    added = ", ".join(f"{package} {size / 1e6:.2f} MB" for package, size in measured["added"].items())
    return [
        ("offline: a photo of up to 12 megapixels in 0.15 s of one processor, the median", f"{middle / 1e3:.3f} s", middle < 150),
        ("offline: 95 of 100 photos in 0.4 s", f"{most / 1e3:.3f} s", most < 400),
        ("offline: at most 64 MiB beyond the photo, of 12 megapixels", f"{memory:.0f} MiB", memory < 64),
        ("offline: adds less than 1.5 MB, compressed", added, max(measured["added"].values()) < 1.5e6),
    ]


def offline_table(measured):
    """The milliseconds of each stage, for all photos and for the large ones."""
    photos = measured["photos"]
    stages = photos[0]["stages"]
    large = [photo for photo in photos if photo["megapixels"] >= 12]
    lines = ["| milliseconds | " + " | ".join(["all", *stages]) + " |", "|---|" + "---:|" * (len(stages) + 1)]
    for name, some, part in (
        (f"median of {len(photos)} photos", photos, 50),
        ("95 of 100", photos, 95),
        (f"median of {len(large)} of 12 megapixels", large, 50),
    ):
        rows = [
            [statistics.median(column) for column in zip(*([one["all"], *one["stages"]] for one in photo["readings"]))]
            for photo in some
        ]
        cells = [f"{share(column, part):.1f}" for column in zip(*rows)]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines + [""]


def offline_lines(measured):
    """What is shown where nothing else was measured."""
    goals = [f"| {goal} | {found} | {'yes' if met else 'no'} |" for goal, found, met in offline_goals(measured)]
    return ["| goal | measured | met |", "|---|---|---|", *goals, "", *offline_table(measured)]


class Report:
    """What was measured: `found` by (client, vendor, in flight, TLS), the rest by name."""

    def __init__(self, names, found, rest):
        self.names, self.found, self.rest = names, found, rest
        self.median = {key: milliseconds(results)[0] for key, results in found.items()}

    def table(self, cases, title):
        names = [name for name in self.names if any((name, *case) in self.found for case in cases)]
        heads = [words((vendor, flight, False)) for vendor, flight, _ in cases]
        lines = [title, "", "| client | " + " | ".join(heads) + " |", "|---|" + "---|" * len(cases)]
        for name in names:
            cells = []
            for case in cases:
                results = self.found.get((name, *case))
                if not results:
                    cells.append("")
                    continue
                rate = statistics.median(result["calls_per_s"] for result in results)
                cells.append(f"{milliseconds(results)[1]} ({rate:,.0f}/s)")
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
        return lines + [""]

    def ratios(self, ours, peers, cases, limit, least=False):
        """The ratio in each case as text, those that miss the goal in bold; and whether none does."""
        shown, met = [], True
        for case in cases:
            value = self.median.get((ours, *case))
            others = [self.median[(peer, *case)] for peer in peers if (peer, *case) in self.median]
            if not value or not others:
                continue
            ratio = min(others) / value if least else value / min(others)
            good = ratio >= limit if least else ratio <= limit
            met &= good
            figure = f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.2f}"
            shown.append(f"{words(case)} {figure if good else f'**{figure}**'}")
        return ", ".join(shown), met

    def goals(self):
        rows = ["| goal | measured | met |", "|---|---|---|"]

        def row(goal, measured, met):
            if measured:
                rows.append(f"| {goal} | {measured} | {'yes' if met else 'no'} |")

        small = [(vendor, flight, False) for vendor in SMALL for flight in (1, 32)]
        small += [(vendor, 1, True) for vendor in SMALL]
        photos = [(vendor, 1, tls) for tls in (False, True) for vendor in PHOTOS]
        hand, limit = ["C: hand-written"], ["C: prepared bytes (the limit)"]
        for face in ("Rust", "C"):
            ours = f"Cardwire, {face}"
            row(f"verify, {face}: at most libcurl's", *self.ratios(ours, ["C: libcurl"], small, 1.0))
            row(f"verify, {face}: reach for 1.3 times hand-written", *self.ratios(ours, hand, small, 1.3))
            row(f"recognise, {face}: at most 1.2 times hand-written", *self.ratios(ours, hand, photos, 1.2))
            row(f"recognise, {face}: reach for twice the limit", *self.ratios(ours, limit, photos, 2.0))
        for language in ("Python", "Node", "Java"):
            ours = f"Cardwire, {language}"
            peers = [name for name in self.names if name.startswith(language + ":")]
            row(f"small calls, {language}: 3 times less", *self.ratios(ours, peers, small, 3, True))
            for vendors, times in ((["wechat"], 2), (["tencent_kyc", "aliyun_bankocr"], 10)):
                cases = [case for case in photos if case[0] in vendors]
                row(f"photos, {language}: {times} times less", *self.ratios(ours, peers, cases, times, True))
        self.other_goals(row)
        return rows + [""]

    def other_goals(self, row):
        rest = self.rest
        each = {vendor: (peaks[256] - peaks[1]) / 255 for vendor, peaks in rest["memory"].items()}
        told = ", ".join(f"`{vendor}` {kib:.0f} KiB" for vendor, kib in each.items())
        row("memory: 64 KiB a call beyond the photos (1 against 256 in flight)", told, max(each.values()) <= 64)
        row("the C library loads in 5 ms", f"{rest['load_ms']:.2f} ms", rest["load_ms"] < 5)
        for language in ("Python", "Node"):
            ours = self.start(f"Cardwire, {language}")
            sdks = [name for name in self.names if name.startswith(f"{language}: vendor SDK")]
            theirs = max((self.start(name) or 0 for name in sdks), default=0)
            if ours and theirs:
                told = f"{ours:.1f} ms, {theirs:.0f} ms"
                row(f"start, {language}: a tenth of the vendor SDK's", told, ours * 10 <= theirs)
        sizes = rest["sizes"]
        row("shared library under 4 MiB", f"{sizes['library']:,} bytes", sizes["library"] < 4 * MIB)
        for package in ("wheel", "npm package"):
            if package in sizes:
                row(f"{package} under 3 MiB, compressed", f"{sizes[package]:,} bytes", sizes[package] < 3 * MIB)
        for goal, measured, met in offline_goals(rest["offline"]):
            row(goal, measured, met)
        scale = {flight: results for flight, results in rest["scaling"] if flight > 1}
        cpu = {flight: milliseconds(results)[0] for flight, results in scale.items()}
        rates = {flight: statistics.median(r["calls_per_s"] for r in rs) for flight, rs in scale.items()}
        least, most = min(cpu.values()), max(cpu.values())
        threads = max(result["threads"] for results in scale.values() for result in results)
        told = f"{min(rates.values()):,.0f} to {max(rates.values()):,.0f}/s, {short(least)} to {short(most)} ms, {threads} threads"
        flat = rates[512] >= 0.9 * rates[2]
        row("scaling from 2 to 512 in flight: flat or rising, at most a quarter more time", told, flat and most <= 1.25 * least)
        batch, single = rest["batch"], rest["single"]
        fewest, most = min(batch), max(batch)
        told = (
            f"{batch[most]['calls_per_s']:,.0f}/s, {batch[most]['cpu_ms']:.2f} ms a call; one at a time "
            f"{single['calls_per_s']:,.0f}/s, {single['cpu_ms']:.2f} ms; peak {batch[fewest]['rss_kib'] // 1024} MiB "
            f"for {fewest:,} and {batch[most]['rss_kib'] // 1024} MiB for {most:,} photos"
        )
        flat = batch[most]["rss_kib"] <= 1.1 * batch[fewest]["rss_kib"]
        fast = batch[most]["calls_per_s"] >= 0.9 * single["calls_per_s"] * rest["processors"]
        goal = "batch from files, 64 in flight: flat memory, within a tenth of one at a time times the processors"
        row(goal, told, flat and fast)

    def start(self, name):
        starts = [r["start_ms"] for (client, *_), results in self.found.items() if client == name for r in results]
        return min(starts, default=None)

    def starts(self):
        lines = ["| client | start, ms | peak memory with photos, MiB |", "|---|---|---|"]
        for name in self.names:
            photos = [r for (client, vendor, *_), rs in self.found.items() if client == name and vendor in PHOTOS for r in rs]
            if self.start(name) is not None and photos:
                peak = max(result["rss_kib"] for result in photos) / 1024
                lines.append(f"| {name} | {self.start(name):.1f} | {peak:.0f} |")
        return lines + [""]

    def scaling(self):
        lines = ["| in flight | calls a second | processor ms a call |", "|---|---|---|"]
        for flight, results in self.rest["scaling"]:
            rate = statistics.median(result["calls_per_s"] for result in results)
            lines.append(f"| {flight} | {rate:,.0f} | {milliseconds(results)[1]} |")
        return lines + [""]

    def instructions(self):
        counts = self.rest["instructions"]
        if not counts:
            return []
        told = ", ".join(f"`{vendor}` {count:,}" for vendor, count in counts.items())
        return [f"Instructions to sign, encode and parse a call: {told}.", ""]

    def page(self):
        lines = [self.rest["machine"], ""]
        lines += self.goals()
        cases = [(vendor, flight, False) for vendor in SMALL for flight in (1, 32)]
        lines += self.table(cases, "Small calls: processor milliseconds a call, half the spread, calls a second")
        lines += self.table([(vendor, 1, False) for vendor in PHOTOS], "Photos (1.9 MB JPEG)")
        lines += self.table([(vendor, 1, True) for vendor in SMALL + PHOTOS], "Over TLS")
        lines += self.starts() + self.scaling() + self.instructions()
        lines += ["Photos read by `offline`, on one processor", "", *offline_table(self.rest["offline"])]
        return "\n".join(lines).strip()

    def summary(self):
        """What stands in docs/speed.md: ours and the fastest of a language's other clients."""
        vendors = SMALL + PHOTOS
        rows = ["| | " + " | ".join(f"`{vendor}`" for vendor in vendors) + " |", "|---|" + "---|" * len(vendors)]
        for language, others in (
            ("Python", "Python: "),
            ("Node", "Node: "),
            ("Java", "Java: "),
            ("C", "C: libcurl"),
        ):
            cells = []
            for vendor in vendors:
                ours = self.median.get((f"Cardwire, {language}", vendor, 1, False))
                peers = [
                    value
                    for (name, of, flight, tls), value in self.median.items()
                    if name.startswith(others) and (of, flight, tls) == (vendor, 1, False)
                ]
                if ours and peers:
                    cells.append(", ".join(f"{float(f'{value:.2g}'):g}" for value in (ours, min(peers))))
            if len(cells) == len(vendors):
                rows.append(f"| {language} | " + " | ".join(cells) + " |")
        rows += ["", "| the reader `offline`, goal | measured |", "|---|---|"]
        rows += [f"| {goal.removeprefix('offline: ')} | {found} |" for goal, found, _ in offline_goals(self.rest["offline"])]
        return "\n".join(rows)


def put(path, text):
    """Puts the text between the marks of a page."""
    page = Path(path).read_text()
    begin, end = "<!-- measured -->", "<!-- end of measured -->"
    marked = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.S)
    if not marked.search(page):
        raise RuntimeError(f"{os.path.basename(path)} has no marks")
    Path(path).write_text(marked.sub(lambda _: f"{begin}\n{text}\n{end}", page))
