# SPDX-License-Identifier: GPL-2.0-or-later
"""What khostedmail makes of what was planted, pasted or mistyped: nothing of it commands the
terminal, waits for ever or takes all memory."""

import os

import pytest

from harness import PROFILES
from tooling import needs_tool, run

pytestmark = needs_tool

EVIL = "\x1b]0;evil\x07\x9b31m\nerror: all is lost"
SHOWN = "\\027]0;evil\\007\\194\\15531m\\010error: all is lost"

CONF = """mod-hostedmail:
  - id: mail
    profile: {profiles}/polarismail.zone
    hosted-file: {folder}/hosted
"""


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "hosted").write_text("example.com\n")
    path = tmp_path / "knot.conf"
    path.write_text(CONF.format(profiles=PROFILES, folder=tmp_path))
    return path


def obeyed(result):
    """Characters in the output that a terminal would obey."""
    return [c for c in result.out + result.err if (ord(c) < 32 and c != "\n") or 0x7f <= ord(c) < 0xa0]


@pytest.mark.parametrize("command", ["diff", "import"])
def test_the_name_of_a_planted_file_does_not_reach_the_terminal(conf, tmp_path, command):
    folder = tmp_path / "zones"
    folder.mkdir()
    (folder / EVIL).write_text("no zone\n")
    result = run("-c", conf, command, folder)
    assert result.code == 1 and not obeyed(result), result
    assert result.err.startswith(f"error: {folder}/{SHOWN}:1: "), result


@pytest.mark.parametrize("words", [("check", EVIL), ("diff", EVIL), ("show", EVIL), ("list", "--profile", EVIL),
                                   (EVIL,), (f"--{EVIL}",), ("list", "-t", EVIL), ("-c", EVIL, "list"),
                                   ("flag", EVIL), ("verify", "--jobs", EVIL, "example.com")],
                         ids=lambda words: words[0] if words[0] != EVIL else "command")
def test_an_argument_does_not_reach_the_terminal(conf, words):
    result = run("-c", conf, *words)
    assert result.code == 2 and not obeyed(result), result
    assert result.err.count("\n") == 1 and result.err.startswith("error: "), result


def test_bytes_that_are_no_utf_8_are_shown_as_numbers(conf):
    result = run("-c", conf, "diff", os.fsdecode(b"a\xff\xc3"))
    assert result.is_error("a\\255\\195: cannot be read"), result
    assert run("-c", conf, "diff", "h\u00e4").is_error("h\u00e4: cannot be read")


@pytest.mark.parametrize("command", ["flag", "unflag"])
def test_a_device_without_an_end_is_given_up(conf, command):
    result = run("-c", conf, command, "--from", "/dev/zero")
    assert result.is_error("/dev/zero has more than 256 MiB, which only a regular file may have"), result


@pytest.mark.parametrize("option", ["--root", "--trust-anchor"])
@pytest.mark.parametrize("kind", ["fifo", "folder", "device"])
def test_verify_reads_regular_files_only(conf, tmp_path, option, kind):
    path = tmp_path / "it"
    {"fifo": os.mkfifo, "folder": os.mkdir, "device": lambda path: path.symlink_to("/dev/zero")}[kind](path)
    root = [] if option == "--root" else ["--root", "127.0.0.1@1"]
    result = run("-c", conf, "-t", "1", "verify", "example.com", *root, option, path)
    assert result.is_error(f"'{path}': not a regular file"), result


@pytest.mark.parametrize("command", ["show", "verify", "instructions"])
@pytest.mark.parametrize("pasted", ["https://www.example.com/mail", "info@example.com", "example.com,",
                                    "'example.com'", "example.com example.org", "example.com/"])
def test_what_is_pasted_with_a_domain_is_told(conf, command, pasted):
    result = run("-c", conf, command, pasted)
    assert result.is_error(f"'{pasted}' is not a domain name", "write it without"), result


def test_an_escaped_name_is_what_it_is(conf):
    result = run("-c", conf, "show", "info\\@example.org")
    assert result.code == 1 and result.err == "info\\@example.org is not hosted\n", result


@pytest.mark.parametrize("slip", ["exmaple.com", "example.cm", "example.org"])
def test_show_says_which_domain_may_be_meant(conf, slip):
    result = run("-c", conf, "show", slip)
    assert result.code == 1 and result.err == f"{slip} is not hosted; is example.com meant?\n", result
    assert run("-c", conf, "show", "--json", slip).json()["reason"] == f"{slip} is not hosted; is example.com meant?"
