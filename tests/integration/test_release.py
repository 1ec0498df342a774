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


def git(folder, *words):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@example.invalid", *words], cwd=folder, check=True,
                   capture_output=True, timeout=60)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is missing")
def test_a_tag_that_is_no_release_is_refused(tmp_path):
    def refused(tag, reason):
        result = subprocess.run(["packaging/release.sh", tag, "--output", tmp_path / "out"], cwd=tmp_path,
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert result.returncode == 1 and reason in result.stderr, result.stderr
        assert not (tmp_path / "out").exists()

    (tmp_path / "packaging").mkdir()
    for name in ("packaging/release.sh", "packaging/bootstrap.sh"):
        shutil.copy(TOP / name, tmp_path / name)
    (tmp_path / "configure.ac").write_text("AC_INIT([mod-hostedmail], [1.2.3])\n")
    (tmp_path / "NEWS").write_text("mod-hostedmail 1.2.3 (not yet released)\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "all")
    git(tmp_path, "tag", "v1.2.3")
    git(tmp_path, "tag", "v1.2.4")
    refused("v1.2.5", "no tag v1.2.5")
    refused("v1.2.4", "the tag is v1.2.4, but configure.ac of it says 1.2.3")
    refused("v1.2.3", "not yet released")
    (tmp_path / "out").write_text("mine")
    result = subprocess.run(["packaging/release.sh", "v1.2.3", "--output", tmp_path / "out"], cwd=tmp_path,
                            capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "exists" in result.stderr and (tmp_path / "out").read_text() == "mine"
