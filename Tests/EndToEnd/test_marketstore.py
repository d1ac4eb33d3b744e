"""pymarketstore from PyPI, unchanged, against the running gateway."""

import json
import random
import threading
import urllib.request

import numpy as np
import pandas as pd
import pymarketstore as pymkts
import pytest
from pymarketstore import ListSymbolsFormat
BARS = [("Epoch", "i8"), ("Open", "f4"), ("High", "f4"), ("Low", "f4"), ("Close", "f4"), ("Volume", "i8")]


@pytest.fixture
def client(serve):
    return pymkts.Client(f"{serve().url}/rpc")


def bars(start, count, step=60, seed=1):
    """Rows of random bars."""
    random.seed(seed)
    rows = []
    for index in range(count):
        low, high = sorted((random.uniform(1, 2), random.uniform(1, 2)))
        rows.append((start + index * step, low, high, low, high, random.randrange(1, 1_000)))
    return np.array(rows, dtype=BARS)


def epoch(text):
    return int(pd.Timestamp(text, tz="UTC").timestamp())


def read(client, symbols, timeframe, group, **options):
    return client.query(pymkts.Params(symbols, timeframe, group, **options))


def test_frames_are_those_that_were_written(client):
    data = bars(epoch("2024-01-01"), 3_000)
    assert client.write(data, "AAPL/1Min/OHLCV") == {"responses": None}
    frame = read(client, "AAPL", "1Min", "OHLCV").first().df()
    expected = pd.DataFrame(data[list(data.dtype.names[1:])])
    expected.index = pd.to_datetime(data["Epoch"], unit="s", utc=True)
    pd.testing.assert_frame_equal(frame, expected, check_names=False, check_index_type=False)
    assert frame.index.tz is not None and frame.dtypes["Open"] == np.float32


@pytest.mark.parametrize(
    "options, rows",
    [
        ({"limit": 2}, slice(-2, None)),
        ({"limit": 3, "limit_from_start": True}, slice(0, 3)),
        ({"start": "2024-01-01T00:02:00", "end": "2024-01-01T00:04:00"}, slice(2, 5)),
        ({"start": "2024-01-01T00:02:01"}, slice(3, None)),
        ({"end": "2024-01-01T00:01:59", "limit": 1}, slice(1, 2)),
        ({"start": "2030-01-01"}, slice(0, 0)),
    ],
)
def test_ranges_and_limits(client, options, rows):
    data = bars(epoch("2024-01-01"), 10)
    client.write(data, "A/1Min/OHLCV")
    result = read(client, "A", "1Min", "OHLCV", **options).first().array
    assert np.array_equal(result, data[rows])


def test_several_symbols_in_one_answer(client):
    names = [f"S{n:03}" for n in range(50)]
    for seed, name in enumerate(names):
        client.write(bars(epoch("2024-01-01"), 5, seed=seed), f"{name}/1Min/OHLCV")
    reply = read(client, names + ["NOPE"], "1Min", "OHLCV", limit=2)
    found = reply.all()
    assert sorted(key.split("/")[0] for key in found) == names
    for seed, name in enumerate(names):
        assert np.array_equal(found[f"{name}/1Min/OHLCV"].array, bars(epoch("2024-01-01"), 5, seed=seed)[-2:])
    everything = read(client, "*", "1Min", "OHLCV", limit=1).all()
    assert len(everything) == len(names)


def test_columns_and_several_queries_in_one_call(client):
    data = bars(epoch("2024-01-01"), 3)
    client.write(data, "A/1Min/OHLCV")
    client.write(data, "A/5Min/X")
    queries = [
        pymkts.Params("A", "1Min", "OHLCV", columns=["Close", "Epoch"]),
        pymkts.Params("A", "5Min", "X", limit=1),
    ]
    first, second = client.query(queries).results
    assert first.first().array.dtype.names == ("Epoch", "Close")
    assert len(second.first().array) == 1


