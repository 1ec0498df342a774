# SPDX-License-Identifier: GPL-2.0-or-later
"""The results as Markdown tables."""

import figures

# Single calls: what is no number of nanoseconds comes first.
MICRO_DIGITS = {"bytes_per_domain": 2, "load_seconds": 3}


def micro_order(name):
    return name not in MICRO_DIGITS, not name.startswith("lookup"), name


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def seconds(value):
    if value < 0.0995:
        return f"{1000 * value:.0f} ms"
    return f"{value:.2f} s" if value < 10 else f"{value:.0f} s"


def size(value):
    return f"{value / 1e6:.0f} MB" if value < 1e9 else f"{value / 1e9:.1f} GB"


def domains(count):
    return f"{int(count):,} domains"


class Report:
    def __init__(self, results, labels):
        self.results = results
        self.labels = labels
        self.sizes = figures.sizes_of(results)
        self.names = [name for name in labels
                      if any(name in results["sizes"][size]["peers"] for size in self.sizes)]

    def by_size(self, cell, names=None):
        """A row per peer, a column per number of domains."""
        rows = []
        for name in names or self.names:
            cells = [cell(count, name) for count in self.sizes]
            if any(cells):
                rows.append([self.labels[name], *(text or self.why_not(count, name)
                                                  for text, count in zip(cells, self.sizes))])
        return table(["", *map(domains, self.sizes)], rows)

    def why_not(self, count, name):
        peer = figures.peer_of(self.results, count, name)
        if "unfit" in peer:
            return f"does not fit ({peer['unfit']})"
        return "failed" if "failed" in peer else ""

    def mixes(self):
        mixes = []
        for count in self.sizes:
            mixes += [mix for mix in self.results["sizes"][count]["options"]["mixes"]
                      if mix not in mixes]
        return mixes

    # Cells

    def cpu(self, mix):
        def cell(count, name):
            user = figures.load_figure(self.results, count, name, mix, "user_us")
            total = figures.load_figure(self.results, count, name, mix, "total_us")
            return user is not None and f"{user:.2f} / {total:.2f}"
        return cell

    def ratio(self, mix):
        def cell(count, name):
            ratio = figures.ratio(self.results, count, "ours", name, mix)
            return ratio is not None and f"{ratio:.2f}"
        return cell

    def rate(self, mix):
        def cell(count, name):
            rate = figures.load_figure(self.results, count, name, mix, "qps")
            if rate is None:
                return None
            busy = figures.load_figure(self.results, count, name, mix, "busy")
            lost = figures.load_figure(self.results, count, name, mix, "lost")
            return f"{rate:,.0f}, {100 * busy:.0f} %" + (f", {lost:.0f} lost" if lost else "")
        return cell

    def latency(self, count, name):
        median = figures.latency_figure(self.results, count, name, "median_us")
        worst = figures.latency_figure(self.results, count, name, "p99_us")
        return median is not None and f"{median:.0f} / {worst:.0f}"

    def load(self, count, name):
        value = figures.peer_of(self.results, count, name).get("load_s")
        return value is not None and seconds(value)

    def memory(self, count, name):
        value = figures.peer_of(self.results, count, name).get("memory")
        each = figures.bytes_per_domain(self.results, count, name)
        if value is None:
            return None
        return size(value) if name == "ceiling" else f"{size(value)}, {each:,.0f}"

    def flagged(self, number):
        def cell(count, name):
            runs = figures.flag_runs(self.results, count, name, number)
            if not runs:
                peer = figures.peer_of(self.results, count, name)
                return ("failed" if "flag_failed" in peer else
                        "does not fit (time)" if "flag_unfit" in peer else None)
            text = seconds(figures.flag_seconds(self.results, count, name, number))
            lost = sum(run["lost"] for run in runs)
            wrong = sum(run["wrong"] for run in runs)
            longest = max(run["longest_ms"] for run in runs)
            return (f"{text}, {lost} lost" + (f", {wrong} wrong" if wrong else "") +
                    f", longest {seconds(longest / 1000)}")
        return cell

    # Sections

    def machine(self):
        rows = [[name, text] for name, text in self.results["machine"].items()]
        versions = {}
        for count in self.sizes:
            for name in self.names:
                version = figures.peer_of(self.results, count, name).get("version")
                if version:
                    versions.setdefault(version, None)
        rows.append(["servers", ", ".join(versions)])
        return table(["machine", ""], rows)

    def left_out(self):
        reasons = {}
        for count in self.sizes:
            for name in self.names:
                reason = figures.peer_of(self.results, count, name).get("unavailable")
                if reason:
                    reasons[name] = reason
        return "".join(f"\nLeft out: {self.labels[name]}, {reason}.\n"
                       for name, reason in reasons.items())

    def ways(self):
        ways = {}
        for count in self.sizes:
            for name in self.names:
                way = figures.peer_of(self.results, count, name).get("flag", {}).get("way")
                if way:
                    ways[self.labels[name]] = way
        return "; ".join(f"{label}: {way}" for label, way in ways.items())

    def micro(self):
        measured = self.results.get("micro", {})
        counts = sorted(measured, key=int)
        instructions = self.results.get("instructions", {})
        rows = []
        for name in sorted(measured[counts[0]], key=micro_order):
            if name == "domains":
                continue
            digits = MICRO_DIGITS.get(name, 0)
            rows.append([name.replace("_", " "),
                         *(f"{measured[count][name]:.{digits}f}" for count in counts),
                         f"{instructions[name]:.0f}" if name in instructions else ""])
        return table(["", *map(domains, counts), "instructions"], rows)


def markdown(results, labels):
    parts = []
    if results.get("sizes"):
        report = Report(results, labels)
        parts += [report.machine(), report.left_out()]
        for mix in report.mixes():
            parts += [f"## CPU microseconds per query, user / total: mix '{mix}'\n",
                      report.by_size(report.cpu(mix)),
                      "The total of hostedmail with the hosted file, divided by each peer's in the "
                      "same run:\n", report.by_size(report.ratio(mix))]
        for mix in report.mixes():
            parts += [f"## Queries per second, and how busy the server's core was: mix '{mix}'\n",
                      report.by_size(report.rate(mix))]
        parts += ["## Latency in microseconds, median / p99, at a moderate rate\n",
                  report.by_size(report.latency),
                  "## From start to the first right answer for the last domain\n",
                  report.by_size(report.load),
                  "## Resident memory, and bytes per domain\n",
                  "The bytes of the hosted file leave out what the same server takes with one "
                  "domain.\n",
                  report.by_size(report.memory)]
        for number in (1, 1000):
            parts += [f"## Flagging {number:,} more under full load: time until answered\n",
                      report.by_size(report.flagged(number))]
        if report.ways():
            parts.append(f"How: {report.ways()}.\n"
                         "'longest' is the slowest answer to any query during that time.\n")
    if results.get("micro"):
        parts += ["## Single calls: nanoseconds and instructions\n", Report(
            {"sizes": {}, **results}, labels).micro()]
    return "\n".join(part for part in parts if part)
