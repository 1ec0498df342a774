# SPDX-License-Identifier: GPL-2.0-or-later
"""What a release has to have right before it is built: its version everywhere, and whom it needs."""

import os
import re
import shutil
import subprocess

import pytest

from harness import TOP

SPEC = TOP / "packaging/rpm/mod-hostedmail.spec"
PKG_CONFIG = '#!/bin/sh\ncase $1 in --modversion) echo {} ;; *) echo /modules ;; esac\n'


def first(path, pattern):
    return re.search(pattern, (TOP / path).read_text(encoding="utf-8"), re.M).group(1)


def test_the_version_is_the_same_everywhere():
    version = first("configure.ac", r"^AC_INIT\(\[mod-hostedmail\], \[(.*)\]\)")
    assert first("NEWS", r"^mod-hostedmail (\S+)") == version
    assert first("packaging/deb/changelog", r"^mod-hostedmail \((.*)-\d+\)") == version
    assert first(SPEC, r"^Version: +(.*)$") == version
    assert first(SPEC, r"^\* .* - (.*)-\d+$") == version


def test_the_summaries_are_the_same_in_both_kinds_of_packages():
    control = (TOP / "packaging/deb/control").read_text()
    described = dict(re.findall(r"^Package: (\S+)$.*?^Description: .*?\n(.*?)(?:\n\n|\Z)", control, re.M | re.S))
    for name, text in described.items():
        spec = first(SPEC, rf"(?s)^%description -n {name}\n(.*?)\n\n%")
        assert spec.split() == text.replace("\n .\n", "\n").split(), name


@pytest.mark.skipif(shutil.which("rpmspec") is None, reason="rpm is missing")
@pytest.mark.parametrize("version, needed", [
    ("3.2.6", {"knot >= 3.2", "knot < 3.3~"}),
    ("3.3.4", {"knot >= 3.3", "knot < 3.4~"}),
    ("3.3.5", {"knot >= 3.3.5", "knot < 3.4~"}),
    ("3.3.10", {"knot >= 3.3.5", "knot < 3.4~"}),
    ("3.4.6", {"knot >= 3.4", "knot < 3.5~"}),
    ("3.9.1", {"knot >= 3.9", "knot < 3.10~"}),
])
def test_an_rpm_package_needs_the_minor_version_that_it_is_built_with(tmp_path, version, needed):
    pkg_config = tmp_path / "pkg-config"
    pkg_config.write_text(PKG_CONFIG.format(version))
    pkg_config.chmod(0o755)
    result = subprocess.run(["rpmspec", "-q", "--requires", SPEC], capture_output=True, text=True, timeout=60,
                            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert result.returncode == 0, result.stderr
    assert {line for line in result.stdout.splitlines() if line.startswith("knot ")} == needed
