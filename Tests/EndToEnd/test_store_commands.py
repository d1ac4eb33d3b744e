"""`tickgate store` on a data directory that nobody has open: what people read, what changes, and what does not."""

import csv
import json
import shutil
import subprocess

import pytest

from support.process import clean_environment
from support.store import fingerprint, flip_byte, rows, segments, status, value

# Verification, repair, backup, restore, merging, and statistics by table must do their work in the store.
STORE_IS_COMPLETE = True
complete = pytest.mark.skipif(not STORE_IS_COMPLETE, reason="the store does not do this yet")

TRADES = 9_757  # of the first recorded file


@pytest.fixture(scope="module")
def filled(binary, recordings, tmp_path_factory):
    """A data directory with one recorded file in segments; copied by the tests that change it."""
    data = tmp_path_factory.mktemp("filled") / "data"
    subprocess.run([binary, "replay", recordings.files[0], "--data", data], check=True, env=clean_environment())
    return data


@pytest.fixture
def data(filled, directory):
    """A data directory of the test's own."""
    return shutil.copytree(filled, directory / "data")


def test_help_names_every_command_and_the_exit_codes(run):
    text = run("store", "--help").stdout
    for command in ("verify", "repair", "stat", "backup", "restore", "compact", "export"):
        assert command in text
        assert "USAGE" in run("store", command, "--help").stdout
    assert "Exit codes" in text


@pytest.mark.parametrize("command", ["verify", "repair", "stat", "compact", "export"])
@pytest.mark.parametrize("kind, words", [("absent", "no such directory"), ("empty", "holds no store")])
def test_a_directory_without_a_store_is_said_and_left_alone(run, directory, command, kind, words):
    target = directory / kind
    if kind == "empty":
        target.mkdir()
    more = ["--table", "trades"] if command == "export" else []
    result = run("store", command, "--data", target, *more, status=2 if command == "verify" else 1)
    assert f"{target}: {words}" in result.stderr
    assert kind == "absent" or list(target.iterdir()) == []
    assert not (kind == "absent" and target.exists())


@pytest.mark.parametrize("command", ["stat", "compact", "verify", "repair", "backup", "export"])
@complete
def test_a_directory_in_use_is_refused_with_what_to_do(run, serve, directory, command):
    gateway = serve()
    target = [directory / "backup"] if command == "backup" else []
    more = ["--table", "trades"] if command == "export" else []
    result = run("store", command, *target, "--data", gateway.data, *more, status=2 if command == "verify" else 1)
    assert "in use by another process" in result.stderr
    if command in ("stat", "compact", "backup"):
        assert "--url" in result.stderr
    assert gateway.http.get("/health/ready").status == 200


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["stat"], "--data DIR, or --url URL"),
        (["stat", "--data", "x", "--token", "t"], "--token is for a gateway"),
        (["export", "--data", "x"], "--table NAME"),
        (["export", "--data", "x", "--table", "a", "--table", "b"], "--directory DIR"),
        (["export", "--data", "x", "--table", "a", "--output", "f", "--directory", "d"], "not both"),
        (["export", "--data", "x", "--table", "a", "--from", "2024-02", "--to", "2024-01"], "--from must be before"),
        (["export", "--data", "x", "--table", "a", "--from", "yesterday"], "yesterday"),
        (["backup", "--data", "x"], "directory"),
    ],
)
def test_a_misspelt_command_says_what_is_missing(run, arguments, words):
    assert words in run("store", *arguments, status=64).stderr


@complete
def test_stat_tells_how_full_every_table_is(run, data, reading):
    document = status(run, "--data", data)
    assert rows(document, "trades") == TRADES
    trades = document["tables"]["trades"]
    assert trades["kind"] == "event" and trades["partition"] == "day" and trades["series"] == 1
    assert trades["segments"] == len(segments(data, "trades"))
    assert trades["bytes"] == sum(path.stat().st_size for path in segments(data, "trades"))
    assert trades["first_time"].startswith("2024-08-08T23:54:15") and trades["last_time"] > trades["first_time"]
    assert trades["time_to_live_s"] is None
    assert document["tables"]["1Min/OHLCV"]["kind"] == "regular"
    if trades["columns"]:
        assert [column["name"] for column in trades["columns"]][:2] == ["time", "symbol"]
        assert sum(column["bytes"] for column in trades["columns"]) <= trades["bytes"]
    text = run("store", "stat", "--data", data, "--columns").stdout
    line = next(line for line in text.splitlines() if line.startswith("trades "))
    assert str(TRADES) in line.split() and "day" in line.split() and line.endswith("for ever")
    assert "bytes/row" in text and "WAL" in text


