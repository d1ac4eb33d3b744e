"""What MarketStore is known to do wrong, asked of the running gateway with MarketStore's own client."""

import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pandas as pd
import pymarketstore as pymkts
import pytest
import websocket

VALUES = [("Epoch", "i8"), ("V", "f8")]
TICKS = [("Epoch", "i8"), ("V", "f8"), ("Nanoseconds", "i4")]
CATEGORY = ":Symbol/Timeframe/AttributeGroup"


@pytest.fixture
def gateway(serve):
    return serve()


@pytest.fixture
def client(gateway):
    return pymkts.Client(f"{gateway.url}/rpc")


def epoch(text):
    return int(pd.Timestamp(text, tz="UTC").timestamp())


def rows(*times, dtype=VALUES):
    """A row a time, which is a text or seconds; its value is its place."""
    seconds = [time if isinstance(time, int) else epoch(time) for time in times]
    return np.array([(second, place + 1.0) for place, second in enumerate(seconds)], dtype=dtype)


def read(client, symbols, timeframe, group, **options):
    return client.query(pymkts.Params(symbols, timeframe, group, **options)).first().array


def call(gateway, method, parameters):
    """The answer to a call in JSON."""
    body = {"jsonrpc": "2.0", "id": 1, "method": f"DataService.{method}", "params": parameters}
    answer = gateway.http.post("/rpc", json.dumps(body), Content_Type="application/json")
    assert answer.status == 200
    return json.loads(answer.body)


@pytest.mark.parametrize("is_variable", [False, True])
@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_the_first_of_january_of_daily_bars_is_there(serve, is_variable, zone):
    client = pymkts.Client(f"{serve('--set', f'marketstore.timezone={zone}').url}/rpc")
    days = [int(pd.Timestamp(day, tz=zone).timestamp()) for day in ("2024-01-01", "2024-01-02", "2024-12-31")]
    assert client.write(rows(*days), "A/1D/X", isvariablelength=is_variable) == {"responses": None}
    assert read(client, "A", "1D", "X")["Epoch"].tolist() == days


@pytest.mark.parametrize(
    "timeframe",
    "1S 1T 1Sec 5Sec 10Sec 15Sec 30Sec 1Min 2Min 3Min 5Min 10Min 15Min 20Min 30Min 60Min 1H 2H 3H 4H 6H 8H 12H 24H "
    "1D 2D 1W 1M 3M 1Y".split(),
)
def test_what_can_be_written_can_be_read(client, timeframe):
    data = rows("2019-05-06", "2024-02-29T10:00:00")
    assert client.write(data, f"A/{timeframe}/X") == {"responses": None}
    assert read(client, "A", timeframe, "X")["V"].tolist() == [1, 2]


def test_a_timeframe_in_another_spelling_is_refused_with_the_right_one(client):
    for word, right in [("1min", "1Min"), ("1MIN", "1Min"), ("5minutes", "5Min"), ("1d", "1D"), ("D", "1D")]:
        error = client.write(rows(60), f"A/{word}/X")["responses"][0]["error"]
        assert error.startswith("error: Unable to get timeframe from key") and f"did you mean {right}?" in error
    assert client.list_symbols() == []


@pytest.mark.parametrize(
    "query, words",
    [
        ({"Destination": "A/1Min"}, "proper format"),
        ({"Destination": "A/B"}, "proper format"),
        ({"Destination": "/1Min/X"}, "names no symbol"),
        ({"Destination": "A/1Min/X", "LimitRecordCount": -1}, "limit_record_count"),
        ({"Destination": "A/1Min/X", "LimitRecordCount": "1"}, "limit_record_count must be a whole number"),
        ({"Destination": "A/1Min/X", "Functions": ["max(V+1)"]}, "unable to parse function call max(V+1)"),
        ({"Destination": "A/1Min/X", "Functions": ["max('V')"]}, "unable to parse function call max('V')"),
        ({"Destination": "A/1Min/X", "Functions": ["count(distinct V)"]}, "unable to parse function call"),
        (5, "requests[0] must be a map"),
    ],
)
def test_a_query_that_makes_no_sense_is_answered(gateway, client, query, words):
    client.write(rows(60), "A/1Min/X")
    assert words in call(gateway, "Query", {"Requests": [query]})["error"]["message"]
    assert gateway.is_running


def test_a_huge_limit_is_a_limit(client):
    client.write(rows(60, 120), "A/1Min/X")
    for limit in [200_000_000, 2**40, 2**62]:
        assert len(read(client, "A", "1Min", "X", limit=limit)) == 2


