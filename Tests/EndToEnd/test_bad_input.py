"""Bad input gets a clear error, loses nothing and crashes nothing."""

import json
import random
import socket

import pytest

from support.replay import Replay, replay
from support.session import SYMBOL
from support.stream import StreamClient

MALFORMED = {
    "no receive time": b"not a line",
    "no JSON": b"1723161254937085768 {",
    "a message that lacks fields": b'1723161254937085768 {"stream":"btcusdt@trade","data":{"e":"trade","s":"BTCUSDT"}}',
    "a price that is none": (
        b'1723161254937085768 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",'
        b'"t":1,"p":"12,5","q":"1","T":1723161255342,"m":true,"M":true}}'
    ),
    "a price that is too large": (
        b'1723161254937085768 {"stream":"btcusdt@trade","data":{"e":"trade","E":1723161255343,"s":"BTCUSDT",'
        b'"t":1,"p":"99999999999999999999.0","q":"1","T":1723161255342,"m":true,"M":true}}'
    ),
    "bytes that are no text": b"1723161254937085768 \xff\xfe\x00\x01",
    "deep nesting": b"1723161254937085768 " + b"[" * 5_000,
}


@pytest.mark.parametrize("kind", MALFORMED)
def test_a_malformed_frame_is_reported_with_its_line_and_the_rest_is_kept(serve, lines, reading, kind):
    gateway = serve()
    broken = lines[:2_000]
    broken.insert(1_000, MALFORMED[kind])
    upload = replay(gateway, broken)
    assert upload.status == 200
    assert [entry["line"] for entry in upload.errors] == [1_001]
    assert upload.errors[0]["error"]
    assert upload.durable == 2_001
    expected = sum(trade.line <= 2_000 for trade in reading.trades)
    assert gateway.value("SELECT count() FROM trades") == expected
    assert gateway.value("SELECT max(id) FROM trades") == max(t.id for t in reading.trades if t.line <= 2_000)


def test_random_damage_never_ends_the_process(serve, lines):
    gateway = serve()
    generator = random.Random(7)
    damaged = []
    for line in lines[:3_000]:
        line = bytearray(line)
        if generator.random() < 0.2:
            for _ in range(generator.randrange(1, 6)):
                line[generator.randrange(len(line))] = generator.choice(b'0-9{}[]",:.x\x00\xff')
        damaged.append(bytes(line).replace(b"\n", b" "))
    upload = replay(gateway, damaged)
    assert upload.status == 200
    assert upload.durable == 3_000
    assert 0 < len(upload.errors) < 1_500
    assert gateway.is_running
    assert gateway.http.get("/health/ready").status == 200


def problem(answer, status):
    """Checks the shape of an error document and returns it."""
    assert answer.status == status, answer.text
    assert answer.type == "application/problem+json"
    document = answer.json()
    assert document["status"] == status
    assert document["title"] and document["detail"] and document["code"]
    return document


def test_a_syntax_error_has_a_position_and_a_hint_of_what_was_expected(session):
    document = problem(session.gateway.http.ask("SELECT price FROM trades WHERE"), 400)
    assert document["code"] == "syntax_error"
    position = document["position"]
    assert (position["offset"], position["line"], position["column"]) == (30, 1, 31)


def test_an_unknown_column_is_pointed_at_and_the_nearest_is_named(session):
    text = "SELECT id,\n  prize FROM trades"
    document = problem(session.gateway.http.ask(text), 400)
    assert document["code"] == "unknown_column"
    position = document["position"]
    assert (position["offset"], position["line"], position["column"], position["length"]) == (13, 2, 3, 5)
    assert "price" in document["hint"]


def test_curl_gets_the_error_as_text_with_a_caret(session):
    answer = session.gateway.http.post(
        "/v1/query", "SELECT prize FROM trades", Accept="text/plain", Content_Type="text/plain"
    )
    assert answer.status == 400
    assert answer.type == "text/plain"
    rows = answer.text.splitlines()
    query = next(i for i, row in enumerate(rows) if "SELECT prize FROM trades" in row)
    column = rows[query].index("prize")
    assert rows[query + 1][column : column + 5].startswith("^")
    assert rows[query + 1][:column].strip() == ""
    assert "price" in answer.text


def test_an_unknown_table_is_404_with_a_hint(session):
    document = problem(session.gateway.http.ask("SELECT * FROM trade"), 404)
    assert document["code"] == "unknown_table"
    assert "trades" in document["hint"]


