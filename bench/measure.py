# SPDX-License-Identifier: GPL-2.0-or-later
"""Start and memory of each peer, then all that fit side by side under load, then flagging."""

import statistics
import sys
import traceback

import flag
import load
import peer
import queries


def say(*words):
    print(*words, file=sys.stderr, flush=True)


def percentile(ordered, part):
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


class Measurement:
    """All figures of one number of domains."""

    def __init__(self, setup, options, count):
        self.setup = setup
        self.options = options
        self.count = count
        self.results = {}
        self.up = []
        self.batch = 0

    def run(self, kinds):
        self.write_queries()
        anchors = [kind for kind in kinds if kind.anchor]
        try:
            for kind in anchors + [kind for kind in kinds if not kind.anchor]:
                if not self.bring_up(kind):
                    # Perhaps it fits when the others are gone.
                    self.measure_batch()
                    self.take_down(anchors=False)
                    if not self.bring_up(kind):
                        say(f"  {kind.label}: does not fit")
                        self.results[kind.name] = {"unfit": "memory"}
            self.measure_batch()
        finally:
            self.take_down()
        return self.results

    def write_queries(self):
        self.files = {}
        for mix in self.options.mixes:
            path = self.setup.folder / f"queries-{mix}"
            say(f"  writing queries: {mix}")
            self.files[mix] = path, queries.write(mix, self.count, self.options.queries, path)

    def bring_up(self, kind):
        """Start a peer and take what its start shows; false if there is no memory for it now."""
        server = kind(self.setup, self.count)
        crowded = any(not other.anchor for other in self.up)
        result = self.results[kind.name] = {}
        try:
            server.prepare_in_time()
            server.start()
            server.check_answers()
            result.update(version=server.version(), prepare_s=server.prepare_seconds,
                          load_s=server.load_seconds, memory=server.memory(), batch=self.batch)
            say(f"  {server.label}: up after {server.load_seconds:.2f} s, "
                f"{result['memory'] / 1e6:.0f} MB")
            server.pause()
            self.up.append(server)
            return True
        except peer.DoesNotFit as error:
            server.remove()
            if str(error) == "memory" and crowded:
                return False
            say(f"  {server.label}: does not fit ({error})")
            result["unfit"] = str(error)
        except peer.Unavailable as error:
            server.remove()
            say(f"  {server.label}: left out, {error}")
            result["unavailable"] = str(error)
        except Exception as error:
            traceback.print_exc()
            say(server.log())
            server.remove()
            result["failed"] = str(error).partition("\n")[0]
        return True

    def take_down(self, anchors=True):
        for server in list(self.up):
            if anchors or not server.anchor:
                server.remove()
                self.up.remove(server)

    def measure_batch(self):
        """Measure all that are up, then what flagging costs those that are new."""
        queried = [server for server in self.up if server.queried]
        fresh = [server for server in self.up if self.results[server.name]["batch"] == self.batch]
        if any(server.queried for server in fresh):
            for server in queried:
                self.warm_up(server)
            for mix in self.options.mixes:
                for round_ in range(self.options.rounds):
                    # In turns, so that a slow minute of the machine hits all alike.
                    turn = round_ % len(queried)
                    for server in queried[turn:] + queried[:turn]:
                        self.measure_load(server, mix, round_)
            for round_ in range(self.options.rounds):
                for server in queried:
                    self.measure_latency(server, round_)
        for server in fresh:
            self.measure_flagging(server)
        self.batch += 1

    def figures(self, server, *keys):
        """Where figures of a server in this batch are kept; anchors are in several."""
        place = self.results[server.name].setdefault("batches", {}).setdefault(str(self.batch), {})
        for key in keys:
            place = place.setdefault(key, {})
        return place

    def warm_up(self, server):
        """What has a cache starts with it full, if the mix repeats itself at all."""
        server.resume()
        load.run(server.address, self.files[self.options.mixes[0]][0], server.warm_up_seconds, "-n", 1)
        server.pause()

    def rotated(self, mix, round_):
        path, marks = self.files[mix]
        rotated = self.setup.folder / "queries"
        queries.rotate(path, marks, round_ / self.options.rounds, rotated)
        return rotated

    def measure_load(self, server, mix, round_):
        file = self.rotated(mix, round_)
        server.resume()
        load.run(server.address, file, 0.3)
        before = server.cpu()
        got = load.run(server.address, file, self.options.seconds)
        after = server.cpu()
        server.pause()
        server.check_alive(0, float("inf"))
        user, system = after[0] - before[0], after[1] - before[1]
        got.update(user_us=1e6 * user / got["answers"],
                   total_us=1e6 * (user + system) / got["answers"],
                   busy=(user + system) / got["seconds"])
        self.figures(server, "load").setdefault(mix, []).append(got)
        say(f"  {mix}, round {round_ + 1}, {server.label}: {got['user_us']:.2f} / "
            f"{got['total_us']:.2f} us, {got['qps']:.0f}/s, busy {100 * got['busy']:.0f} %, "
            f"{got['lost']} lost")

    def measure_latency(self, server, round_):
        mix = self.options.mixes[0]
        file = self.rotated(mix, round_)
        server.resume()
        ordered, got = load.latencies(server.address, file, self.options.seconds, self.options.rate)
        server.pause()
        self.figures(server).setdefault("latency", []).append({
            "median_us": statistics.median(ordered), "p99_us": percentile(ordered, 0.99),
            "qps": got["qps"], "lost": got["lost"]})

    def measure_flagging(self, server):
        if not self.options.flags or not server.flagging():
            return
        server.resume()
        file = self.rotated(self.options.mixes[0], 0)
        result = self.results[server.name]
        try:
            flag.measure(server, file, self.options.flags, result.setdefault("flag", {}))
            for number, series in result["flag"]["runs"].items():
                say(f"  {server.label}: {number} by {result['flag']['way']} after "
                    f"{statistics.median(run['answered_s'] for run in series):.3f} s, "
                    f"{sum(run['lost'] for run in series)} lost")
        except peer.DoesNotFit as error:
            result["flag_unfit"] = str(error)
        except Exception as error:
            traceback.print_exc()
            say(server.log())
            result["flag_failed"] = str(error).partition("\n")[0]
        if server.process.poll() is None:
            server.pause()


def base_memory(setup, kind):
    """What a server takes with a single domain."""
    server = kind(setup, 1)
    try:
        server.prepare_in_time()
        server.start()
        return server.memory()
    except peer.Unavailable:
        return None
    finally:
        server.remove()