@pytest.mark.parametrize(
    "statement, values",
    [
        ("SELECT V FROM t WHERE NOT V > 2;", [1, 2]),
        ("SELECT V FROM t WHERE V < 2 OR V > 3;", [1, 4]),
        ("SELECT V FROM t WHERE V BETWEEN 2 AND 3;", [2, 3]),
        ("SELECT V FROM t WHERE V NOT BETWEEN 2 AND 3;", [1, 4]),
        ("SELECT V FROM t WHERE V <> 2;", [1, 3, 4]),
        ("SELECT V FROM t WHERE V IN (1, 4);", [1, 4]),
        ("SELECT V + 1 FROM t;", [2, 3, 4, 5]),
        ("SELECT V FROM t ORDER BY V DESC LIMIT 2;", [4, 3]),
        ("SELECT V FROM t LIMIT 2", [1, 2]),
        ("SELECT DISTINCT V - V FROM t;", [0]),
        ("SELECT count(*) FROM t GROUP BY V % 2;", [2, 2]),
        ("SELECT a.V + b.V FROM t a JOIN t b ON a.Epoch = b.Epoch WHERE a.V > 3;", [8]),
        ("SELECT count(*) AS n FROM t a, t b;", [16]),
        ("SELECT V FROM t WHERE Epoch >= '1970-01-01-00:03:00';", [3, 4]),
    ],
)
def test_sql_says_what_it_means(client, statement, values):
    client.write(rows(60, 120, 180, 240), "A/1Min/X")
    statement = statement.replace(" t", " `A/1Min/X`")
    answer = client.sql(statement)
    array = answer.first().array
    assert array[array.dtype.names[-1]].tolist() == values
    # The client cuts keys at the first colon; the server sends the whole statement.
    assert list(answer.all()) == [f"{statement}:SQL".split(":")[0]]


def test_an_empty_answer_of_sql_has_its_columns(client):
    client.create("A/1Min/X", VALUES)
    frame = client.sql("SELECT * FROM `A/1Min/X`;").first().df()
    assert frame.empty and list(frame.columns) == ["V"]
    assert client.sql("SELECT count(*) FROM `A/1Min/X`;").first().array["Count"].tolist() == [0]


def test_explain_and_gap_without_an_argument_are_answered(client):
    client.write(rows(*range(0, 60 * 60, 60), 60 * 120), "A/1Min/X")
    plan = client.sql("EXPLAIN SELECT max(V) FROM `A/1Min/X`;").first().array
    assert plan.dtype.names == ("Epoch", "plan") and len(plan) > 0
    gaps = read(client, "A", "1Min", "X", functions=["gap()"])
    assert gaps.tolist() == [(59 * 60, 120 * 60, 61 * 60)]


def test_a_start_within_a_slot_leaves_its_row_out(client):
    client.write(rows(60, 120), "A/1Min/X")
    start = pd.Timestamp(61, unit="s", tz="UTC")
    assert read(client, "A", "1Min", "X", start=start)["Epoch"].tolist() == [120]


@pytest.mark.parametrize("timeframe", ["1Sec", "1Min", "1H", "1D", "1W", "1Y"])
def test_nanoseconds_are_those_that_were_written(client, timeframe):
    times = [("10:00:00", 5_000), ("10:00:00", 123_456_789), ("10:00:00", 500_000_000), ("10:00:10", 0), ("23:59:59", 0)]
    data = np.array([(epoch(f"2024-01-01T{time}"), i, part) for i, (time, part) in enumerate(times)], dtype=TICKS)
    assert client.write(data, f"A/{timeframe}/X", isvariablelength=True) == {"responses": None}
    assert read(client, "A", timeframe, "X").tolist() == data.tolist()


def test_a_tick_of_a_daily_bucket_keeps_its_time_in_every_zone(serve):
    client = pymkts.Client(f"{serve('--set', 'marketstore.timezone=America/New_York').url}/rpc")
    time = pd.Timestamp("2024-07-01T10:30:15", tz="America/New_York")
    client.write(rows(int(time.timestamp())), "A/1D/X", isvariablelength=True)
    assert client.query(pymkts.Params("A", "1D", "X")).first().df().index.tolist() == [time]


def test_small_integers_keep_their_sign(client):
    client.write(np.array([(60, -5)], dtype=[("Epoch", "i8"), ("V", "i1")]), "A/1Min/X")
    array = read(client, "A", "1Min", "X")
    assert array.dtype["V"] == np.int8 and array["V"].tolist() == [-5]


@pytest.mark.parametrize("key", ["../1Min/A", "A/1Min/..", "../../1Min/A", "..\\..\\x/1Min/../A", "A/../A"])
def test_no_key_leads_out_of_the_store(client, directory, key):
    before = {path for path in directory.rglob("*") if "data" not in path.parts}
    assert client.write(rows(60), key)["responses"][0]["error"]
    assert client.create(key, VALUES)["responses"][0]["error"]
    assert client.destroy(key)["responses"][0]["error"]
    assert client.list_symbols() == []
    assert {path for path in directory.rglob("*") if "data" not in path.parts} == before


def test_a_bucket_that_is_made_variable_is(client):
    client.create("A/1Min/X", VALUES, isvariablelength=True)
    client.write(rows(60, 60), "A/1Min/X", isvariablelength=True)
    assert read(client, "A", "1Min", "X")["V"].tolist() == [1, 2]