def test_an_unknown_symbol_is_404_with_a_hint(session):
    document = problem(session.gateway.http.get("/v1/features/BTC-USDT.BINANC"), 404)
    assert document["code"] == "unknown_symbol"
    assert SYMBOL in document["hint"]


def test_an_unknown_path_is_404_and_a_wrong_method_is_405(session):
    problem(session.gateway.http.get("/v1/nothing"), 404)
    answer = session.gateway.http.request("DELETE", "/v1/query")
    problem(answer, 405)
    assert "POST" in answer.headers["allow"]


def test_an_unknown_symbol_or_feature_of_a_subscription_is_rejected_with_a_hint(session):
    with StreamClient(session.gateway) as client:
        answer = client.subscribe(["BTC-USDT.BINANC", SYMBOL])
        assert [entry["symbol"] for entry in answer["rejected"]] == ["BTC-USDT.BINANC"]
        assert SYMBOL in answer["rejected"][0]["hint"]
        assert [entry["symbol"] for entry in answer["subs"]] == [SYMBOL]
        answer = client.subscribe([SYMBOL], features=["spred_bps"], id=2)
        text = json.dumps(answer)
        assert "spread_bps" in text, "the nearest feature is named"


@pytest.mark.parametrize(
    "message",
    ["{", "[]", "1", '{"op":"dance","id":1}', '{"op":"subscribe","id":1}', '{"op":"subscribe","id":1,"symbols":7}'],
)
def test_a_malformed_message_on_the_stream_is_an_error_and_the_stream_goes_on(session, message):
    with StreamClient(session.gateway) as client:
        client.send(message)
        error = client.receive()
        assert error["op"] == "error"
        assert error["code"] and error["message"]
        assert client.subscribe([SYMBOL], id=9)["op"] == "subscribed"


def test_an_oversized_query_is_refused_with_413(session):
    start = b"SELECT count() FROM trades -- "
    for framing in (b"Content-Length: 100000000", b"Transfer-Encoding: chunked"):
        body = start if b"Length" in framing else b"%x\r\n%s\r\n" % ((2 << 20), start.ljust(2 << 20, b"x"))
        answer = refused_upload(session.gateway, framing, body)
        assert answer.startswith(b"HTTP/1.1 413 ")
        assert b"application/problem+json" in answer
    assert session.gateway.http.get("/health/live").status == 200


def refused_upload(gateway, framing, body):
    """Sends a body that is refused before it was read whole; the answer."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=20) as connection:
        head = b"POST /v1/query HTTP/1.1\r\nHost: localhost\r\n%s\r\n\r\n" % framing
        try:
            connection.sendall(head + body)
        except OSError:
            pass  # the answer came first
        return read_all(connection)


def read_all(connection):
    """What the other side sends until it closes, at most 64 KiB; of a kept connection, the first piece."""
    text = b""
    try:
        while len(text) < 65_536 and b"\r\n\r\n" not in text:
            piece = connection.recv(65_536)
            if not piece:
                break
            text += piece
    except ConnectionError:
        pass
    return text


def test_an_oversized_head_is_refused_with_431(session):
    with socket.create_connection(("127.0.0.1", session.gateway.port), timeout=20) as connection:
        head = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * (1 << 20)
        try:
            connection.sendall(head + b"\r\n\r\n")
        except OSError:
            pass
        assert read_all(connection).startswith(b"HTTP/1.1 431 ")
    assert session.gateway.http.get("/health/live").status == 200


def test_an_oversized_line_of_a_replay_is_refused(serve, lines):
    gateway = serve("--set", "replay.line_bytes=65536")
    upload = Replay("127.0.0.1", gateway.port)
    upload.send([lines[0], b"1723161254937085768 " + b"x" * 200_000])
    upload.finish()
    assert upload.errors and upload.errors[0]["line"] == 2
    assert "limit" in upload.errors[0]["error"]
    assert gateway.http.get("/health/ready").status == 200


def test_bytes_that_are_no_http_close_the_connection_and_nothing_else(session):
    generator = random.Random(11)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", session.gateway.port), timeout=20) as connection:
            connection.sendall(generator.randbytes(500) + b"\r\n\r\n")
            answer = read_all(connection)
            assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert session.gateway.http.get("/health/live").status == 200


@pytest.mark.parametrize(
    "text", ["", "   ", "SELECT", "SELECT * FROM", "'", "(" * 5_000, "SELECT " + "-" * 9_000 + "1"]
)
def test_queries_that_are_none_are_syntax_errors(session, text):
    document = problem(session.gateway.http.post("/v1/query", text, Content_Type="text/plain"), 400)
    assert document["code"] in ("syntax_error", "limit_exceeded")
