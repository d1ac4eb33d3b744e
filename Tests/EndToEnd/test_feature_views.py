"""Feature views through a running gateway: defined, computed as a recording comes in, stored, joined with labels."""

import json

from support.process import wait_until
from support.replay import Replay
from support.session import SYMBOL

TEXT = {"Content-Type": "text/plain"}
MICRO = "CREATE FEATURE VIEW micro AS SELECT spread_bps(), sum(ofi()) OVER (RANGE 1s PRECEDING) AS ofi_1s FROM book"


def run(gateway, text, status=200):
    answer = gateway.http.request("POST", "/v1/query?format=json", text.encode(), TEXT)
    assert answer.status == status, f"{text}: {answer.status} {answer.text}"
    return answer.json()["rows"] if status == 200 else answer.json()


def test_a_view_is_computed_live_stored_and_joined(serve, lines):
    gateway = serve()
    assert run(gateway, MICRO) == [["created micro@v1"]]
    assert run(gateway, MICRO) == [["exists micro@v1"]]
    upload = Replay("127.0.0.1", gateway.port)
    upload.send(lines[:3000])
    upload.finish()
    wait_until(lambda: (gateway.http.metric("tickgate_view_rows_total") or 0) > 10, 60, gateway.log)
    wait_until(lambda: len(gateway.query('SELECT * FROM "micro@v1/stored"')) > 10, 60, gateway.log)
    history = {row["seq"]: row for row in gateway.query("SELECT * FROM micro")}
    stored = gateway.query('SELECT * FROM "micro@v1/stored"')
    assert all(history[row["seq"]] == row for row in stored)
    assert gateway.http.metric("tickgate_parity_checks_total") > 0
    assert gateway.http.metric("tickgate_parity_mismatches_total") == 0
    views = {view["view"]: view for view in gateway.http.get("/v1/features/definitions").json()["views"]}
    assert [field["name"] for field in views["micro@v1"]["features"]] == ["spread_bps", "ofi_1s"]
    assert views["micro@v1"]["live"] and views["book_features@v1"]["built_in"] and len(views["micro@v1"]["hash"]) == 64

    rows = sorted(history.values(), key=lambda row: row["seq"])
    known = rows[len(rows) // 2]
    body = {
        "features": ["micro:spread_bps"],
        "entities": [
            {"symbol": SYMBOL, "time": known["available_time"], "label": 1},
            {"symbol": SYMBOL, "time": "2020-01-01", "label": 0},
        ],
    }
    answer = gateway.http.post("/v1/training-set?format=json", json.dumps(body), Content_Type="application/json")
    assert answer.status == 200, answer.text
    document = answer.json()
    names = [column["name"] for column in document["columns"]]
    assert names == ["symbol", "time", "label", "micro:spread_bps", "micro:spread_bps:status", "micro:available_time"]
    first, second = document["rows"]
    assert first[3] in [row["spread_bps"] for row in rows if row["available_time"] == known["available_time"]]
    assert first[4] == "PRESENT" and first[5] == known["available_time"]
    assert second[3:] == [None, "WARMING", None]

    table = f"symbol,time,label\n{SYMBOL},{known['available_time']},1\n"
    for form in ("csv", "ndjson", "arrow", "msgpack"):
        path = f"/v1/training-set?features=micro:spread_bps&format={form}"
        answer = gateway.http.post(path, table, Content_Type="text/csv")
        assert answer.status == 200 and answer.body, (form, answer.text)
    unknown = gateway.http.post("/v1/training-set?features=mikro", table, Content_Type="text/csv")
    assert unknown.status == 404 and unknown.json()["code"] == "unknown_table"
    broken = gateway.http.post("/v1/training-set?features=micro", "symbol\nA\n", Content_Type="text/csv")
    assert broken.status == 400 and broken.json()["code"] == "bad_training_set"


def test_definitions_survive_a_kill_and_backfill_stores_what_is_missing(serve, directory, lines):
    gateway = serve()
    upload = Replay("127.0.0.1", gateway.port)
    upload.send(lines[:2000])
    upload.finish()
    assert run(gateway, MICRO) == [["created micro@v1"]]
    gateway.kill()
    gateway = serve(data=directory / "data")
    assert run(gateway, MICRO) == [["exists micro@v1"]]
    written = run(gateway, "BACKFILL micro")[0][0]
    assert written > 5
    assert run(gateway, "BACKFILL micro") == [[0]]
    assert len(gateway.query('SELECT * FROM "micro@v1/stored"')) == written
    drop = gateway.http.request("POST", "/v1/query", b"DROP FEATURE VIEW micro", TEXT)
    assert drop.status == 401
