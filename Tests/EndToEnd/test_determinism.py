"""The same recording gives the same deltas: again, and with another number of shards."""

import threading

import pytest

from support.process import Gateway, wait_until
from support.recording import renamed
from support.replay import replay
from support.stream import Recorder, StreamClient, identity

SYMBOLS = {"BTCUSDT": "BTC-USDT.BINANCE", "ETHUSDT": "ETH-USDT.BINANCE", "SOLUSDT": "SOL-USDT.BINANCE"}
LINES = 12_000


def deltas_by_symbol(gateway, lines):
    """Sends the same recording as three instruments at once; canonical messages by symbol."""
    with StreamClient(gateway, max_queue=None) as client:
        client.subscribe(["*"])
        recorder = Recorder(client)
        feeds = [renamed(lines[:LINES], symbol) for symbol in SYMBOLS]
        threads = [threading.Thread(target=replay, args=(gateway, feed)) for feed in feeds]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        heads = {name: gateway.http.get(f"/v1/features/{name}").json()["seq"] for name in SYMBOLS.values()}

        def has_arrived():
            reached = {s.symbol: s.seq for s in client.subscriptions.values()}
            return recorder.failure or reached == heads

        wait_until(has_arrived, 60, lambda: f"heads {heads}")
        messages = recorder.stop()
        names = {s.sid: s.symbol for s in client.subscriptions.values()}
    result = {name: [] for name in SYMBOLS.values()}
    for message in messages:
        if message["op"] in ("snap", "d"):
            result[names[message["sid"]]].append(identity(message, names))
    return result


@pytest.fixture(scope="module")
def first_run(binary, lines, tmp_path_factory):
    """Deltas of a run with one shard."""
    gateway = Gateway(binary, tmp_path_factory.mktemp("first") / "data", "--shards", 1)
    try:
        return deltas_by_symbol(gateway.wait_until_ready(), lines)
    finally:
        gateway.kill()


@pytest.mark.parametrize("shards", [1, 2])
def test_a_second_replay_gives_byte_identical_deltas(serve, lines, first_run, shards):
    second_run = deltas_by_symbol(serve("--shards", shards), lines)
    for symbol, expected in first_run.items():
        assert len(expected) > 1_000
        assert second_run[symbol] == expected, symbol


def test_instruments_do_not_influence_each_other(first_run):
    plain = {symbol: [message.replace(symbol, "") for message in messages] for symbol, messages in first_run.items()}
    first, *others = plain.values()
    assert all(other == first for other in others)
