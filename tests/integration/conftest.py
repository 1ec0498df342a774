# SPDX-License-Identifier: GPL-2.0-or-later
"""Result lines in TAP, for the summary of `make check`; the servers' logs with what fails."""

import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(__file__))

import harness  # noqa: E402

TAP = os.environ.get("HM_TAP")


def pytest_collection_finish(session):
    if TAP:
        print(f"\n1..{len(session.items)}", flush=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """A test that fails says what the servers said that are still up."""
    report = (yield).get_result()
    if report.failed:
        for server in harness.RUNNING:
            report.sections.append((f"knotd at {server.address}", server.log()[-20000:]))


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report):
    if not TAP:
        return
    if report.when == "call" or (report.when == "setup" and not report.passed):
        skipped = report.skipped and isinstance(report.longrepr, tuple)
        word = "ok" if report.passed or skipped else "not ok"
        why = f" # SKIP {report.longrepr[2]}" if skipped else ""
        print(f"\n{word} - {report.nodeid}{why}", flush=True)
    elif report.when == "teardown" and report.failed:
        print(f"\nBail out! teardown of {report.nodeid} failed", flush=True)
