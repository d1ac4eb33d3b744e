"""MarketStore's commands of `tickgate connect`."""

import csv
import subprocess

import pytest

from support.process import clean_environment
from support.shell import Shell

BUCKET = "AAPL/1Min/OHLCV"
COLUMNS = "Open,High,Low,Close/float32:Volume/int64"
CONTROL = "firstRowHasColumnNames: true\ntimeFormat: '20060102 15:04:05'\ntimeZone: America/New_York\n"


@pytest.fixture
def gateway(serve):
    """A gateway without a feed."""
    return serve()


@pytest.fixture
def script(binary, gateway, directory):
    """Runs a script with the admin token; gives status, output and errors."""

    def run_script(text, *arguments):
        token = gateway.admin["Authorization"].removeprefix("Bearer ")
        result = subprocess.run(
            [binary, "connect", gateway.url, *map(str, arguments)],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=directory,
            env=clean_environment({"HOME": str(directory), "TICKGATE_ADMIN_TOKEN": token}),
        )
        return result.returncode, result.stdout, result.stderr

    return run_script


@pytest.fixture
def bars(script, directory):
    """Two buckets of one family; the first has ten minutes of bars, of which two are missing."""
    minutes = [0, 1, 2, 5, 6, 7, 8, 9]
    lines = ["Epoch,Open,High,Low,Close,Volume"]
    lines += [f"2024-01-02T14:{30 + m}:00Z,{m + 0.5},{m + 1},{m},{m + 0.25},{m * 100}" for m in minutes]
    (directory / "bars.csv").write_text("\n".join(lines) + "\n")
    text = f"\\create {BUCKET} {COLUMNS} fixed\n\\load {BUCKET} bars.csv\n\\load MSFT/1Min/OHLCV bars.csv\n"
    status, output, errors = script(text.replace("\\load MSFT", f"\\create MSFT/1Min/OHLCV {COLUMNS} fixed\n\\load MSFT"))
    assert status == 0, errors
    assert f"created {BUCKET}" in output and f"8 rows written to {BUCKET}" in output
    return minutes


def test_a_file_of_ticks_is_loaded_once(script, directory):
    (directory / "ticks.csv").write_text("Epoch,Price\n2024-01-02T14:30:00.5Z,1\n2024-01-02T14:30:00.5Z,1\n")
    load = "\\load AAPL/1Min/TICK ticks.csv"
    status, output, errors = script(f"{load}\n{load}\n{load} again\n{load}\nSELECT count() AS n FROM `AAPL/1Min/TICK`;\n")
    assert status == 0, errors
    assert output.count("2 rows written to AAPL/1Min/TICK") == 2
    assert output.count("nothing was written: ticks.csv is in AAPL/1Min/TICK already, since 20") == 2
    assert "(2 rows); \\load … again writes its rows once more" in output
    assert output.splitlines()[-2].strip() == "4"


def rows(script, statement):
    """Rows of a command or statement as CSV."""
    status, output, errors = script(statement + "\n", "--format", "csv")
    assert status == 0, errors
    return list(csv.DictReader(output.splitlines()))


def test_a_bucket_is_created_loaded_and_shown(script, bars):
    shown = rows(script, f"\\show {BUCKET}")
    assert [row["Epoch"] for row in shown] == [f"2024-01-02T14:{30 + m}:00Z" for m in bars]
    assert list(shown[0]) == ["Epoch", "Open", "High", "Low", "Close", "Volume"]
    assert [float(row["Close"]) for row in shown] == [m + 0.25 for m in bars]
    status, output, _ = script(f"\\show {BUCKET} 2024-01-02T14:31 '20240102 143500'\n")
    assert status == 0 and output.endswith("(3 rows)\n"), "both ends are included"
    status, output, _ = script(f"\\show {BUCKET} 2024-01-03 csv\n")
    assert (status, output.splitlines()) == (0, ["Epoch,Open,High,Low,Close,Volume"])
    status, output, _ = script(f"\\show {BUCKET} 2024-01-02T14:39 csv\n")
    assert output.splitlines()[1:] == ["2024-01-02T14:39:00Z,9.5,10,9,9.25,900"]