def test_ticks_to_the_nanosecond(client):
    second = epoch("2024-01-01T10:00:00")
    data = np.array(
        [(second, 1.5, 5_000), (second, 2.5, 500_000_000), (second + 59, 3.5, 999_999_999), (second, 1.5, 5_000)],
        dtype=[("Epoch", "i8"), ("Price", "f8"), ("Nanoseconds", "i4")],
    )
    assert client.write(data, "A/1Sec/TRADE", isvariablelength=True) == {"responses": None}
    result = read(client, "A", "1Sec", "TRADE").first().array
    assert result.dtype.names == ("Epoch", "Price", "Nanoseconds")
    assert result["Nanoseconds"].tolist() == [5_000, 5_000, 500_000_000, 999_999_999]
    start = pd.Timestamp("2024-01-01T10:00:00.000005001", tz="UTC")
    assert read(client, "A", "1Sec", "TRADE", start=start).first().array["Price"].tolist() == [2.5, 3.5]


def test_create_list_destroy(client):
    dtype = [("Epoch", "i8"), ("Bid", "f4")]
    assert client.create("V/1Min/TICK", dtype, isvariablelength=True)["responses"][0]["error"] == ""
    assert client.create("F/1Min/TICK", dtype)["responses"][0]["error"] == ""
    assert client.create("F/1Min/TICK", dtype)["responses"][0]["error"].endswith("File is already in directory")
    assert client.list_symbols() == ["F", "V"]
    assert client.list_symbols(ListSymbolsFormat.TBK) == ["F/1Min/TICK", "V/1Min/TICK"]
    rows = np.array([(60, 1.0), (60, 2.0)], dtype=dtype)
    client.write(rows, "V/1Min/TICK", isvariablelength=True)
    client.write(rows, "F/1Min/TICK")
    assert len(read(client, "V", "1Min", "TICK").first().array) == 2
    assert read(client, "F", "1Min", "TICK").first().array["Bid"].tolist() == [2.0]
    assert client.destroy("V/1Min/TICK")["responses"][0]["error"] == ""
    assert client.list_symbols() == ["F"]
    assert client.server_version().startswith("tickgate-")


def test_texts(client):
    data = np.array([(60, "hello"), (120, "é😀"), (180, "")], dtype=[("Epoch", "i8"), ("Memo", "U16")])
    assert client.write(data, "A/1Min/MEMO") == {"responses": None}
    assert read(client, "A", "1Min", "MEMO").first().array["Memo"].tolist() == ["hello", "é😀", ""]


def test_the_messages_that_clients_look_for(client):
    with pytest.raises(Exception, match="no files returned from query parse"):
        read(client, "NOPE", "1Min", "OHLCV")
    client.write(bars(60, 1), "A/1Min/Q")
    client.write(np.array([(60, 1)], dtype=[("Epoch", "i8"), ("V", "i4")]), "B/1Min/Q")
    with pytest.raises(Exception, match="symbols in a query must have the same data type or be filtered"):
        read(client, ["A", "B"], "1Min", "Q")
    answer = client.write(np.array([(60, 1)], dtype=[("Epoch", "i8"), ("W", "i4")]), "B/1Min/Q")
    assert "unable to match data columns" in answer["responses"][0]["error"]


def test_days_follow_the_zone_and_the_first_of_january_is_there(serve):
    gateway = serve("--set", "marketstore.timezone=America/New_York")
    client = pymkts.Client(f"{gateway.url}/rpc")
    days = [epoch(f"{day}T15:00:00") for day in ("1965-03-04", "2023-12-31", "2024-01-01", "2024-07-01")]
    client.write(np.array([(day, 1.0) for day in days], dtype=[("Epoch", "i8"), ("V", "f8")]), "A/1D/X")
    frame = read(client, "A", "1D", "X").first().df()
    assert frame.index.tz_convert("America/New_York").strftime("%F %T").tolist() == [
        "1965-03-04 00:00:00", "2023-12-31 00:00:00", "2024-01-01 00:00:00", "2024-07-01 00:00:00",
    ]


