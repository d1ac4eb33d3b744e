"""Values of `$1` and `:name`, which come beside the text."""

import json

import pytest

from support.process import Gateway


@pytest.fixture(scope="module")
def gateway(binary, tmp_path_factory):
    gateway = Gateway(binary, tmp_path_factory.mktemp("parameters") / "data")
    try:
        yield gateway.wait_until_ready()
    finally:
        gateway.kill()


def ask(gateway, query, params):
    body = json.dumps({"query": query, "params": params}).encode()
    return gateway.http.request("POST", "/v1/query", body=body, headers={"Content-Type": "application/json"})


def test_values_have_the_types_of_constants(gateway):
    answer = ask(gateway, "SELECT $1 + 1 AS a, $2 AS b, $3 AS c, $4 IS NULL AS d", [41, "it's", 1.5, None]).json()
    assert answer["rows"] == [[42, "it's", 1.5, True]]
    assert [column["type"] for column in answer["columns"]] == ["int64", "string", "float64", "boolean"]


def test_text_beside_a_time_is_an_instant(gateway):
    query = "SELECT count() FROM trades WHERE time > :since AND symbol = :symbol"
    assert ask(gateway, query, {"since": "2024-08-08", "symbol": "' OR 1=1 --"}).json()["rows"] == [[0]]


@pytest.mark.parametrize(
    "query, params, word",
    [
        ("SELECT :b", [1], "no value for the parameter :b"),
        ("SELECT 1", [1], "$1"),
        ("SELECT $1", {"x": [1]}, "a parameter is a number"),
        ("SELECT $1", 5, "params must be a list"),
    ],
)
def test_what_is_wrong_is_said(gateway, query, params, word):
    answer = ask(gateway, query, params)
    assert answer.status == 400 and word in answer.json()["detail"]