def test_a_control_file_says_what_a_csv_file_is(script, directory):
    (directory / "ctl.yaml").write_text(CONTROL)
    (directory / "bars.csv").write_text("Epoch,Bid,Ask\n20240102 09:30:00,1.5,2.5\n20240102 09:31:00,2.5,3.5\n")
    text = "\\create AAPL/1Min/QUOTE Bid,Ask/float64 fixed\n\\load AAPL/1Min/QUOTE bars.csv ctl.yaml\n"
    assert script(text)[0] == 0
    assert rows(script, "\\show AAPL/1Min/QUOTE") == [
        {"Epoch": "2024-01-02T14:30:00Z", "Bid": "1.5", "Ask": "2.5"},
        {"Epoch": "2024-01-02T14:31:00Z", "Bid": "2.5", "Ask": "3.5"},
    ]


def test_lines_that_are_no_rows_are_told(script, directory):
    (directory / "bad.csv").write_text("Epoch,Bid\n2024-01-02T09:30:00Z,1.5\n2024-01-02T09:31:00Z,nothing\n")
    status, output, errors = script("\\create AAPL/1Min/QUOTE Bid/float64 fixed\n\\load AAPL/1Min/QUOTE bad.csv\nSELECT 1;\n")
    assert status == 1 and "1 row written to AAPL/1Min/QUOTE, 1 line left out" in output and "(1 row)" not in output
    assert "line 3, column 22: 'nothing' is not" in errors
    status, _, errors = script("\\load AAPL/1Min/QUOTE absent.csv\n")
    assert status == 1 and "absent.csv: cannot be read" in errors


def test_info_lists_types_and_kind(script, bars):
    status, output, _ = script(f"\\getinfo {BUCKET}\n")
    assert status == 0
    cells = [[cell.strip() for cell in line.split("│")] for line in output.splitlines()]
    assert ["Epoch", "int64"] in cells and ["Open", "float32"] in cells and ["Volume", "int64"] in cells
    assert f"{BUCKET}: fixed: a row a slot, timeframe 1Min, latest year 2024" in output
    script("\\create AAPL/1Sec/TRADE Price/float64 variable\n")
    assert "variable: any number of rows" in script("\\getinfo AAPL/1Sec/TRADE\n")[1]


def test_single_precision_is_shown_with_the_digits_that_it_has(script, directory):
    (directory / "one.csv").write_text("Epoch,Open,Mid\n2024-01-02T09:30:00Z,187.15,187.15\n")
    script("\\create AAPL/1Min/X Open/float32:Mid/float64 fixed\n\\load AAPL/1Min/X one.csv\n")
    line = script("\\show AAPL/1Min/X\n")[1].splitlines()[2]
    assert [cell.strip() for cell in line.split("│")] == ["2024-01-02T09:30:00Z", "187.15", "187.15"]
    assert "float32" in script("\\d AAPL/1Min/X\n")[1]


def test_gaps_are_found(script, bars):
    assert rows(script, f"\\gaps {BUCKET}") == [
        {"start": "2024-01-02T14:32:00Z", "end": "2024-01-02T14:35:00Z", "seconds": "180"}
    ]
    assert rows(script, f"\\gaps {BUCKET} 5Min") == []
    status, _, errors = script(f"\\gaps {BUCKET} often\n")
    assert status == 1 and "'often' is no timeframe" in errors


def test_trim_takes_rows_of_this_bucket_alone(script, bars):
    assert script(f"\\trim {BUCKET} 2024-01-02T14:36\n")[0] == 0
    assert [row["Epoch"][14:16] for row in rows(script, f"\\show {BUCKET}")] == ["30", "31", "32", "35"]
    assert len(rows(script, "\\show MSFT/1Min/OHLCV")) == len(bars)


def test_destroy_removes_a_bucket(script, bars):
    assert BUCKET in script("\\buckets\n")[1]
    assert script(f"\\destroy {BUCKET}\n") == (0, f"destroyed {BUCKET}\n", "")
    status, output, _ = script("\\buckets\n")
    assert output == "MSFT/1Min/OHLCV\n(1 bucket)\n"
    status, _, errors = script("\\show MSFT/1Min/OHLVC\n")
    assert status == 1
    assert errors.splitlines()[-1] == "there is no bucket MSFT/1Min/OHLVC; did you mean MSFT/1Min/OHLCV?"


