"""The commands of the executable, as a person runs them."""

import csv
import io
import json

import pytest

from support.process import free_port


def test_version_prints_a_version(run):
    words = run("version").stdout.split()
    assert words[0] == "tickgate"
    assert [part.isdigit() for part in words[1].split(".")] == [True] * 3


def test_help_names_every_command(run):
    text = run("--help").stdout
    for command in ("serve", "replay", "query", "connect", "store", "simulate", "version"):
        assert command in text


def test_replay_writes_straight_into_a_data_directory(run, recordings, reading, directory):
    data = directory / "store"
    run("replay", *recordings.files, "--data", data, "--speed", "max")
    result = run("query", "SELECT count() AS n, sum(size) AS volume FROM trades", "--data", data, "--format", "json")
    document = json.loads(result.stdout)
    volume = float(sum(trade.size for trade in reading.trades))
    assert document["rows"] == [[19_904, volume]]


def test_replay_into_a_running_gateway_reaches_it(run, serve, recordings):
    gateway = serve()
    run("replay", *recordings.files, "--into", gateway.url)
    assert gateway.value("SELECT count() FROM trades") == 19_904


@pytest.mark.parametrize("format", ["table", "csv", "json", "ndjson"])
def test_query_prints_every_format_from_a_running_gateway(run, session, format):
    text = "SELECT side, count() AS n FROM trades"
    output = run("query", text, "--url", session.gateway.url, "--format", format).stdout
    expected = {"buy", "sell"}
    if format == "csv":
        header, *rows = csv.reader(io.StringIO(output))
        assert header == ["side", "n"] and {row[0] for row in rows} == expected
    elif format == "json":
        assert {row[0] for row in json.loads(output)["rows"]} == expected
    elif format == "ndjson":
        rows = [json.loads(line) for line in output.splitlines()]
        assert {row["side"] for row in rows if "side" in row} == expected
    else:
        assert "side" in output and all(side in output for side in expected)
        widths = {len(line) for line in output.splitlines() if any(side in line for side in expected)}
        assert len(widths) == 1, "columns are aligned"


def test_a_query_error_has_a_caret_and_a_status(run, session):
    result = run("query", "SELECT prize FROM trades", "--url", session.gateway.url, status=None)
    assert result.returncode != 0
    assert "^" in result.stderr and "price" in result.stderr
    assert result.stdout == ""


def test_print_config_shows_each_value_and_where_it_came_from(run, directory):
    file = directory / "settings.yaml"
    file.write_text("shards: 3\nfeed:\n  kind: none\n")
    output = run(
        "serve", "--config", file, "--log-level", "debug", "--print-config", environment={"TICKGATE_QUERY_WORKERS": "5"}
    ).stdout
    found = {line.split()[0]: line for line in output.splitlines()}
    assert "3" in found["shards"] and f"{file}:1" in found["shards"]
    assert f"{file}:3" in found["feed.kind"]
    assert "5" in found["query.workers"] and "TICKGATE_QUERY_WORKERS" in found["query.workers"]
    assert "debug" in found["log_level"] and "--log-level" in found["log_level"]
    assert "default" in found["listen"]


def test_flags_win_over_the_environment_and_that_over_the_file(run, directory):
    file = directory / "settings.yaml"
    file.write_text("shards: 1\n")
    environment = {"TICKGATE_SHARDS": "2"}
    output = run("serve", "--config", file, "--print-config", environment=environment).stdout
    assert "TICKGATE_SHARDS" in output
    output = run("serve", "--config", file, "--shards", 4, "--print-config", environment=environment).stdout
    assert "--shards" in output


@pytest.mark.parametrize(
    "text, line, words",
    [
        ("shards: 1\nfead:\n  kind: none\n", 2, ["fead"]),
        ("data: x\n\nfeed:\n  knd: none\n", 4, ["feed.knd", "feed.kind"]),
        ("shards: many\n", 1, ["shards", "integer"]),
        ("feed:\n  kind: nasdaq\n", 2, ["feed.kind", "binance"]),
        ("listen: [\n", None, ["YAML"]),
    ],
)
def test_a_wrong_configuration_is_an_error_with_its_line(run, directory, text, line, words):
    file = directory / "settings.yaml"
    file.write_text(text)
    result = run("serve", "--config", file, "--data", directory / "data", status=None)
    assert result.returncode != 0
    if line is not None:
        assert f"{file}:{line}" in result.stderr
    assert all(word in result.stderr for word in words), result.stderr


@pytest.mark.parametrize(
    "environment, words",
    [({"TICKGATE_SHARTS": "1"}, ["TICKGATE_SHARTS", "TICKGATE_SHARDS"]), ({"TICKGATE_SHARDS": "x"}, ["shards"])],
)
def test_a_wrong_environment_is_an_error_too(run, environment, words):
    result = run("serve", "--print-config", environment=environment, status=None)
    assert result.returncode != 0
    assert all(word in result.stderr for word in words), result.stderr


def test_a_port_in_use_is_said_with_the_address(serve, start, directory):
    gateway = serve()
    second = start("serve", "--data", directory / "other", "--listen", f"127.0.0.1:{gateway.port}", "--feed", "none")
    assert second.wait() != 0
    assert str(gateway.port) in second.log()


def test_a_gateway_that_is_not_there_is_said_plainly(run):
    url = f"http://127.0.0.1:{free_port()}"
    result = run("query", "SELECT count() FROM trades", "--url", url, status=None)
    assert result.returncode != 0
    assert url.removeprefix("http://") in result.stderr


def test_a_file_that_is_not_there_is_said_plainly(run, directory):
    result = run("replay", directory / "none.gz", "--data", directory / "data", status=None)
    assert result.returncode != 0
    assert "none.gz" in result.stderr
