# SPDX-License-Identifier: GPL-2.0-or-later
"""How to run khostedmail: what it prints, and what a server that is none does to it."""

import json
import os
import pathlib
import pty
import select
import shutil
import socket
import subprocess
import threading
import time

import pytest

from harness import BUILD, LONG_SECONDS

TOOL = pathlib.Path(os.environ.get("HM_TOOL", BUILD / "khostedmail"))

needs_tool = pytest.mark.skipif(not TOOL.exists(), reason="khostedmail was not built: libraries are missing")


def environment(**more):
    env = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
           "ASAN_OPTIONS": "abort_on_error=1", "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1"}
    env.update({name: value for name, value in more.items() if value is not None})
    return env


class Result:
    """What came out of a run."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit code {self.code}\n--- stdout\n{self.out}--- stderr\n{self.err}"

    def json(self):
        return json.loads(self.out)

    def is_error(self, *words):
        """One plain sentence on standard error, nothing on standard output, exit code 2."""
        lines = self.err.splitlines()
        return self.code == 2 and self.out == "" and len(lines) == 1 and \
            lines[0].startswith("error: ") and all(word in lines[0] for word in words)


def run(*words, user=None, stdin=None, **env):
    command = [str(TOOL), *map(str, words)]
    if user is not None:
        command = [shutil.which("setpriv"), f"--reuid={user}", f"--regid={user}", "--clear-groups"] + command
    # An empty standard input, unless there is one.
    result = subprocess.run(command, capture_output=True, text=True, env=environment(**env),
                            input=stdin or "", timeout=10 * LONG_SECONDS)
    assert result.returncode in (0, 1, 2), Result(result.returncode, result.stdout, result.stderr)
    return Result(result.returncode, result.stdout, result.stderr)


def on_terminal(*words, **env):
    """Standard output and standard error as a terminal gets them, and the exit code."""
    try:
        out, out_end = pty.openpty()
    except OSError:
        pytest.skip("there are no terminals here")
    process = subprocess.Popen([str(TOOL), *map(str, words)], stdin=subprocess.DEVNULL, stdout=out_end,
                               stderr=out_end, env=environment(TERM="xterm", **env))
    os.close(out_end)
    text = b""
    while True:
        try:
            data = os.read(out, 65536)
        except OSError:  # The other end is closed.
            break
        text += data
    os.close(out)
    return process.wait(LONG_SECONDS), text.decode()


class Impostor:
    """Something that listens at a control socket and is no server."""

    def __init__(self, path, answer=b"", seconds=0):
        self.path, self.answer, self.seconds = path, answer, seconds
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        while not self.stopped.is_set():
            if not select.select([self.listener], [], [], 0.05)[0]:
                continue
            client, _ = self.listener.accept()
            with client:
                client.settimeout(1)
                try:
                    client.recv(65536)
                    deadline = time.monotonic() + self.seconds
                    while time.monotonic() < deadline and not self.stopped.is_set():
                        time.sleep(0.05)
                    client.sendall(self.answer)
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stopped.set()
        self.thread.join()
        self.listener.close()
        self.path.unlink()


class Proxy:
    """A control socket, or a TCP port, in front of a server's: what goes to the server is looked at
    first.

    For each piece of it, look(data) is called. If that returns False, the connection is cut."""

    def __init__(self, at, server, look):
        self.at, self.look = at, look
        self.family = socket.AF_INET if isinstance(at, tuple) else socket.AF_UNIX
        self.server = server.endpoint if isinstance(at, tuple) else str(server.dir / "knot.sock")
        self.listener = socket.socket(self.family)
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(at if isinstance(at, tuple) else str(at))
        self.listener.listen()
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self.accept)]

    def accept(self):
        while not self.stopped.is_set():
            if select.select([self.listener], [], [], 0.05)[0]:
                client, _ = self.listener.accept()
                self.threads.append(threading.Thread(target=self.serve, args=(client,)))
                self.threads[-1].start()

    def serve(self, client):
        with client, socket.socket(self.family) as server:
            try:
                server.connect(self.server)
                while not self.stopped.is_set():
                    for end in select.select([client, server], [], [], 0.05)[0]:
                        data = end.recv(65536)
                        if not data or (end is client and self.look(data) is False):
                            return
                        (server if end is client else client).sendall(data)
            except OSError:
                pass

    def __enter__(self):
        self.threads[0].start()
        return self

    def __exit__(self, kind, value, trace):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()
        if self.family == socket.AF_UNIX:
            self.at.unlink()


class Answerer:
    """Something at a TCP port that answers each DNS message as answer(query) says."""

    def __init__(self, endpoint, answer):
        self.answer = answer
        self.listener = socket.create_server(endpoint)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.serve)

    def serve(self):
        while not self.stopped.is_set():
            if not select.select([self.listener], [], [], 0.05)[0]:
                continue
            client, _ = self.listener.accept()
            with client:
                client.settimeout(1)
                try:
                    data = client.recv(65536)
                    client.sendall(self.answer(data[2:]))
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stopped.set()
        self.thread.join()
        self.listener.close()
