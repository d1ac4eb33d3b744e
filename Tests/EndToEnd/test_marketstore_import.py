"""`tickgate import marketstore` and its neighbours, on directories that an independent writer made."""

import csv
import io
import json
import os
import random
import signal
import subprocess
import threading
import time
import urllib.request
from datetime import datetime, timezone

import numpy as np
import pytest

from support.marketstore_files import HEADER, Store, packed
from support.process import clean_environment

SECOND = 10**9
START = int(datetime(2023, 12, 31, 23, 30, tzinfo=timezone.utc).timestamp()) * SECOND
OHLCV = [("Open", "f4"), ("High", "f4"), ("Low", "f4"), ("Close", "f4"), ("Volume", "i8")]
TICK = [("Price", "f8"), ("Size", "i4"), ("Venue", "U16"), ("Flags", "u1")]


def bars(count, seed=1):
    """Rows of OHLCV."""
    rows = np.zeros(count, packed(OHLCV))
    walk = 100 + np.cumsum(np.random.default_rng(seed).integers(-5, 6, count)) / 100
    for place, name in enumerate(("Open", "High", "Low", "Close")):
        rows[name] = walk + place / 100
    rows["Volume"] = np.arange(count) * 7
    return rows


def trades(count, seed=1):
    """Rows of trades."""
    generator = np.random.default_rng(seed)
    rows = np.zeros(count, packed(TICK))
    rows["Price"] = generator.normal(100, 3, count)
    rows["Size"] = generator.integers(1, 900, count)
    rows["Venue"] = generator.choice(["NASDAQ", "Börse", ""], count)
    rows["Flags"] = generator.integers(0, 256, count)
    return rows


def minutes(count, start=START):
    return [start + 60 * SECOND * index for index in range(count)]