@complete
def test_verify_of_a_sound_directory_says_so_and_changes_nothing(run, data):
    before = fingerprint(data)
    text = run("store", "verify", "--data", data).stdout
    assert "well: nothing is damaged" in text
    assert any(line.split()[0] == "trades" for line in text.splitlines() if line)
    assert f"{sum(rows_of_segments(run, data))} rows in segments" in text
    after = fingerprint(data)
    assert {name: after[name] for name in before} == before


def rows_of_segments(run, data):
    copy = shutil.copytree(data, data.parent / "look")
    yield from (table["rows"] for table in status(run, "--data", copy)["tables"].values())
    shutil.rmtree(copy)


@complete
@pytest.mark.parametrize("place", [40, None, -20], ids=["head", "middle", "footer"])
def test_verify_finds_a_flipped_byte_and_repair_makes_the_rest_usable(run, data, place):
    victim = segments(data, "quotes")[0]
    size = victim.stat().st_size
    flip_byte(victim, place if place is None or place >= 0 else size + place)
    found = run("store", "verify", "--data", data, status=1).stdout
    assert f"damaged: {victim}, offset " in found
    assert "1 damage" in found and f"tickgate store repair --data {data}" in found

    before = fingerprint(data)
    asked = run("store", "repair", "--data", data, status=1).stdout
    assert str(victim) in asked and "--yes" in asked and "nothing was changed" in asked
    assert victim.read_bytes() == before[str(victim.relative_to(data))]

    done = run("store", "repair", "--data", data, "--yes").stdout
    assert "did: " in done and "moved away: " in done and "well: nothing is damaged" in done
    assert not victim.exists()
    assert "well" in run("store", "verify", "--data", data).stdout
    assert value(run, data, "SELECT count() FROM trades") == TRADES
    assert value(run, data, "SELECT count() FROM quotes") < 28_040


@complete
def test_a_missing_segment_is_found(run, data):
    victim = segments(data, "trades")[0]
    victim.unlink()
    assert str(victim) in run("store", "verify", "--data", data, status=1).stdout


@complete
def test_a_damaged_manifest_stops_the_start_and_names_the_repair(run, start, data):
    flip_byte(data / "MANIFEST")
    process = start("serve", "--data", data, "--listen", "127.0.0.1:0", "--feed", "none")
    assert process.wait() != 0
    assert "MANIFEST" in process.log() and "offset" in process.log()
    assert "tickgate store verify" in run("store", "stat", "--data", data, status=1).stderr
    assert "MANIFEST" in run("store", "verify", "--data", data, status=1).stdout


def test_repair_of_a_sound_directory_does_nothing(run, data):
    before = fingerprint(data)
    for flags in ([], ["--yes"]):
        assert "well: nothing is damaged" in run("store", "repair", "--data", data, *flags).stdout
    after = fingerprint(data)
    assert {name: after[name] for name in before} == before


@complete
def test_a_backup_is_restored_to_the_same_rows(run, data, directory):
    counts = {name: rows(status(run, "--data", data), name) for name in ("trades", "quotes", "book")}
    text = run("store", "backup", "backup", "--data", data).stdout
    assert f"backed up to {directory}/backup" in text and "tickgate store restore" in text
    assert "well" in run("store", "verify", "--data", directory / "backup").stdout
    restored = directory / "restored"
    assert f"tickgate serve --data {restored}" in run("store", "restore", "backup", "--data", restored).stdout
    for name, count in counts.items():
        assert value(run, restored, f"SELECT count() FROM {name}") == count
    total = "SELECT sum(price * size) FROM trades"
    assert value(run, restored, total) == value(run, data, total)


@complete
def test_a_backup_shares_its_bytes_with_the_store_and_outlives_it(run, data, directory):
    run("store", "backup", directory / "backup", "--data", data)
    inodes = {path.stat().st_ino for path in segments(directory / "backup")}
    assert inodes == {path.stat().st_ino for path in segments(data)}
    shutil.rmtree(data)
    run("store", "restore", directory / "backup", "--data", data)
    assert value(run, data, "SELECT count() FROM trades") == TRADES


@complete
def test_a_backup_goes_into_an_empty_directory_outside_the_store_only(run, data, directory):
    (directory / "taken").mkdir()
    (directory / "taken" / "file").write_text("mine")
    assert "empty" in run("store", "backup", directory / "taken", "--data", data, status=1).stderr
    assert (directory / "taken" / "file").read_text() == "mine"
    assert "inside the data directory" in run("store", "backup", data / "backup", "--data", data, status=1).stderr


