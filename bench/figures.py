# SPDX-License-Identifier: GPL-2.0-or-later
"""Figures out of the results: medians of what was measured, None for what was not."""

import statistics


def peer_of(results, size, name):
    return results["sizes"][size]["peers"].get(name, {})


def sizes_of(results):
    return sorted(results.get("sizes", {}), key=int)


def batch_of(results, size, name):
    """The peers that were measured in turns with a peer."""
    return str(peer_of(results, size, name).get("batch", 0))


def load_figure(results, size, name, mix, figure, batch=None):
    batch = batch if batch is not None else batch_of(results, size, name)
    runs = (peer_of(results, size, name).get("batches", {}).get(batch, {}).get("load", {})
            .get(mix, []))
    return statistics.median(run[figure] for run in runs) if runs else None


def latency_figure(results, size, name, figure):
    runs = (peer_of(results, size, name).get("batches", {})
            .get(batch_of(results, size, name), {}).get("latency", []))
    return statistics.median(run[figure] for run in runs) if runs else None


def flag_runs(results, size, name, number):
    return peer_of(results, size, name).get("flag", {}).get("runs", {}).get(str(number), [])


def flag_seconds(results, size, name, number):
    runs = flag_runs(results, size, name, number)
    return statistics.median(run["answered_s"] for run in runs) if runs else None


def ratio(results, size, name, other, mix):
    """CPU per query, of one peer to another, both in the batch of the one that is no anchor."""
    batch = max(batch_of(results, size, name), batch_of(results, size, other), key=int)
    one = load_figure(results, size, name, mix, "total_us", batch)
    two = load_figure(results, size, other, mix, "total_us", batch)
    return one / two if one and two else None


def bytes_per_domain(results, size, name):
    """Resident memory per domain; for this module without what the server takes by itself."""
    memory = peer_of(results, size, name).get("memory")
    if memory is None:
        return None
    base = results.get("base_memory") if name == "ours" else 0
    return (memory - (base or 0)) / int(size)
