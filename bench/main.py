# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure, or make tables and charts of what was measured; bench/run.sh starts this."""

import argparse
import json
import os
import pathlib
import signal
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TOP / "tests" / "integration"))
os.environ["PATH"] += ":/usr/sbin:/sbin"

import charts  # noqa: E402
import load  # noqa: E402
import machine  # noqa: E402
import measure  # noqa: E402
import micro  # noqa: E402
import peers_knot as knot  # noqa: E402
import peers_other as other  # noqa: E402
import queries  # noqa: E402
import setup  # noqa: E402
import tables  # noqa: E402

KINDS = {kind.name: kind for kind in (
    knot.HostedFile, knot.HostedZone, knot.Ceiling, knot.Native, knot.NativeDatabase,
    other.Nsd, other.Bind, other.PowerDns, other.PowerDnsUncached)}

LABELS = {name: kind.label for name, kind in KINDS.items()}


def names_of(known):
    def convert(text):
        names = text.split(",")
        unknown = [name for name in names if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"{unknown[0]} is not one of {', '.join(known)}")
        return names
    return convert


def numbers(text):
    found = [int(number.replace("_", "")) for number in text.split(",")]
    if not all(0 < number <= 20_000_000 for number in found):
        raise argparse.ArgumentTypeError("from 1 to 20,000,000 domains")
    return found


def parse():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="Measure this module beside "
                                     "other ways to serve as many domains.")
    parser.add_argument("--domains", type=numbers, default=[10_000, 100_000],
                        help="numbers of domains (10000,100000)")
    parser.add_argument("--peers", type=names_of(KINDS), default=list(KINDS),
                        help=f"some of {','.join(KINDS)} (all); ours and ceiling are always "
                        "measured")
    parser.add_argument("--mixes", type=names_of(queries.MIXES), default=list(queries.MIXES),
                        help=f"mixes of queries: some of {','.join(queries.MIXES)} (all)")
    parser.add_argument("--rounds", type=int, default=5, help="number of rounds, for medians (5)")
    parser.add_argument("--seconds", type=float, default=5, help="length of each measurement (5)")
    parser.add_argument("--queries", type=int, default=1_000_000,
                        help="number of queries in each mix (1000000)")
    parser.add_argument("--rate", type=int, default=10_000,
                        help="queries per second while the latency is measured (10000)")
    parser.add_argument("--flags", type=int, default=5,
                        help="how often to flag a domain while serving; 0 for never (5)")
    parser.add_argument("--micro", type=numbers, default=[],
                        help="also measure single calls, with these numbers of domains")
    parser.add_argument("--out", type=pathlib.Path, required=True,
                        help="folder of results.json, results.md and the charts; figures of other "
                        "numbers of domains that are already in it are kept")
    parser.add_argument("--render", action="store_true",
                        help="measure nothing, make tables and charts of results.json")
    options = parser.parse_args()
    options.peers = [name for name in KINDS if name in options.peers or KINDS[name].anchor]
    return options


def main():
    # So that everything is cleaned up after an error, whatever ends the run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options = parse()
    options.out.mkdir(parents=True, exist_ok=True)
    path = options.out / "results.json"
    results = json.loads(path.read_text()) if path.exists() else {}

    def save():
        path.write_text(json.dumps(results, indent=1, sort_keys=True) + "\n")

    if not options.render:
        # Nothing of the bench itself runs where the servers do.
        os.sched_setaffinity(0, os.sched_getaffinity(0) - {load.SERVER_CORE})
        results["machine"] = machine.describe()
        folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-"))
        tempfile.tempdir = str(folder)
        shared = setup.Setup(folder)
        results["base_memory"] = measure.base_memory(shared, knot.HostedFile)
        for count in options.domains:
            measure.say(f"{count} domains")
            results.setdefault("sizes", {})[str(count)] = {
                "options": {name: getattr(options, name) for name in
                            ("rounds", "seconds", "queries", "rate", "flags", "mixes")},
                "peers": measure.Measurement(shared, options, count).run(
                    [KINDS[name] for name in options.peers]),
            }
            save()
        for count in options.micro:
            measure.say(f"single calls, {count} domains")
            results.setdefault("micro", {})[str(count)] = micro.measure(shared, count)
            save()
        if options.micro:
            names = [name for name in results["micro"][str(options.micro[0])]
                     if name.startswith(("lookup_", "answer_", "flag"))]
            results["instructions"] = micro.instructions(shared, names)
            save()
    text = tables.markdown(results, LABELS)
    (options.out / "results.md").write_text(text)
    print(text)
    charts.draw(results, LABELS, options.out)


if __name__ == "__main__":
    main()
