"""Starts and stops the real executable."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .http import Client

START_SECONDS = 20
STOP_SECONDS = 20


def free_port():
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def clean_environment(extra=None):
    """The environment without the settings that Tickgate itself would read."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TICKGATE_")}
    environment.update(extra or {})
    return environment


class Process:
    """One running `tickgate` command with its log."""

    def __init__(self, binary, arguments, environment=None, directory=None):
        self.arguments = [str(binary), *map(str, arguments)]
        self.log_file = tempfile.TemporaryFile()
        self.child = subprocess.Popen(
            self.arguments,
            stdin=subprocess.DEVNULL,
            stdout=self.log_file,
            stderr=subprocess.STDOUT,
            env=clean_environment(environment),
            cwd=directory,
        )

    @property
    def pid(self):
        return self.child.pid

    @property
    def is_running(self):
        return self.child.poll() is None

    def log(self):
        """All output so far."""
        return os.pread(self.log_file.fileno(), 1 << 24, 0).decode(errors="replace")

    def resident_bytes(self):
        """Resident memory, from the kernel."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the process has no resident memory: it is gone")

    def kill(self):
        """kill -9."""
        if self.is_running:
            self.child.send_signal(signal.SIGKILL)
        self.child.wait()

    def terminate(self):
        """SIGTERM, without waiting."""
        self.child.send_signal(signal.SIGTERM)

    def wait(self, seconds=STOP_SECONDS):
        """The exit status."""
        try:
            return self.child.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running after {seconds} s\n{self.log()[-4000:]}") from None

    def stop(self):
        """SIGTERM, and the exit status."""
        if self.is_running:
            self.terminate()
        return self.wait()


class Gateway(Process):
    """A running `tickgate serve`."""

    def __init__(self, binary, data, *arguments, feed="none", port=None, environment=None):
        self.port = port or free_port()
        self.data = Path(data)
        serve = ["serve", "--data", data, "--listen", f"127.0.0.1:{self.port}", "--feed", feed, *arguments]
        super().__init__(binary, serve, environment)
        self.http = Client("127.0.0.1", self.port)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream_url(self):
        return f"ws://127.0.0.1:{self.port}/v1/stream"

    @property
    def admin(self):
        """The header of requests that need the admin token."""
        return {"Authorization": f"Bearer {(self.data / 'admin-token').read_text().strip()}"}

    def wait_until_ready(self, state="ready"):
        """Waits for /health/ready or /health/live; fails with the log if the process ends first."""
        wait_until(lambda: self._is(state), START_SECONDS, lambda: self.log()[-4000:])
        return self

    def _is(self, state):
        if not self.is_running:
            raise AssertionError(f"ended with {self.child.returncode} before it was ready:\n{self.log()[-4000:]}")
        try:
            return self.http.get(f"/health/{state}").status == 200
        except OSError:
            return False

    def query(self, text, **options):
        """Rows of a query as dictionaries, from the JSON answer."""
        return self.http.query(text, **options)

    def value(self, text):
        """The only value of a query with one row and one column."""
        rows = self.query(text)
        assert len(rows) == 1 and len(rows[0]) == 1, rows
        return next(iter(rows[0].values()))

    def metric(self, name):
        """The sum of all samples of a metric; None if there is none."""
        return self.http.metric(name)


def wait_until(condition, seconds, describe=lambda: ""):
    """Polls a condition until it holds; the bound is for failures only. Returns what the condition gave."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s\n{describe()}")
        time.sleep(0.02)
