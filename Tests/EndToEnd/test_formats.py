"""Arrow answers, read by the libraries that people read them with, hold the same values as CSV answers."""

import io
import math
import os
import pty
import subprocess
import urllib.request
from datetime import datetime, timezone
from urllib.parse import quote, urlencode

import duckdb
import msgpack
import polars
import pyarrow
import pytest

from support.session import SYMBOL

ARROW = "application/vnd.apache.arrow.stream"
TYPES = {
    "timestamp": pyarrow.timestamp("ns", tz="UTC"),
    "symbol": pyarrow.dictionary(pyarrow.int32(), pyarrow.utf8()),
    "int64": pyarrow.int64(),
    "float64": pyarrow.float64(),
    "boolean": pyarrow.bool_(),
    "string": pyarrow.utf8(),
}

ANSWERS = {
    "every type of a table": "SELECT *, price > 61700 AS dear FROM trades LIMIT 5000",
    "many batches": "SELECT * FROM quotes",
    "symbols of several dictionaries": "SELECT seq, kind, side, price, size, state, reason FROM book LIMIT 60000",
    "nulls": 'SELECT * FROM "book_features@v1"',
    "nulls alone": "SELECT seq, reason FROM book WHERE reason IS NULL LIMIT 20",
    "NaN and infinities": "SELECT id, (price - price) / (price - price) AS nan, price / (size - size) AS up, "
    "-price / (size - size) AS down, -(price - price) AS zero FROM trades LIMIT 100",
    "full precision": "SELECT time, vwap(price, size) AS vwap, avg(price) AS mean, price / 3 AS third FROM trades "
    "SAMPLE BY 1s GROUP BY third",
    "one row": "SELECT count() AS n, min(time) AS start, max(price) AS high FROM trades",
    "no rows": "SELECT *, price > 0 AS positive FROM trades WHERE price < 0",
    "no rows of LIMIT 0": "SELECT * FROM quotes LIMIT 0",
    "strings": "SHOW TABLES",
    "strings and booleans": "SHOW COLUMNS FROM trades",
}


def nanoseconds(text):
    """An ISO 8601 timestamp in UTC as nanoseconds since the epoch."""
    date, _, fraction = text.removesuffix("Z").partition(".")
    seconds = int(datetime.fromisoformat(date).replace(tzinfo=timezone.utc).timestamp())
    return seconds * 1_000_000_000 + int(fraction.ljust(9, "0") or 0)


PARSERS = {
    "timestamp": nanoseconds,
    "symbol": str,
    "int64": int,
    "float64": lambda text: float(text.replace("Infinity", "inf")),
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
}


def csv_columns(gateway, text):
    """Types and values of an answer by column, from CSV. Nothing is null, and "" is the empty text."""
    described = gateway.http.ask(text, format="json", limit=1).json()["columns"]
    header, *lines = gateway.http.ask(text, format="csv").text.split("\r\n")[:-1]
    assert header.split(",") == [column["name"] for column in described]
    rows = [line.split(",") for line in lines]
    assert all(len(row) == len(described) for row in rows)
    columns = {}
    for place, column in enumerate(described):
        parse = PARSERS[column["type"]]
        cells = [row[place] for row in rows]
        values = [None if cell == "" else parse("" if cell == '""' else cell) for cell in cells]
        columns[column["name"]] = (column["type"], values)
    return columns


def bits(values):
    """Values that are equal only if they are the same: every NaN is, 0 and -0 are not."""
    return [("nan" if math.isnan(v) else v.hex()) if isinstance(v, float) else v for v in values]


def read_with_pyarrow(body):
    table = pyarrow.ipc.open_stream(body).read_all()
    table.validate(full=True)
    for name in table.column_names:
        column = table[name]
        if pyarrow.types.is_timestamp(column.type):
            column = column.cast(pyarrow.int64())
        yield name, column.to_pylist()


def read_with_polars(body):
    frame = polars.read_ipc_stream(io.BytesIO(body))
    for column in frame:
        is_time = column.dtype == polars.Datetime
        yield column.name, (column.to_physical() if is_time else column).to_list()