@complete
def test_a_damaged_backup_is_not_restored(run, data, directory):
    backup = directory / "backup"
    run("store", "backup", backup, "--data", data)
    victim = segments(backup, "book")[0]
    content = victim.read_bytes()
    victim.unlink()  # the bytes are the store's as well
    victim.write_bytes(content)
    flip_byte(victim)
    result = run("store", "restore", backup, "--data", directory / "restored", status=1)
    assert victim.name in result.stderr
    assert not (directory / "restored" / "MANIFEST").exists()


def test_restore_refuses_what_is_no_backup_and_a_directory_that_is_not_empty(run, data, directory):
    assert "no such directory" in run("store", "restore", "none", "--data", directory / "new", status=1).stderr
    before = fingerprint(data)
    assert "is not empty" in run("store", "restore", data, "--data", data, status=1).stderr
    assert fingerprint(data) == before


@complete
def test_compact_merges_to_a_segment_a_partition(run, data):
    before = status(run, "--data", data)
    text = run("store", "compact", "--data", data).stdout
    assert "before" in text and "now" in text
    after = status(run, "--data", data)
    for name, table in after["tables"].items():
        assert rows(after, name) == rows(before, name)
        assert table["segments"] <= before["tables"][name]["segments"]
    assert value(run, data, "SELECT count() FROM trades") == TRADES
    assert "well" in run("store", "verify", "--data", data).stdout


@pytest.mark.parametrize("format", ["csv", "ndjson"])
def test_export_writes_every_row_with_exact_numbers(run, data, directory, reading, format):
    file = directory / f"trades.{format}"
    result = run("store", "export", "--data", data, "--table", "trades", "--format", format, "--output", file)
    assert f"trades: {TRADES} rows, {file.stat().st_size} bytes, {file}" in result.stderr
    assert result.stdout == ""
    if format == "csv":
        with file.open(newline="") as stream:
            found = list(csv.DictReader(stream))
    else:
        found = [json.loads(line, parse_float=str, parse_int=str) for line in file.read_text().splitlines()]
    assert len(found) == TRADES == value(run, data, "SELECT count() FROM trades")
    expected = [(str(trade.id), float(trade.price), float(trade.size)) for trade in reading.trades[:TRADES]]
    assert [(row["id"], float(row["price"]), float(row["size"])) for row in found] == expected
    assert [path.name for path in directory.glob("*.part")] == []


def test_export_to_standard_output_is_the_answer_of_the_query(run, data):
    for more, where in ([], ""), (["--from", "2024-08-08T23:55", "--to", "2024-08-08T23:56"], "T23:55"):
        exported = run("store", "export", "--data", data, "--table", "trades", *more).stdout
        text = "SELECT * FROM trades" + (f" WHERE time IN '2024-08-08{where}'" if where else "")
        assert exported == run("query", text, "--data", data, "--format", "csv").stdout
        assert exported == run("store", "export", "--data", data, "--table", "trades", *more, "--output", "-").stdout
        assert len(exported.splitlines()) > 100


def test_export_of_all_tables_makes_a_file_each(run, data, directory):
    run("store", "export", "--data", data, "--directory", directory / "out", "--format", "ndjson")
    names = {path.name for path in (directory / "out").iterdir()}
    assert {"trades.ndjson", "quotes.ndjson", "book.ndjson", "1Min%2FOHLCV.ndjson"} <= names
    for table in ("trades", "quotes", "book"):
        lines = (directory / "out" / f"{table}.ndjson").read_text().count("\n")
        assert lines == value(run, data, f"SELECT count() FROM {table}")
    assert not any(name.endswith(".part") for name in names)


def test_export_replaces_a_file_only_if_told(run, data, directory):
    file = directory / "trades.csv"
    file.write_text("mine")
    export = ["store", "export", "--data", data, "--table", "trades", "--output", file]
    assert "--force" in run(*export, status=1).stderr
    assert file.read_text() == "mine"
    run(*export, "--force")
    assert file.read_text().count("\n") == TRADES + 1


def test_export_of_an_unknown_table_names_the_nearest(run, data):
    assert "did you mean 'trades'?" in run("store", "export", "--data", data, "--table", "trade", status=1).stderr


def test_an_export_without_a_place_to_write_to_says_so(run, data, directory):
    file = directory / "none" / "trades.csv"
    result = run("store", "export", "--data", data, "--table", "trades", "--output", file, status=1)
    assert f"{file}.part: cannot be written: No such file or directory" in result.stderr


def test_an_export_that_fails_leaves_no_file(run, data, directory):
    flip_byte(segments(data, "trades")[0])
    file = directory / "trades.csv"
    result = run("store", "export", "--data", data, "--table", "trades", "--output", file, status=1)
    assert "damaged" in result.stderr
    assert list(directory.glob("trades.csv*")) == []