def test_sql_and_functions_and_coarser_timeframes(client):
    data = bars(epoch("2024-01-01"), 10)
    client.write(data, "A/1Min/OHLCV")
    result = client.sql("SELECT Epoch, Close FROM `A/1Min/OHLCV` LIMIT 3;").first().array
    assert np.array_equal(result["Close"], data["Close"][:3])
    call = "candlecandler('5Min',Open,High,Low,Close,Sum::Volume)"
    candles = read(client, "A", "1Min", "OHLCV", functions=[call]).first().array
    assert candles["High"].tolist() == [data["High"][:5].max(), data["High"][5:].max()]
    assert candles["Volume_SUM"].tolist() == [data["Volume"][:5].sum(), data["Volume"][5:].sum()]
    five = read(client, "A", "5Min", "OHLCV").first().array
    assert five["Epoch"].tolist() == [data["Epoch"][0], data["Epoch"][5]]
    assert five["Open"].tolist() == [data["Open"][0], data["Open"][5]]
    assert five["Volume"].tolist() == [data["Volume"][:5].sum(), data["Volume"][5:].sum()]


def test_a_written_row_is_seen_by_everything_at_once(serve):
    gateway = serve()
    client = pymkts.Client(f"{gateway.url}/rpc")
    client.write(bars(60, 1), "A/1Min/BARS")
    query = 'SELECT time, symbol, "Volume" FROM "1Min/BARS"'
    stream = urllib.request.urlopen(f"{gateway.url}/v1/stream/sse?query={urllib.request.quote(query)}", timeout=20)
    client.write(np.array([(120, 1, 2, 1, 2, 4711)], dtype=BARS), "A/1Min/BARS")
    rows = gateway.http.query(f"{query} ORDER BY time")
    assert [(row["symbol"], row["Volume"]) for row in rows][-1] == ("A", 4711)
    assert gateway.value('SELECT "Volume" FROM "A/1Min/BARS" ORDER BY "Epoch" DESC LIMIT 1') == 4711
    for line in stream:
        if b"4711" in line:
            break
    else:
        pytest.fail("the stream ended without the row")


def test_a_second_address_and_the_heartbeat(serve):
    gateway = serve("--set", "marketstore.listen=127.0.0.1:0")
    assert "MarketStore's clients are served on" in gateway.log()
    heart = gateway.http.get("/heartbeat")
    assert heart.status == 200 and json.loads(heart.body)["status"] == "queryable"


def test_destroy_can_be_switched_off(serve):
    client = pymkts.Client(f"{serve('--set', 'marketstore.destroy=false').url}/rpc")
    client.write(bars(60, 1), "A/1Min/OHLCV")
    assert "marketstore.destroy" in client.destroy("A/1Min/OHLCV")["responses"][0]["error"]
    assert client.list_symbols() == ["A"]


@pytest.mark.parametrize("seed", [1, 2])
def test_no_acknowledged_row_is_lost_by_kill_9(serve, directory, seed):
    """Four clients write single rows at once until the server is killed."""
    gateway = serve()
    acknowledged = [[] for _ in range(4)]

    def write(writer):
        client = pymkts.Client(f"{gateway.url}/rpc")
        dtype = [("Epoch", "i8"), ("V", "i8")]
        for row in range(1_000_000):
            try:
                answer = client.write(np.array([(row, row)], dtype=dtype), f"W{writer}/1Sec/KILL")
            except Exception:
                return
            if answer["responses"] is not None:
                return
            acknowledged[writer].append(row)

    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
    for thread in threads:
        thread.start()
    threading.Event().wait(1 + random.Random(seed).random())
    gateway.kill()
    for thread in threads:
        thread.join()
    assert all(acknowledged)
    client = pymkts.Client(f"{serve(data=directory / 'data').url}/rpc")
    for writer, rows in enumerate(acknowledged):
        stored = read(client, f"W{writer}", "1Sec", "KILL").first().array
        assert set(rows) <= set(stored["V"].tolist())
        assert stored["V"].tolist() == stored["Epoch"].tolist()
        assert len(stored) <= len(rows) + 1
