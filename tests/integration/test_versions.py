# SPDX-License-Identifier: GPL-2.0-or-later
"""A server of another version than the module was built for refuses it, and says why."""

import re
import subprocess

from harness import MODULE, Knotd


def changed_module(folder, change):
    data = MODULE.read_bytes()
    new = change(data)
    assert new != data and len(new) == len(data)
    path = folder / "other.so"
    path.write_bytes(new)
    return path


def verdict(module):
    """What knotc says of a configuration that loads the module."""
    server = Knotd("", module=False)
    try:
        conf = (server.dir / "knot.conf").read_text()
        server.write("knot.conf", f"{conf}\nmodule:\n  - id: mod-hostedmail\n    file: {module}\n")
        return server.conf_check()
    finally:
        server.clean()


def test_the_version_it_was_built_for_is_accepted():
    assert verdict(MODULE)[0] == 0


def test_another_libknot_is_refused(tmp_path):
    """Knot DNS 3.4 and 3.5 differ in what the server reads of a module before it calls it."""
    def of_another(data):
        return re.sub(rb"\0libknot\.so\.\d\d\0", b"\0libknot.so.99\0", data)

    code, text = verdict(changed_module(tmp_path, of_another))
    assert code != 0 and "module 'mod-hostedmail', incompatible version" in text


def test_it_needs_no_library_of_knot():
    """A missing library would be all that a server of another version says."""
    result = subprocess.run(["objdump", "-p", MODULE], capture_output=True, text=True, check=True)
    needed = re.findall(r"NEEDED +(\S+)", result.stdout)
    assert needed and not [name for name in needed if re.match("lib(knot|zscanner|dnssec)", name)]
