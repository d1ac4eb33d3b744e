"""SIGTERM ends everything in good order and loses nothing."""

import signal

import pytest
from websockets.exceptions import ConnectionClosed

from support.replay import Replay, replay
from support.session import SYMBOL
from support.stream import StreamClient
from test_durability import expected_rows, stored_rows


def test_subscribers_are_told_to_go_away_and_are_closed_with_1012(serve, lines):
    gateway = serve()
    replay(gateway, lines[:100])
    with StreamClient(gateway) as client:
        client.subscribe([SYMBOL])
        gateway.terminate()
        farewell = client.until(lambda m: m["op"] == "goaway")
        assert farewell["reason"]
        low, high = farewell["reconnect_after_ms"]
        assert 0 <= low <= high
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                client.receive()
        assert closed.value.rcvd.code == 1012
    assert gateway.wait() == 0


def test_everything_that_was_sent_is_stored(serve, directory, lines, reading):
    gateway = serve()
    upload = replay(gateway, lines[:20_000])
    assert upload.durable == 20_000
    assert gateway.stop() == 0
    again = serve(data=directory / "data")
    assert stored_rows(again) == expected_rows(reading, 20_000)
    assert again.value('SELECT count() FROM "book_features@v1"') > 0


def test_a_replay_that_is_cut_by_the_shutdown_keeps_what_was_acknowledged(serve, directory, lines, reading):
    gateway = serve()
    upload = Replay("127.0.0.1", gateway.port)
    upload.send(lines[:10_000])
    upload.wait_durable(10_000)
    half = lines[10_000][:100]
    upload.socket.sendall(b"%x\r\n%s\r\n" % (len(half), half))
    gateway.terminate()
    upload.reader.join(20)
    assert gateway.wait() == 0
    assert upload.durable == 10_000, "a line that came by half is not acknowledged"
    assert [entry["line"] for entry in upload.errors] == [10_000], "and not complained about: the replay was cut off"
    upload.finish()
    again = serve(data=directory / "data")
    assert stored_rows(again) == expected_rows(reading, 10_000)


def test_an_idle_gateway_ends_at_once_and_a_second_start_finds_its_generation(serve, directory, lines):
    first = serve()
    replay(first, lines[:100])
    assert first.http.get(f"/v1/features/{SYMBOL}").json()["epoch"] == "k1"
    assert first.stop() == 0
    second = serve(data=directory / "data")
    replay(second, lines[:100])
    assert second.http.get(f"/v1/features/{SYMBOL}").json()["epoch"] == "k2"


def test_sigint_ends_it_too(serve):
    gateway = serve()
    gateway.child.send_signal(signal.SIGINT)
    assert gateway.wait() == 0