def instants(count, grain=1_000, seed=1, span=3_600 * SECOND, start=START):
    """Sorted times of whole microseconds, two of them the same."""
    generator = random.Random(seed)
    times = sorted(start + generator.randrange(span) // grain * grain for _ in range(count - 1))
    return sorted([*times, times[0]])


@pytest.fixture
def store(directory):
    return Store(directory / "marketstore")


@pytest.fixture
def bring(run, directory, store):
    def bring_in(*arguments, status=0, data="data"):
        return run("import", "marketstore", store.root, "--data", directory / data, *arguments, status=status)

    return bring_in


@pytest.fixture
def stored(run, directory):
    """The rows of a family's table as texts, in the order of time and symbol."""

    def rows(table, columns, data="data"):
        text = run(
            "query", f'SELECT time, symbol, {columns} FROM "{table}" ORDER BY time, symbol', "--data", directory / data,
            "--format", "csv",
        ).stdout
        return list(csv.reader(io.StringIO(text)))[1:]

    return rows


def text(nanoseconds):
    """A time as the program writes it."""
    moment = datetime.fromtimestamp(nanoseconds // SECOND, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f"{nanoseconds % SECOND:09d}"
    while len(fraction) > 0 and fraction.endswith("000"):
        fraction = fraction[:-3]
    return f"{moment}{'.' + fraction if fraction else ''}Z"


def test_bars_of_two_years_come_whole(bring, stored, store):
    rows, times = bars(120), minutes(120)
    store.fixed("AAPL/1Min/OHLCV", OHLCV, times, rows)
    store.fixed("MSFT/1Min/OHLCV", OHLCV, times[:5], rows[:5])
    result = bring()
    assert "read 125 rows of 3 files, 2 buckets" in result.stdout
    assert "wrote 125 rows; counted: all are stored" in result.stdout
    found = [row for row in stored("1Min/OHLCV", "Open, High, Low, Close, Volume") if row[1] == "AAPL"]
    assert [row[0] for row in found] == [text(time) for time in times]
    for row, wanted in zip(found, rows):
        assert [np.float32(value) for value in row[2:6]] == [wanted[name] for name in ("Open", "High", "Low", "Close")]
        assert int(row[6]) == wanted["Volume"]


@pytest.mark.parametrize("compresses", [True, False])
@pytest.mark.parametrize("timeframe, grain", [("1Sec", 1), ("1Min", 1_000), ("1H", 1_000), ("1D", 1_000_000)])
def test_ticks_come_whole_and_exact(bring, stored, store, compresses, timeframe, grain):
    store.compresses = compresses
    times, rows = instants(400, grain), trades(400)
    store.variable(f"BTC/{timeframe}/TRADE", TICK, times, rows)
    assert "wrote 400 rows" in bring().stdout
    found = stored(f"{timeframe}/TRADE", "Price, Size, Venue, Flags")
    assert [row[0] for row in found] == [text(time) for time in times]
    wanted = sorted((float(r["Price"]), int(r["Size"]), str(r["Venue"]), int(r["Flags"])) for r in rows)
    assert sorted((float(r[2]), int(r[3]), r[4], int(r[5])) for r in found) == wanted


def test_a_second_run_changes_nothing_and_a_later_one_brings_what_is_new(bring, stored, store):
    times, rows = instants(300), trades(300)
    store.variable("BTC/1Min/TRADE", TICK, times, rows)
    bring()
    again = bring()
    assert "wrote 0 rows; 300 were stored already" in again.stdout
    later = [time + 7_200 * SECOND for time in times]
    store.variable("BTC/1Min/TRADE", TICK, later, rows)
    assert "wrote 300 rows; 300 were stored already" in bring().stdout
    assert len(stored("1Min/TRADE", "Price")) == 600


def test_a_run_that_is_killed_goes_on_where_it_was(binary, directory, run, bring, stored, store):
    times, rows = instants(60_000, span=20_000 * SECOND), trades(60_000)
    store.variable("BTC/1Min/TRADE", TICK, times, rows)
    kills = 0
    # Ever later, until one comes to its end: some of them in the middle of the rows, however fast the machine is.
    for wait in range(40):
        child = subprocess.Popen(
            [binary, "import", "marketstore", store.root, "--data", directory / "data"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=clean_environment(),
        )
        time.sleep(0.005 * 1.2**wait)
        if child.poll() is not None:
            break
        child.send_signal(signal.SIGKILL)
        child.wait()
        kills += 1
    assert "counted: all are stored" in bring().stdout and kills
    found = stored("1Min/TRADE", "Price, Size")
    assert len(found) == len(times)
    assert sorted(float(row[2]) for row in found) == sorted(rows["Price"].tolist())


def test_over_a_running_gateway_the_same_rows_come(serve, run, store, directory):
    gateway = serve()
    times, rows = instants(500), trades(500)
    store.variable("BTC/1Min/TRADE", TICK, times, rows)
    store.fixed("AAPL/1Min/OHLCV", OHLCV, minutes(50), bars(50))
    for wrote in ("wrote 550 rows;", "wrote 0 rows; 550 were stored already;"):
        result = run("import", "marketstore", store.root, "--url", gateway.url)
        assert wrote in result.stdout and "counted: all are stored" in result.stdout
    answer = run("query", 'SELECT count(*) FROM "1Min/TRADE"', "--url", gateway.url, "--format", "csv").stdout
    assert answer.split()[-1] == "500"


def test_the_first_of_january_and_days_of_a_zone(run, directory, stored):
    store = Store(directory / "marketstore", zone="America/New_York")
    days = [int(datetime(2024, 1, 1, 5, tzinfo=timezone.utc).timestamp()) * SECOND + index * 86_400 * SECOND for index in range(3)]
    store.fixed("AAPL/1D/OHLCV", OHLCV, days, bars(3))
    (directory / "mkts.yml").write_text("root_directory: data\nlisten_port: 5993\ntimezone: America/New_York\n")
    result = run(
        "import", "marketstore", store.root, "--config", directory / "mkts.yml", "--data", directory / "data"
    )
    assert "1 of them of a first of January, which MarketStore does not show" in result.stdout
    assert [row[0] for row in stored("1D/OHLCV", "Volume")] == [text(day) for day in days]


def test_years_before_1970(bring, stored, store):
    times = minutes(5, start=-86_400 * SECOND * 400)
    store.fixed("OLD/1Min/OHLCV", OHLCV, times, bars(5))
    bring()
    assert [row[0] for row in stored("1Min/OHLCV", "Volume")] == [text(time) for time in times]


def test_a_log_without_a_checkpoint_is_read(bring, run, stored, store):
    times, rows = instants(20), trades(20)
    store.variable("BTC/1Min/TRADE", TICK, times, rows)
    late = [times[3], times[3] + 86_400 * SECOND]
    store.log([[("BTC/1Min/TRADE", TICK, True, late, rows[3:5])], [("NEW/1Min/OHLCV", OHLCV, False, minutes(2), bars(2))]])
    result = bring()
    assert "2 transactions of write-ahead logs have no checkpoint" in result.stderr
    assert "read 23 rows" in result.stdout and "3 of them only in a write-ahead log" in result.stdout
    assert len(stored("1Min/TRADE", "Price")) == 21
    listing = run("tool", "wal", "--file", store.root / "WALFile.1700000000000000000.walfile").stdout
    assert "BTC/1Min/TRADE/2023.bin" in listing and "2 transactions; 2 without a checkpoint, with 4 writes" in listing


def test_damage_is_told_and_the_rest_comes(bring, run, store, directory):
    times, rows = minutes(40), bars(40)
    for symbol in ("A", "B", "C"):
        store.fixed(f"{symbol}/1Min/OHLCV", OHLCV, times, rows)
    store.variable("D/1Min/TRADE", TICK, instants(50), trades(50))
    broken = store.root / "A/1Min/OHLCV/2023.bin"
    with broken.open("r+b") as file:
        file.seek(280)
        file.write(b"\x09")
    ticks = store.root / "D/1Min/TRADE/2023.bin"
    with ticks.open("r+b") as file:
        file.seek(-1, os.SEEK_END)
        file.truncate(file.tell())
    result = bring(status=1)
    assert f"problem: {broken}: offset 280: the record kind is 9" in result.stderr
    assert f"problem: {ticks}: offset " in result.stderr
    assert "problems; see standard error" in result.stdout
    check = run("tool", "integrity", "--dir", store.root, status=1)
    assert f"problem: {broken}: offset 280" in check.stderr and "2 problems" in check.stdout
    sound = run("tool", "integrity", "--dir", store.root, "--keys", "B,C")
    assert "well: nothing is damaged" in sound.stdout


def test_a_dry_run_and_patterns_of_keys(run, store, directory):
    store.fixed("AAPL/1Min/OHLCV", OHLCV, minutes(10), bars(10))
    store.fixed("MSFT/1Min/OHLCV", OHLCV, minutes(10), bars(10))
    result = run("import", "marketstore", store.root, "--dry-run", "--keys", "MSFT/*")
    assert "read 10 rows of 1 files" in result.stdout
    assert not (directory / "data").exists()


@pytest.mark.parametrize(
    "arguments, status, words",
    [
        ([], 64, "--data DIR or --url URL"),
        (["--data", "a", "--url", "b"], 64, "not both"),
        (["--data", "a", "--keys", "a/b/c/d"], 64, "SYMBOL/TIMEFRAME/ATTRIBUTE"),
        (["--data", "a", "--zone", "Mars"], 64, "no time zone 'Mars'"),
        (["--url", "http://127.0.0.1:1"], 1, "127.0.0.1:1"),
    ],
)
def test_a_misspelt_import_says_what_is_missing(run, store, arguments, status, words):
    assert words in run("import", "marketstore", store.root, *arguments, status=status).stderr


def test_a_directory_that_is_none_is_refused(run, directory):
    result = run("import", "marketstore", directory, "--data", directory / "data", status=1)
    assert "no data directory of MarketStore" in result.stderr
    assert not (directory / "data").exists()


def test_a_configuration_becomes_one_of_ours(run, directory):
    (directory / "mkts.yml").write_text(
        """
root_directory: /var/marketstore
listen_port: 5993
log_level: warn
stop_grace_period: 0
timezone: "America/New_York"
triggers:
  - module: ondiskagg.so
    on: "*/1Min/OHLCV"
    config:
      destinations: [5Min, 1D]
bgworkers:
  - module: binancefeeder.so
    name: Binance
    config:
      symbols: [BTC, ETH]
      base_currencies: [USDT]
nonsense: 1
"""
    )
    run("config", "import", directory / "mkts.yml", "--output", directory / "tickgate.yaml")
    made = (directory / "tickgate.yaml").read_text()
    assert "listen: 127.0.0.1:5993" in made and "symbols: [BTC-USDT, ETH-USDT]" in made
    for words in ("ondiskagg on */1Min/OHLCV (5Min, 1D)", "nonsense (line 18)", "stop_grace_period: a stop waits"):
        assert words in made
    shown = run("serve", "--config", directory / "tickgate.yaml", "--print-config").stdout
    assert "127.0.0.1:5993" in shown and "warning" in shown and "America/New_York" in shown
    again = run("config", "import", directory / "mkts.yml", "--output", directory / "tickgate.yaml", status=1)
    assert "is there already" in again.stderr


def test_csv_with_and_without_a_control_file(run, directory, stored):
    (directory / "bars.csv").write_text("Epoch,Open,High,Low,Close,Volume\n" + "".join(
        f"2024-01-02 10:{minute:02d}:00,1.5,2,1,1.25,{minute}\n" for minute in range(30)
    ))
    result = run("import", "csv", "AAPL/1Min/OHLCV", directory / "bars.csv", "--data", directory / "data")
    assert "read 30 rows, wrote 30" in result.stdout
    assert "a header, delimiter ',', times by ISO 8601 (UTC); a new bucket of fixed rows" in result.stderr
    (directory / "control.yaml").write_text(
        "firstRowHasColumnNames: false\ntimeFormat: '20060102 15:04:05'\ntimeZone: America/New_York\n"
        "columnNameMap: [Epoch-date, Epoch-time, Price, Size]\n"
    )
    (directory / "ticks.csv").write_text("20240102,10:00:01 250,7.5,3\n20240102,10:00:01 250000,8,4\n")
    run(
        "import", "csv", "AAPL/1Min/TICK", directory / "ticks.csv", directory / "control.yaml", "--data", directory / "data",
        "--variable",
    )
    found = stored("1Min/TICK", "Price, Size")
    assert found == [["2024-01-02T15:00:01.250Z", "AAPL", "7.5", "3"], ["2024-01-02T15:00:01.250Z", "AAPL", "8", "4"]]


def test_csv_lines_that_are_no_rows_are_told(run, directory):
    (directory / "bad.csv").write_text('time,price,size\n2024-01-02T10:00:00Z,1.5,3\n2024-01-02T10:01:00Z,x,3\n"2024,1,2\n')
    arguments = ["import", "csv", "A/1Min/X", directory / "bad.csv", "--data", directory / "data", "--types", "price=f8"]
    result = run(*arguments, status=1)
    assert "line 3, column 22: 'x' is not a number, as price must be" in result.stderr
    assert "line 4, column 1: the quote is not closed" in result.stderr
    assert "read 1 rows, wrote 1, left out 2 lines" in result.stdout
    assert "line 3, column 22" in run(*arguments, "--strict", status=1).stderr


def test_a_store_is_not_made_among_the_files_of_marketstore(run, store):
    store.fixed("AAPL/1Min/OHLCV", OHLCV, minutes(10), bars(10))
    before = sorted(store.root.rglob("*"))
    for data in [store.root, store.root / "store"]:
        result = run("import", "marketstore", store.root, "--data", data, status=64)
        assert "is not apart from" in result.stderr
    assert sorted(store.root.rglob("*")) == before


def test_patterns_of_keys_that_fit_nothing_are_told(run, store, directory):
    store.fixed("AAPL/1Min/OHLCV", OHLCV, minutes(10), bars(10))
    result = run("import", "marketstore", store.root, "--dry-run", "--keys", "AAPL/5Min", status=1)
    assert "nothing that is there was asked for" in result.stderr and "AAPL/1Min/OHLCV/" in result.stderr
    result = run("import", "marketstore", store.root, "--url", "http://127.0.0.1:1", status=1)
    assert result.stderr.strip().endswith("nobody listens there; `tickgate serve` starts a gateway")


def test_a_csv_file_is_in_a_variable_bucket_once(run, directory):
    (directory / "ticks.csv").write_text("Epoch,Price\n2024-01-02T14:30:00.5Z,1\n2024-01-02T14:30:00.5Z,1\n")
    (directory / "copy.csv").write_bytes((directory / "ticks.csv").read_bytes())

    def bring(name, *arguments):
        return run(
            "import", "csv", "A/1Min/TICK", directory / name, "--data", directory / "data", *arguments
        ).stdout

    def count():
        answer = run("query", 'SELECT count() FROM "1Min/TICK"', "--data", directory / "data", "--format", "csv").stdout
        return int(answer.splitlines()[1])

    assert "read 2 rows, wrote 2" in bring("ticks.csv")
    second = bring("copy.csv")
    assert "nothing was written" in second and f"as {directory / 'ticks.csv'} (2 rows)" in second and "--again" in second
    assert count() == 2
    assert "read 2 rows, wrote 2" in bring("ticks.csv", "--again")
    assert count() == 4


def test_csv_files_are_forgotten_with_the_bucket_that_they_went_into(run, serve, directory):
    for name, second in [("a", 1), ("b", 2)]:
        (directory / f"{name}.csv").write_text(f"Epoch,Price\n2024-01-02T14:30:0{second}.5Z,1\n")
    gateway = serve()

    def bring(name):
        return run("import", "csv", "A/1Min/TICK", directory / name, "--url", gateway.url, "--variable").stdout

    assert "wrote 1" in bring("a.csv") and "wrote 1" in bring("b.csv")
    body = {"jsonrpc": "2.0", "id": "1", "method": "DataService.Destroy", "params": [{"requests": [{"key": "A/1Min/TICK"}]}]}
    request = urllib.request.Request(
        f"{gateway.url}/rpc", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    assert urllib.request.urlopen(request).status == 200
    assert "wrote 1" in bring("b.csv") and "wrote 1" in bring("a.csv")
    assert "nothing was written" in bring("a.csv")


def test_a_csv_pipe_is_read_whole_and_never_taken_for_another(run, directory):
    rows = 40_000
    for start in (0, rows):
        os.mkfifo(directory / f"pipe{start}")
        text = "Epoch,Price\n" + "".join(f"{1_700_000_000 + start + row},{row}\n" for row in range(rows))
        writer = threading.Thread(target=(directory / f"pipe{start}").write_text, args=[text])
        writer.start()
        arguments = ["import", "csv", "A/1Min/TICK", directory / f"pipe{start}", "--data", directory / "data"]
        assert f"wrote {rows}" in run(*arguments, "--variable").stdout
        writer.join()


def test_a_csv_import_that_was_refused_half_way_is_told_of(run, directory):
    (directory / "ticks.csv").write_text(
        "Epoch,Price\n" + "".join(f"{1_700_000_000 + row},{row}\n" for row in range(40_000)) + "never,1\n"
    )
    arguments = ["import", "csv", "A/1Min/TICK", directory / "ticks.csv", "--data", directory / "data", "--variable"]
    assert "32768 rows before it were written" in run(*arguments, "--strict", status=1).stderr
    refused = run(*arguments, status=1).stderr
    assert "is in A/1Min/TICK in part" in refused and "stopped after 32768 rows" in refused and "--again" in refused
