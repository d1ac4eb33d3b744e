"""What the README tells a newcomer to type works."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.exchange import wait_for_live_books
from support.process import Gateway, wait_until
from support.stream import StreamClient

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def typed(program):
    """Indented lines of the README that start with a program."""
    return [line.strip() for line in README.splitlines() if line.startswith(f"    {program} ")]


@pytest.fixture(scope="module")
def newcomer(binary, tmp_path_factory):
    """A gateway as `make run` starts it, with a few seconds' worth of trades."""
    gateway = Gateway(binary, tmp_path_factory.mktemp("readme") / "data", feed="simulated")
    try:
        gateway.wait_until_ready()
        wait_for_live_books(gateway, ["BTC-USDT"])
        wait_until(lambda: gateway.value("SELECT count() FROM trades") > 50, 20, gateway.log)
        yield gateway
    finally:
        gateway.kill()


def test_there_are_three_lines_for_curl():
    assert len(typed("curl")) >= 3


@pytest.mark.parametrize("command", typed("curl"))
def test_every_line_for_curl_gives_an_answer(newcomer, command):
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed (apt-get install curl)")
    words = shlex.split(re.sub(r"(localhost|127\.0\.0\.1):8080", rf"\1:{newcomer.port}", command))
    result = subprocess.run([*words, "--fail-with-body"], capture_output=True, text=True, timeout=30)
    if "--max-time" in words:  # a stream, which ends when whoever reads it has had enough
        assert result.returncode == 28 and "event: snap" in result.stdout, result.stdout
        return
    assert result.returncode == 0, result.stdout
    assert len(result.stdout.splitlines()) > 1 or result.stdout.startswith("{")


@pytest.mark.parametrize("command", typed("python3"))
def test_every_line_for_python_works(newcomer, command):
    words = shlex.split(command.replace("localhost:8080", f"localhost:{newcomer.port}"))
    result = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    if "pymarketstore" in command:
        assert result.stdout.startswith("[] tickgate-"), result.stdout  # no buckets yet, and the version
        return
    assert "price" in result.stdout and len(result.stdout.splitlines()) >= 6, result.stdout


def test_there_are_lines_for_pandas_and_polars():
    assert {"pandas", "polars"} <= {re.search(r"import (\w+)", line)[1] for line in typed("python3")}


def test_the_stream_example_gets_snapshots(newcomer):
    message = re.search(r"echo '(\{.*\})' \| websocat", README)[1]
    with StreamClient(newcomer) as client:
        client.send(message)
        client.until(lambda m: m["op"] == "snap")


@pytest.mark.parametrize("name", re.findall(r"\]\(((?!https?:)[^)#]+)\)", README))
def test_every_link_to_a_file_leads_somewhere(name):
    assert (ROOT / name).exists(), name


def test_start_prints_what_to_try_next(newcomer):
    log = newcomer.log()
    assert log.count("curl ") >= 3
    assert "/v1/stream" in log
    assert f"http://127.0.0.1:{newcomer.port}/" in log