def test_writes_that_fail_say_which_they_are(gateway, client):
    def write(key, **change):
        data = {"ColumnTypes": ["i8"], "ColumnNames": ["Epoch"], "ColumnData": ["PAAAAAAAAAA="], "Length": 1}
        return {"Dataset": {**data, "StartIndex": {key: 0}, "Lengths": {key: 1}, **change}}

    good, bad = write("A/1Min/X"), write("B/1Min/X", ColumnTypes=["M8[ns]"])
    assert call(gateway, "Write", {"Requests": [good, good]})["result"]["Responses"] is None
    errors = call(gateway, "Write", {"Requests": [good, bad, write("B/1min/X"), good]})["result"]["Responses"]
    assert [error["Error"].split(":")[0] for error in errors] == ["requests[1]", "requests[2]"]
    assert "unsupported type string M8[ns] of column 'Epoch'; a column is one of i1, i2" in errors[0]["Error"]
    assert client.list_symbols() == ["A"]


def test_rows_that_no_bucket_would_get_are_not_acknowledged(gateway):
    data = {"ColumnTypes": ["i8"], "ColumnNames": ["Epoch"], "ColumnData": ["PAAAAAAAAAB4AAAAAAAAAA=="], "Length": 2}
    for starts, lengths, row in [({}, {}, 0), ({"A/1Min/X": 0}, {"A/1Min/X": 1}, 1), ({"A/1Min/X": 1}, {"A/1Min/X": 1}, 0)]:
        dataset = {**data, "StartIndex": starts, "Lengths": lengths}
        answer = call(gateway, "Write", {"Requests": [{"Dataset": dataset}]})
        assert f"row {row} of the dataset is of no bucket" in answer["result"]["Responses"][0]["Error"]
    assert call(gateway, "ListSymbols", {})["result"]["Results"] == []


@pytest.mark.parametrize("path", ["/debug/pprof/", "/debug/pprof/goroutine", "/debug/pprof/cmdline", "/pprof/"])
def test_nothing_of_the_process_is_shown(gateway, path):
    with pytest.raises(urllib.error.HTTPError) as error:
        urllib.request.urlopen(gateway.url + path, timeout=10)
    assert error.value.code == 404


def test_pages_of_other_sites_cannot_listen(gateway):
    with pytest.raises(websocket.WebSocketBadStatusException):
        websocket.create_connection(f"ws{gateway.url.removeprefix('http')}/ws", origin="http://evil.example", timeout=10)


def test_many_may_adjust_at_once(client, gateway):
    names = [f"S{n}" for n in range(20)]
    for name in names:
        client.write(rows("2024-01-01", "2024-01-02"), f"{name}/1D/OHLCV")
    failures = []

    def adjust():
        own = pymkts.Client(f"{gateway.url}/rpc")
        for _ in range(5):
            try:
                found = own.query(pymkts.Params(names, "1D", "OHLCV", functions=["adjust('split','dividend')"])).all()
                assert [len(one.array) for one in found.values()] == [2] * len(names)
            except Exception as error:  # whatever it was, the test tells it
                failures.append(error)

    threads = [threading.Thread(target=adjust) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures and gateway.is_running


def test_columns_that_buckets_have_in_common_are_found_by_name(client):
    first = np.array([(60, 10.0)], dtype=[("Epoch", "i8"), ("Ask", "f4")])
    second = np.array([(60, 20.0, 30.0)], dtype=[("Epoch", "i8"), ("Bid", "f4"), ("Ask", "f4")])
    client.write(first, "A/1Sec/TICK")
    client.write(second, "B/1Sec/TICK")
    with pytest.raises(Exception, match="symbols in a query must have the same data type or be filtered"):
        client.query(pymkts.Params(["A", "B"], "1Sec", "TICK"))
    found = client.query(pymkts.Params(["A", "B"], "1Sec", "TICK", columns=["Ask"])).all()
    assert {key: one.array.tolist() for key, one in found.items()} == {
        "A/1Sec/TICK": [(60, 10.0)], "B/1Sec/TICK": [(60, 30.0)],
    }
    both = read(client, "B", "1Sec", "TICK", columns=["Ask", "Bid"])
    assert both.dtype.names == ("Epoch", "Ask", "Bid") and both.tolist() == [(60, 30.0, 20.0)]


@pytest.mark.parametrize("is_variable", [False, True])
def test_types_that_times_cannot_have_are_refused(client, is_variable):
    for epochs, nanoseconds, word in [("i4", "i4", "Epoch"), ("i8", "i8", "Nanoseconds")]:
        data = np.array([(60, 1.0, 0)], dtype=[("Epoch", epochs), ("V", "f4"), ("Nanoseconds", nanoseconds)])
        answer = client.write(data, "A/1Sec/TICK", isvariablelength=is_variable)
        assert answer["responses"][0]["error"] == f"unexpected data type for {word} column"
