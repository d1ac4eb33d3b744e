"""Statements that change tables: through HTTP and the command line, and what is left of them after kill -9."""

import pytest

TEXT = {"Content-Type": "text/plain"}


def run(gateway, text, status=200, admin=False):
    """POSTs a statement; its rows as lists, or the problem."""
    headers = {**TEXT, **(gateway.admin if admin else {})}
    answer = gateway.http.request("POST", "/v1/query?format=json", text.encode(), headers)
    assert answer.status == status, f"{text}: {answer.status} {answer.text}"
    return answer.json()["rows"] if status == 200 else answer.json()


def filled(gateway):
    """A gateway with tables, rows, a view."""
    create = "CREATE TABLE fills (time timestamp, symbol symbol, price float64, note string) PARTITION BY WEEK TTL 9999d"
    assert run(gateway, create) == [["created"]]
    rows = "('2024-01-01', 'A', 1.5, 'it''s'), ('2024-01-02', 'B', 2, NULL), ('2024-01-03', 'A', 3, NULL)"
    assert run(gateway, f"INSERT INTO fills VALUES {rows}") == [[3]]
    assert run(gateway, "CREATE TABLE log (line string)") == [["created"]]
    assert run(gateway, "INSERT INTO log VALUES ('one'), ('two'), ('three')") == [[3]]
    assert run(gateway, "CREATE VIEW latest AS SELECT symbol, price FROM fills LATEST BY symbol") == [["created"]]
    return gateway


def test_what_was_answered_survives_kill_9(serve, directory):
    gateway = filled(serve())
    gateway.kill()
    gateway = serve(data=directory / "data")
    fills = gateway.query("SELECT * FROM fills")
    assert [(row["symbol"], row["price"], row["note"]) for row in fills] == [
        ("A", 1.5, "it's"),
        ("B", 2.0, None),
        ("A", 3.0, None),
    ]
    assert [row["line"] for row in gateway.query("SELECT * FROM log")] == ["one", "two", "three"]
    assert gateway.query("SELECT * FROM latest ORDER BY symbol") == [
        {"symbol": "A", "price": 3.0},
        {"symbol": "B", "price": 2.0},
    ]
    assert gateway.query("SELECT ttl, partition_by FROM system.tables WHERE name = 'fills'") == [
        {"ttl": "9999d", "partition_by": "WEEK"}
    ]
    assert run(gateway, "DELETE FROM fills WHERE time < '2024-01-02' AND symbol = 'A'", admin=True) == [["deleted"]]
    assert run(gateway, "ALTER TABLE fills ADD COLUMN flag boolean") == [["added"]]
    assert run(gateway, "INSERT INTO fills (time, symbol, flag) VALUES ('2024-01-04', 'C', true)") == [[1]]
    assert run(gateway, "TRUNCATE TABLE log", admin=True) == [["truncated"]]
    assert run(gateway, "DROP VIEW latest", admin=True) == [["dropped"]]
    assert run(gateway, "CREATE TABLE copy AS (SELECT * FROM fills)") == [[3]]
    gateway.kill()
    gateway = serve(data=directory / "data")
    for table in ("fills", "copy"):
        rows = gateway.query(f"SELECT symbol, flag FROM {table}")
        assert rows == [{"symbol": "B", "flag": None}, {"symbol": "A", "flag": None}, {"symbol": "C", "flag": True}]
    assert gateway.query("SELECT * FROM log") == []
    assert run(gateway, "SELECT * FROM latest", status=404)["code"] == "unknown_table"
    assert run(gateway, "DROP TABLE copy", admin=True) == [["dropped"]]
    gateway.kill()
    gateway = serve(data=directory / "data")
    assert run(gateway, "SELECT * FROM copy", status=404)["code"] == "unknown_table"
    assert run(gateway, "CREATE TABLE copy (other int64)") == [["created"]]
    assert gateway.query("SELECT * FROM copy") == []


def test_rows_of_a_statement_are_there_whole_or_not_at_all(serve, directory):
    gateway = serve()
    run(gateway, "CREATE TABLE t (time timestamp, symbol symbol, batch int64, n int64)")
    acknowledged = 0
    for batch in range(40):
        rows = ", ".join(f"('2024-01-01', 'S{n % 7}', {batch}, {n})" for n in range(100))
        assert run(gateway, f"INSERT INTO t VALUES {rows}") == [[100]]
        acknowledged += 1
    gateway.kill()
    gateway = serve(data=directory / "data")
    counts = gateway.query("SELECT batch, count() AS rows FROM t GROUP BY batch ORDER BY batch")
    assert [row["rows"] for row in counts] == [100] * acknowledged


def test_a_get_only_reads(serve):
    gateway = serve()
    answer = gateway.http.ask("CREATE TABLE t (a int64)")
    assert answer.status == 405
    problem = answer.json()
    assert problem["code"] == "read_only"
    assert "POST" in problem["detail"]
    assert gateway.http.ask("SHOW COLUMNS FROM t").status == 404