def read_with_duckdb(body):
    for field in pyarrow.ipc.open_stream(body).schema:
        value = f'"{field.name}"'
        if pyarrow.types.is_timestamp(field.type):
            value = f"epoch_ns({value})"
        with duckdb.connect() as connection:
            connection.register("answer", pyarrow.ipc.open_stream(body))
            rows = connection.execute(f"SELECT {value} FROM answer").fetchall()
        yield field.name, [row[0] for row in rows]


@pytest.mark.parametrize("answer", ANSWERS)
def test_arrow_answers_hold_what_csv_answers_hold(session, answer):
    gateway, text = session.gateway, ANSWERS[answer]
    expected = csv_columns(gateway, text)
    response = gateway.http.ask(text, format="arrow")
    assert response.status == 200, response.text
    assert response.type == ARROW
    schema = pyarrow.ipc.open_stream(response.body).schema
    assert {field.name: field.type for field in schema} == {name: TYPES[kind] for name, (kind, _) in expected.items()}
    for read in (read_with_pyarrow, read_with_polars, read_with_duckdb):
        found = list(read(response.body))
        assert [name for name, _ in found] == list(expected), read.__name__
        for name, values in found:
            assert bits(values) == bits(expected[name][1]), (read.__name__, name)


def test_those_answers_hold_what_their_names_say(session):
    """A guard for the test above: what it compares must be there."""
    flat = {}
    for name, text in ANSWERS.items():
        columns = csv_columns(session.gateway, text).values()
        flat[name] = [value for _, values in columns for value in values]
    assert None in flat["nulls"] and None in flat["nulls alone"]
    numbers = [value for value in flat["NaN and infinities"] if isinstance(value, float)]
    assert any(map(math.isnan, numbers)) and math.inf in numbers and -math.inf in numbers
    assert flat["no rows"] == flat["no rows of LIMIT 0"] == []
    assert True in flat["strings and booleans"] and False in flat["strings and booleans"]


def test_small_batches_are_collected_and_large_answers_are_cut(session):
    body = session.gateway.http.ask("SELECT seq, bid, ask FROM quotes", format="arrow").body
    sizes = [batch.num_rows for batch in pyarrow.ipc.open_stream(body)]
    assert sum(sizes) == 73_174
    assert all(8_192 <= size < 16_384 for size in sizes[:-1]) and len(sizes) > 4


def test_polars_reads_an_answer_from_its_address(session):
    text = "SELECT id, side, price, size FROM trades"
    address = f"{session.gateway.url}/v1/query?" + urlencode({"format": "arrow", "q": text}, quote_via=quote)
    frame = polars.read_ipc_stream(address)
    assert frame.height == 19_904
    volumes = dict(frame.group_by("side").agg(polars.col("size").sum()).iter_rows())
    assert volumes["buy"] == pytest.approx(204.49112) and volumes["sell"] == pytest.approx(233.4244)


def test_pyarrow_reads_an_answer_while_it_arrives(session):
    address = f"{session.gateway.url}/v1/query?" + urlencode({"format": "arrow", "q": "SELECT * FROM quotes"})
    with urllib.request.urlopen(address, timeout=60) as response:
        rows = sum(batch.num_rows for batch in pyarrow.ipc.open_stream(response))
    assert rows == 73_174


@pytest.mark.parametrize("name", ["arrow", "arrows", "arrow_stream", "ARROW"])
def test_the_format_has_several_names(session, name):
    response = session.gateway.http.ask("SELECT count() AS n FROM trades", format=name)
    assert response.status == 200 and response.type == ARROW
    assert pyarrow.ipc.open_stream(response.body).read_all().to_pylist() == [{"n": 19_904}]


