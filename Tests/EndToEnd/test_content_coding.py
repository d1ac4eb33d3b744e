"""Answers in the coding gzip: the same bytes, fewer of them, only for who asks, streamed."""

import gzip
import http.client
import io
import json
import urllib.parse
import zlib

import msgpack
import pytest

MANY = "SELECT x, x * 1.5 AS y, 'row' AS word FROM long_sequence(200000)"


def get(gateway, path, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=60)
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    connection.request("GET", path, headers={"Accept-Encoding": "identity", **headers})
    return connection, connection.getresponse()


def read(gateway, path, **fields):
    connection, response = get(gateway, path, **fields)
    body = response.read()
    connection.close()
    return response, body


def query_path(text, form="csv"):
    return f"/v1/query?{urllib.parse.urlencode({'q': text, 'format': form})}"


def rows_of(form, body):
    """The rows of an answer; some forms also tell how long the query took."""
    if form == "json":
        return json.loads(body)["rows"]
    if form == "msgpack":
        return list(msgpack.Unpacker(io.BytesIO(body)))[:-1]
    return body.split(b"\n")[:-2] if form == "ndjson" else body


@pytest.fixture
def gateway(serve):
    return serve()


@pytest.mark.parametrize("form", ["csv", "json", "ndjson", "arrow", "msgpack"])
def test_a_long_answer_is_the_same_in_fewer_bytes(gateway, form):
    path = query_path(MANY, form)
    plain, body = read(gateway, path)
    assert plain.getheader("Content-Encoding") is None
    coded, packed = read(gateway, path, Accept_Encoding="br, gzip;q=0.8")
    assert coded.getheader("Content-Encoding") == "gzip"
    assert "Accept-Encoding" in coded.getheader("Vary") and "Accept-Encoding" in plain.getheader("Vary")
    assert len(packed) < len(body) / 2
    assert rows_of(form, gzip.decompress(packed)) == rows_of(form, body)


def test_a_piece_can_be_read_when_it_has_come(gateway):
    connection, response = get(gateway, query_path(MANY), Accept_Encoding="gzip")
    inflater = zlib.decompressobj(31)
    first = inflater.decompress(response.read1(1 << 16))
    assert first.startswith(b"x,y,word\r\n") and first.count(b"\n") > 100
    rest = inflater.decompress(response.read()) + inflater.flush()
    assert inflater.eof and (first + rest).count(b"\n") == 200_001
    connection.close()


@pytest.mark.parametrize("coding", ["identity", "gzip;q=0", "*;q=0", "deflate", "gzip;q=0, *"])
def test_who_does_not_take_it_gets_none(gateway, coding):
    response, body = read(gateway, query_path(MANY), Accept_Encoding=coding)
    assert response.getheader("Content-Encoding") is None and body.startswith(b"x,y,word\r\n")


def test_a_short_answer_is_sent_as_it_is(gateway):
    response, body = read(gateway, query_path("SELECT 1 AS one"), Accept_Encoding="gzip")
    assert response.getheader("Content-Encoding") is None and body == b"one\r\n1\r\n"
    problem, body = read(gateway, query_path("SELEC 1"), Accept_Encoding="gzip")
    assert problem.status == 400 and json.loads(body)["code"] == "syntax_error"


def test_features_are_coded_too(gateway):
    path = "/v1/features/definitions"
    plain, body = read(gateway, path)
    coded, packed = read(gateway, path, Accept_Encoding="*")
    assert coded.getheader("Content-Encoding") == "gzip" and int(coded.getheader("Content-Length")) == len(packed)
    assert gzip.decompress(packed) == body and plain.status == coded.status == 200