def test_what_takes_away_needs_the_admin_token(serve):
    gateway = filled(serve())
    for text in (
        "DROP TABLE fills",
        "TRUNCATE TABLE fills",
        "DELETE FROM fills",
        "ALTER TABLE fills SET TTL 1d",
        "DROP VIEW latest",
        "CREATE OR REPLACE VIEW latest AS SELECT price FROM fills",
    ):
        answer = gateway.http.post("/v1/query", text, Content_Type="text/plain")
        assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer"), text
        wrong = gateway.http.post("/v1/query", text, Content_Type="text/plain", Authorization="Bearer nonsense")
        assert wrong.status == 403
    assert gateway.value("SELECT count() FROM fills") == 3


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_cannot_run_a_statement(serve, headers):
    gateway = serve()
    answer = gateway.http.request("POST", "/v1/query", b"CREATE TABLE t (a int64)", {**TEXT, **headers})
    assert answer.status == 403
    assert gateway.http.ask("SHOW COLUMNS FROM t").status == 404


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("CREATE TABLE trades (a int64)", 409, "table_exists"),
        ("INSERT INTO trades VALUES (1)", 400, "semantic_error"),
        ("INSERT INTO nope VALUES (1)", 404, "unknown_table"),
        ("DELETE FROM trades WHERE price > 1", 400, "semantic_error"),
        ("ALTER TABLE trades DROP COLUMN price", 400, "syntax_error"),
    ],
)
def test_a_mistake_is_told_with_its_place(serve, text, status, code):
    problem = run(serve(), text, status=status)
    assert problem["code"] == code
    assert problem["position"]["length"] > 0


def test_the_process_tells_of_itself(serve):
    gateway = filled(serve())
    queries = gateway.query("SELECT query, state FROM system.queries")
    assert queries == [{"query": "SELECT query, state FROM system.queries", "state": "running"}]
    assert gateway.value("SELECT value FROM system.metrics WHERE name = 'tickgate_store_read_only'") == 0
    assert gateway.query("SELECT value, origin FROM system.settings WHERE name = 'feed.kind'") == [
        {"value": "none", "origin": "--feed"}
    ]
    assert gateway.query("SHOW SYMBOLS FROM fills LIKE 'A%'") == [{"table": "fills", "symbol": "A"}]
    assert {row["name"] for row in gateway.query("SHOW FUNCTIONS")} >= {"vwap", "lag", "sqrt"}
    names = [table["name"] for table in gateway.http.get("/v1/tables").json()["tables"]]
    assert "fills" in names
    assert not any(name.startswith("system.") for name in names)
    assert gateway.stop() == 0


def test_the_command_line_runs_statements(serve, run, directory):
    gateway = serve()
    run("query", "--url", gateway.url, "CREATE TABLE t (time timestamp, symbol symbol, n int64)")
    run("query", "--url", gateway.url, "INSERT INTO t VALUES ('2024', 'A', 1), ('2025', 'A', 2)")
    refused = run("query", "--url", gateway.url, "DROP TABLE t", status=1)
    assert "admin token" in refused.stderr
    token = (gateway.data / "admin-token").read_text().strip()
    run("query", "--url", gateway.url, "--token", token, "DELETE FROM t WHERE time < '2025'")
    assert gateway.stop() == 0
    # A directory that no process has open is its owner's.
    data = ["query", "--data", gateway.data, "--format", "csv"]
    assert run(*data, "SELECT n FROM t").stdout.split() == ["n", "2"]
    assert run(*data, "INSERT INTO t SELECT time, symbol, n + 1 FROM t").stdout.split() == ["rows", "1"]
    assert run(*data, "CREATE VIEW v AS SELECT sum(n) AS total FROM t").stdout.split() == ["status", "created"]
    assert run(*data, "SELECT total FROM v").stdout.split() == ["total", "5"]
    assert run(*data, "DROP TABLE t").stdout.split() == ["status", "dropped"]
    assert run(*data, "SELECT * FROM t", status=1).returncode == 1


def test_feeds_go_on_beside_an_added_column(serve, lines, directory):
    gateway = serve()
    run(gateway, "ALTER TABLE trades ADD COLUMN note string")
    replay(gateway, lines[:2_000])
    before = gateway.value("SELECT count() FROM trades")
    assert before > 0
    gateway.kill()
    gateway = serve(data=directory / "data")
    replay(gateway, lines[:4_000])
    assert gateway.value("SELECT count() FROM trades") > before
    assert gateway.query("SELECT note FROM trades LIMIT 1") == [{"note": None}]


def replay(gateway, lines):
    """Sends recorded lines and waits until they are stored."""
    body = b"".join(line if line.endswith(b"\n") else line + b"\n" for line in lines)
    assert gateway.http.post("/v1/replay", body).status == 200
