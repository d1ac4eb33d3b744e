"""The bars that the gateway's own feed writes, as MarketStore's buckets: pymarketstore against the simulated exchange."""

import queue
import shutil
import tempfile
import threading
from pathlib import Path

import numpy as np
import pymarketstore as pymkts
import pytest
from pymarketstore import ListSymbolsFormat

from support.process import Gateway, wait_until

BTC, ETH = "BTC-USDT.BINANCE", "ETH-USDT.BINANCE"
KEY = f"{BTC}/1Min/OHLCV"
BARS = [("Epoch", "i8"), ("Open", "f4"), ("High", "f4"), ("Low", "f4"), ("Close", "f4"), ("Volume", "i8")]
MINUTE_SECONDS = 100


class Followed:
    """A gateway that follows the simulated exchange, and what its stream has pushed since its start."""

    def __init__(self, binary, data):
        self.gateway = Gateway(binary, data, "--symbols", "BTC-USDT,ETH-USDT", feed="simulated").wait_until_ready()
        self.client = pymkts.Client(f"{self.gateway.url}/rpc")
        self.pushed = queue.Queue()
        stream = pymkts.StreamConn(f"ws://127.0.0.1:{self.gateway.port}/ws")
        stream.register(r".*", lambda _, message: self.pushed.put(message))
        threading.Thread(target=self._follow, args=(stream,), daemon=True).start()
        wait_until(lambda: len(self.client.list_symbols()) >= 2, MINUTE_SECONDS, self.gateway.log)

    @staticmethod
    def _follow(stream):
        try:
            stream.run(["*/1Min/OHLCV"])
        except Exception:  # the gateway ends before the client does
            pass


@pytest.fixture(scope="module")
def followed(binary):
    folder = Path(tempfile.mkdtemp(prefix="tickgate-e2e-"))
    followed = Followed(binary, folder / "data")
    yield followed
    followed.gateway.kill()
    shutil.rmtree(folder, ignore_errors=True)


def read(client, symbols, timeframe="1Min", **options):
    return client.query(pymkts.Params(symbols, timeframe, "OHLCV", **options))


def run(gateway, text):
    answer = gateway.http.request("POST", "/v1/query?format=json", text.encode(), {"Content-Type": "text/plain"})
    assert answer.status == 200, answer.text


def test_bars_of_the_feed_are_listed_described_and_read(followed):
    client, gateway = followed.client, followed.gateway
    assert {BTC, ETH} <= set(client.list_symbols())
    assert {KEY, f"{ETH}/1Min/OHLCV"} <= set(client.list_symbols(ListSymbolsFormat.TBK))
    frame = read(client, BTC).first().df()
    assert list(frame.columns) == ["Open", "High", "Low", "Close", "Volume"]
    assert (frame.dtypes == np.float64).all() and len(frame) >= 1
    assert (frame.High >= frame.Low).all() and (frame.Volume > 0).all()
    last = frame.index[-1].strftime("%Y-%m-%dT%H:%M:%SZ")
    stored = gateway.value(f"SELECT sum(close) FROM \"1Min/OHLCV\" WHERE symbol = '{BTC}' AND time <= '{last}'")
    assert stored == pytest.approx(frame.Close.sum(), rel=1e-12)


def test_a_short_name_reads_what_is_at_one_venue(followed):
    found = read(followed.client, "BTC-USDT", limit=1).all()
    assert list(found) == ["BTC-USDT/1Min/OHLCV"] and len(found["BTC-USDT/1Min/OHLCV"].array) == 1


def test_functions_coarser_bars_and_sql(followed):
    client = followed.client
    bars = read(client, BTC).first().df()
    high = read(client, BTC, functions=["max(High)"]).first().array["Max"][0]
    assert high >= np.float32(bars.High.max())
    hours = read(client, BTC, "1H").first().df()
    assert hours.index[0] == bars.index[0].floor("h") and hours.High.max() >= bars.High.max()
    rows = client.sql(f"SELECT Epoch, Close FROM `{KEY}` LIMIT 1;").first().array
    assert rows.dtype.names == ("Epoch", "Close") and rows["Close"][0] == bars.Close.iloc[0]
    candles = client.sql(f"SELECT candlecandler('5Min', Open, High, Low, Close) FROM `{KEY}`;").first().df()
    assert list(candles.columns) == ["Open", "High", "Low", "Close"]


def test_clients_cannot_change_them(followed):
    client = followed.client
    row = np.array([(60, 1, 1, 1, 1, 1)], dtype=BARS)
    answer = client.write(row, KEY)
    assert "the gateway's own feed" in answer["responses"][0]["error"]
    assert "the gateway's own feed" in client.destroy(KEY)["responses"][0]["error"]
    assert "the gateway's own feed" in client.create(KEY, BARS)["responses"][0]["error"]
    assert read(client, BTC, end="1970-01-02").first().array.size == 0


def test_buckets_of_clients_stand_beside_them(followed):
    client, gateway = followed.client, followed.gateway
    rows = np.array([(60 * i, i, i, i, i, 10 * i) for i in range(1, 4)], dtype=BARS)
    assert client.write(rows, "AAPL/1Min/OHLCV") == {"responses": None}
    assert np.array_equal(read(client, "AAPL").first().array, rows)
    everything = read(client, "*", limit=2).all()
    assert {"AAPL/1Min/OHLCV", KEY} <= set(everything)
    assert everything["AAPL/1Min/OHLCV"].array["Volume"].tolist() == [20.0, 30.0]
    union = "SELECT count_distinct(symbol) FROM \"1Min/OHLCV\" WHERE symbol IN ('AAPL', 'BTC-USDT.BINANCE')"
    assert gateway.value(union) == 2
    assert gateway.value("SELECT sum(volume) FROM \"1Min/OHLCV\" WHERE symbol = 'AAPL'") == 60
    assert client.destroy("AAPL/1Min/OHLCV")["responses"][0]["error"] == ""


def test_names_and_columns_in_statements(followed):
    gateway = followed.gateway
    assert gateway.value("SELECT count() FROM \"BTC-USDT/1Min/OHLCV\"") >= 1
    columns = gateway.query("SHOW COLUMNS FROM \"BTC-USDT/1Min/OHLCV\"")
    assert [row["column"] for row in columns] == ["Epoch", "Open", "High", "Low", "Close", "Volume"]


def test_a_view_of_candles_is_kept_up(followed):
    gateway = followed.gateway
    query = "SELECT symbol, candlecandler('1H', Open, High, Low, Close, Sum::Volume) FROM \"1Min/OHLCV\""
    run(gateway, f"CREATE MATERIALIZED VIEW hours AS {query}")
    wait_until(lambda: gateway.value("SELECT count() FROM hours") >= 2, 20)


def test_closed_bars_are_pushed(followed):
    message = followed.pushed.get(timeout=MINUTE_SECONDS)
    while message["key"] != KEY:
        message = followed.pushed.get(timeout=MINUTE_SECONDS)
    assert list(message["data"]) == ["Epoch", "Open", "High", "Low", "Close", "Volume"]
    stored = read(followed.client, BTC, start=message["data"]["Epoch"], end=message["data"]["Epoch"]).first().array
    assert stored["Close"].tolist() == [message["data"]["Close"]]