def test_a_person_is_asked_before_a_bucket_goes(binary, gateway, script, bars, directory):
    prompt = Shell(binary, gateway.url, directory)
    try:
        prompt.type(f"\\destroy AAP\t\r")
        prompt.expect(f"Destroy {BUCKET} with all its rows? [y/N] ")
        prompt.type("n")
        prompt.expect("nothing was destroyed")
        prompt.expect_prompt()
        prompt.type(f"\\destroy {BUCKET}\r")
        prompt.expect("[y/N] ")
        prompt.type("y")
        prompt.expect(f"destroyed {BUCKET}")
        prompt.expect_prompt()
        prompt.type("SELECT count() FROM ms\t")
        prompt.expect("`MSFT/1Min/OHLCV` ")
        assert prompt.run(";")[-1] == "(1 row)"
        assert prompt.end() == 0
    finally:
        prompt.kill()


def test_errors_of_the_gateway_are_shown(script, bars):
    status, _, errors = script(f"\\create {BUCKET} {COLUMNS} fixed\n")
    assert status == 1 and errors.splitlines()[0] == "standard input, line 1:"
    assert "already" in errors or "exist" in errors
    status, _, errors = script("\\create AAPL/1Fortnight/OHLCV Open/f4 fixed\n")
    assert status == 1 and "timeframe" in errors
    status, _, errors = script("\\getinfo NOBODY/1Min/OHLCV\n")
    assert status == 1 and errors


def test_bars_that_are_not_stored_are_shown(script, bars):
    shown = rows(script, "\\show AAPL/5Min/OHLCV")
    assert [(row["Epoch"], float(row["Open"]), float(row["Volume"])) for row in shown] == [
        ("2024-01-02T14:30:00Z", 0.5, 300), ("2024-01-02T14:35:00Z", 5.5, 3_500),
    ]
    status, output, _ = script("\\show AAPL/5Min/OHLCV 2024-01-02T14:31\n")
    assert status == 0 and output.endswith("(1 row)\n")
    status, _, errors = script("\\show AAPL/30Sec/OHLCV\n")
    assert status == 1 and "there is no bucket AAPL/30Sec/OHLCV" in errors


@pytest.mark.parametrize("command", ["\\show {}", "\\getinfo {}", "\\destroy {}", "\\gaps {}", "\\trim {} 2024-01-01"])
def test_a_bucket_that_is_not_there_is_told_with_one_that_is(script, bars, command):
    status, _, errors = script(command.format("AAPL/1Min/OHLC") + "\n")
    assert status == 1 and f"there is no bucket AAPL/1Min/OHLC; did you mean {BUCKET}?" in errors


def test_a_timeframe_in_another_spelling_is_told_with_the_right_one(script):
    status, _, errors = script("\\create A/1min/X V/f8 fixed\n")
    assert status == 1 and "did you mean 1Min?" in errors


def test_a_script_for_the_shell_of_marketstore_runs(binary, gateway, directory):
    (directory / "ticks.csv").write_text("Epoch,Bid\n20161230 21:37:57 140000,1.5\n20161230 21:37:57 140001,2.5\n")
    (directory / "ticks.yaml").write_text("firstRowHasColumnNames: true\ntimeFormat: '20060102 15:04:05'\ntimeZone: UTC\n")
    text = """
      \\create T/1Min/TICK:Symbol/Timeframe/AttributeGroup Bid/float32 variable
      \\getinfo T/1Min/TICK
      \\load T/1Min/TICK ticks.csv ticks.yaml
      \\o out.csv
      \\show T/1Min/TICK 1970-01-01
    """
    address = gateway.url.removeprefix("http://")
    result = subprocess.run(
        [binary, "connect", "--url", address], input=text, capture_output=True, text=True, timeout=60, cwd=directory,
        env=clean_environment({"HOME": str(directory)}),
    )
    assert result.returncode == 0, result.stderr
    rows = list(csv.DictReader((directory / "out.csv").read_text().splitlines()))
    assert [(row["Epoch"], row["Bid"], row["Nanoseconds"]) for row in rows] == [
        ("2016-12-30T21:37:57Z", "1.5", "140000000"), ("2016-12-30T21:37:57Z", "2.5", "140001000"),
    ]
