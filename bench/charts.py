# SPDX-License-Identifier: GPL-2.0-or-later
"""The results as SVG charts, drawn by gnuplot: one figure each, with a line per peer."""

import subprocess

import figures

COLOURS = {"ours": "#d62728", "ours-zone": "#ff9896", "ceiling": "#7f7f7f", "knot": "#1f77b4",
           "knot-confdb": "#aec7e8", "nsd": "#2ca02c", "bind": "#9467bd", "pdns": "#ff7f0e",
           "pdns-nocache": "#8c564b"}

HEAD = """\
set terminal svg size 800,480 dynamic enhanced font "sans-serif,13" background "white"
set output "{path}"
set title "{title}" noenhanced
set xlabel "domains"
set logscale x 10
set xrange [{first}:{last}]
set xtics ({tics}) nomirror
set ytics nomirror
set border 3 linecolor rgb "#444444"
set grid ytics linecolor rgb "#dddddd" linetype 1
set key below noenhanced maxrows 3
set ylabel "{unit}"
{more}
"""

LOG = "set logscale y 10\nset format y '%g'"
FROM_ZERO = "set yrange [0:*]"

# Where the largest value is so many times the smallest one, a logarithmic axis shows both.
SPREAD = 30


def draw(results, labels, folder):
    """Write a chart of each figure."""
    sizes = figures.sizes_of(results)
    if not sizes:
        return

    def load(mix, figure):
        return lambda size, name: figures.load_figure(results, size, name, mix, figure)

    def scaled(value, by):
        return value / by if value is not None else None

    chart = Chart(results, labels, folder, sizes)
    for mix in results["sizes"][sizes[0]]["options"]["mixes"]:
        chart.draw(f"cpu-{mix}", f"CPU per query, user and system: mix '{mix}'", "microseconds",
                   load(mix, "total_us"))
        chart.draw(f"rate-{mix}", f"Queries per second of one core: mix '{mix}'",
                   "queries per second", load(mix, "qps"))
    first = results["sizes"][sizes[0]]["options"]["mixes"][0]
    chart.draw("cpu-user", "CPU per query in the server itself", "microseconds",
               load(first, "user_us"))
    for figure, title in (("median", "Median latency"), ("p99", "99th percentile of the latency")):
        chart.draw(f"latency-{figure}", title, "microseconds",
                   lambda size, name, figure=figure: figures.latency_figure(
                       results, size, name, f"{figure}_us"))
    chart.draw("load", "From start to the first right answer for the last domain", "seconds",
               lambda size, name: figures.peer_of(results, size, name).get("load_s"))
    chart.draw("memory", "Resident memory", "MB",
               lambda size, name: scaled(figures.peer_of(results, size, name).get("memory"), 1e6))
    for number, title in ((1, "one domain"), (1000, "a thousand domains")):
        chart.draw(f"flag-{number}", f"Flagging {title} under full load", "seconds until answered",
                   lambda size, name, number=number: figures.flag_seconds(
                       results, size, name, number))


class Chart:
    def __init__(self, results, labels, folder, sizes):
        self.results = results
        self.labels = labels
        self.folder = folder
        self.sizes = sizes

    def draw(self, name, title, unit, value):
        lines, blocks, values = [], [], []
        for peer, label in self.labels.items():
            points = [(size, value(size, peer)) for size in self.sizes]
            values += [y for _, y in points if y is not None]
            points = [f"{size} {y:.6g}" for size, y in points if y is not None]
            if not points:
                continue
            lines.append(f"'-' with linespoints linewidth 2 pointtype 7 pointsize 0.5 "
                         f"linecolor rgb '{COLOURS[peer]}' title \"{label}\"")
            blocks.append("\n".join(points) + "\ne")
        if not lines:
            return
        more = LOG if max(values) > SPREAD * min(values) > 0 else FROM_ZERO
        tics = ", ".join(f'"{int(size):,}" {size}' for size in self.sizes)
        script = HEAD.format(path=self.folder / f"{name}.svg", title=title, unit=unit, more=more,
                             tics=tics, first=int(self.sizes[0]) / 1.5,
                             last=int(self.sizes[-1]) * 1.5)
        script += "plot " + ", \\\n ".join(lines) + "\n" + "\n".join(blocks) + "\n"
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