@pytest.mark.parametrize(
    "accept, expected",
    [
        (ARROW, ARROW),
        (f"{ARROW}, application/json;q=0.5", ARROW),
        (f"{ARROW};q=0.1, text/csv", "text/csv"),
        ("application/vnd.apache.arrow.file", "application/json"),
    ],
)
def test_arrow_is_negotiated(session, accept, expected):
    response = session.gateway.http.post(
        "/v1/query", "SELECT count() AS n FROM trades", Accept=accept, Content_Type="text/plain"
    )
    assert response.status == 200
    assert response.type == expected


def test_errors_before_the_first_row_are_problems_in_any_format(session):
    response = session.gateway.http.ask("SELECT prize FROM trades", format="arrow")
    assert response.status == 400
    assert response.type == "application/problem+json"


def test_text_answers_end_with_what_was_scanned(session):
    text = f"SELECT price FROM trades WHERE symbol = '{SYMBOL}' LIMIT 10"
    document = session.gateway.http.ask(text, format="json").json()
    names = {"rows_scanned", "blocks_scanned", "blocks_skipped", "blocks_answered"}
    assert set(document["stats"]) == names
    assert document["stats"]["rows_scanned"] >= document["rows_count"] == 10
    assert document["stats"]["blocks_scanned"] >= 1
    *_, end = session.gateway.http.ask(text, format="ndjson").text.splitlines()
    assert '"rows":10,' in end and all(f'"{name}":' in end for name in names)
    assert "scanned" in session.gateway.http.ask(text, format="table").text.splitlines()[-1]


# MARK: MessagePack


def unpacked(content):
    """The objects of an answer; moments as nanoseconds."""
    unpacker = msgpack.Unpacker(io.BytesIO(content), timestamp=0, raw=False)
    return list(unpacker)


def plain(value):
    return value.seconds * 1_000_000_000 + value.nanoseconds if isinstance(value, msgpack.Timestamp) else value


@pytest.mark.parametrize("name", ANSWERS)
def test_messagepack_holds_what_csv_holds(session, name):
    answer = session.gateway.http.ask(ANSWERS[name], format="msgpack")
    assert answer.status == 200 and answer.type == "application/msgpack"
    head, *batches, end = unpacked(answer.body)
    rows = [[plain(value) for value in row] for batch in batches for row in batch]
    described = csv_columns(session.gateway, ANSWERS[name])
    assert [(c["name"], c["type"]) for c in head["columns"]] == [(n, t) for n, (t, _) in described.items()]
    assert end["end"]["rows"] == len(rows)
    for place, (_, values) in enumerate(described.values()):
        assert bits([row[place] for row in rows]) == bits(values)


@pytest.mark.parametrize("accept", ["application/msgpack", "application/x-msgpack"])
def test_messagepack_is_negotiated(session, accept):
    answer = session.gateway.http.get("/v1/query?q=" + quote("SHOW TABLES"), Accept=accept)
    assert answer.type == "application/msgpack" and unpacked(answer.body)[0]["columns"]


def test_table_is_given_only_where_it_is_asked_for(session):
    answer = session.gateway.http.ask("SHOW TABLES", format="table")
    assert answer.type == "text/plain" and answer.text.splitlines()[1].startswith("---")
    answer = session.gateway.http.get("/v1/query?q=" + quote("SHOW TABLES"), Accept="text/plain")
    assert answer.type == "application/json"


@pytest.mark.parametrize("form", ["arrow", "msgpack"])
def test_the_command_line_writes_binary_answers_but_not_to_a_terminal(session, binary, form):
    command = [str(binary), "query", "SHOW TABLES", "--url", session.gateway.url, "--format", form]
    answer = subprocess.run(command, capture_output=True, timeout=60)
    assert answer.returncode == 0
    if form == "arrow":
        assert pyarrow.ipc.open_stream(answer.stdout).read_all().num_rows > 0
    else:
        assert "end" in unpacked(answer.stdout)[-1]
    leader, follower = pty.openpty()
    refused = subprocess.run(command, stdout=follower, stderr=subprocess.PIPE, timeout=60)
    os.close(follower)
    os.close(leader)
    assert refused.returncode != 0 and b"terminal" in refused.stderr
