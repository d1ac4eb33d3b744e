"""Starts the real executable for every test, keeps its log for failures, and stops it at the end."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from support.process import Gateway, Process, clean_environment
from support.recording import Recordings, read
from support.session import RecordedSession

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 60


def pytest_configure(config):
    config.processes = []


@pytest.fixture(scope="session")
def binary():
    """The executable under test."""
    path = Path(os.environ.get("TICKGATE_BIN", ROOT / ".build" / "release" / "tickgate"))
    if not path.is_file():
        pytest.exit(f"{path} does not exist; build it, or name it in TICKGATE_BIN", returncode=2)
    return path


@pytest.fixture(scope="session")
def recordings():
    """The shared recordings; tests that need them are skipped where they are absent."""
    found = Recordings(Path(os.environ.get("TICKGATE_SHARED", ROOT.parent / "shared")) / "data")
    if not found.is_present:
        pytest.skip(f"no recordings in {found.folder}; set TICKGATE_SHARED")
    return found


@pytest.fixture(scope="session")
def lines(recordings):
    """Raw lines of both files, in order."""
    return recordings.lines()


@pytest.fixture(scope="session")
def reading(lines):
    """The independent reading of all lines."""
    return read(lines)


@pytest.fixture
def directory():
    """A new directory, removed afterwards."""
    path = Path(tempfile.mkdtemp(prefix="tickgate-e2e-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def run(binary, directory):
    """Runs a command to its end, in the test's directory, and checks its exit status."""

    def run_command(*arguments, environment=None, status=0):
        result = subprocess.run(
            [binary, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            cwd=directory,
            env=clean_environment(environment),
        )
        if status is not None:
            assert result.returncode == status, result.stdout + result.stderr
        return result

    return run_command


@pytest.fixture
def start(binary, request):
    """Starts any command of the executable; whatever still runs at the end is killed."""
    started = []

    def start_process(*arguments, **options):
        process = Process(binary, arguments, **options)
        started.append(process)
        request.config.processes.append(process)
        return process

    yield start_process
    _end(started, request.config)


@pytest.fixture
def serve(binary, directory, request):
    """Starts a gateway, by default in a new directory, and waits until it is "ready", "live", or (False) not at all."""
    started = []

    def start_gateway(*arguments, data=None, ready="ready", **options):
        gateway = Gateway(binary, data or directory / "data", *arguments, **options)
        started.append(gateway)
        request.config.processes.append(gateway)
        return gateway.wait_until_ready(ready) if ready else gateway

    yield start_gateway
    _end(started, request.config)


@pytest.fixture(scope="session")
def session(binary, lines, request):
    """One gateway that got the whole recording while two subscribers listened; shared by the tests that only look."""
    folder = Path(tempfile.mkdtemp(prefix="tickgate-e2e-"))
    gateway = Gateway(binary, folder / "data")
    request.config.processes.append(gateway)
    try:
        gateway.wait_until_ready()
        yield RecordedSession(gateway, lines)
    finally:
        _end([gateway], request.config)
        shutil.rmtree(folder, ignore_errors=True)


def _end(processes, config):
    for process in processes:
        process.kill()
        config.processes.remove(process)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the logs of all running processes to the report of a failed test."""
    report = (yield).get_result()
    if report.failed:
        for process in item.config.processes:
            title = " ".join(process.arguments[1:6])
            report.sections.append((f"log of tickgate {title}", process.log()[-6000:]))
