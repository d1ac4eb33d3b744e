"""Looking after the store of a running gateway: /v1/admin, the commands with --url, metrics, retention."""

import json
import threading

import pytest

from support.process import wait_until
from support.replay import Replay, replay
from support.store import rows, segments, status, value
from test_durability import expected_rows, last_line, stored_rows

# Backup, restore, merging, retention, and statistics by table must do their work in the store.
STORE_IS_COMPLETE = True
complete = pytest.mark.skipif(not STORE_IS_COMPLETE, reason="the store does not do this yet")


@complete
def test_a_backup_taken_while_rows_are_written_is_a_prefix_of_them(run, serve, directory, lines, reading):
    gateway = serve()
    upload = Replay("127.0.0.1", gateway.port)
    backups = []
    for number, through in enumerate((8_000, 24_000, 40_000)):
        upload.send(lines[upload.sent : through])
        upload.wait_durable(through - 2_000)
        sender = threading.Thread(target=upload.send, args=(lines[through : through + 8_000], 100))
        sender.start()
        acknowledged = upload.durable
        backup = directory / f"backup{number}"
        run("store", "backup", backup, "--url", gateway.url, "--data", gateway.data)
        sender.join()
        backups.append((backup, acknowledged, upload.sent))
    assert upload.finish().errors == []

    for number, (backup, acknowledged, sent) in enumerate(backups):
        assert "well" in run("store", "verify", "--data", backup).stdout
        restored = directory / f"restored{number}"
        run("store", "restore", backup, "--data", restored)
        again = serve(data=restored)
        stored = stored_rows(again)
        through = last_line(reading, stored)
        assert acknowledged <= through <= sent
        assert stored == expected_rows(reading, through), "the backup is not all rows up to one line"
        again.kill()


@complete
def test_a_backup_of_a_quiet_gateway_has_all_its_rows(run, serve, directory, lines):
    gateway = serve()
    replay(gateway, lines[:20_000])
    token = (gateway.data / "admin-token").read_text().strip()
    environment = {"TICKGATE_ADMIN_TOKEN": token}
    run("store", "backup", "backup", "--url", gateway.url, environment=environment)
    run("store", "restore", "backup", "--data", "restored")
    for table in ("trades", "quotes", "book"):
        text = f"SELECT count() FROM {table}"
        assert value(run, directory / "restored", text) == gateway.value(text)
    refused = run("store", "backup", "backup", "--url", gateway.url, "--token", token, status=1)
    assert "empty" in refused.stderr


def test_a_backup_into_the_data_directory_is_refused(run, serve):
    gateway = serve()
    target = gateway.data / "backup"
    refused = run("store", "backup", target, "--url", gateway.url, "--data", gateway.data, status=1)
    assert "inside the data directory" in refused.stderr
    assert not target.exists()


@complete
def test_stat_of_a_running_gateway_is_that_of_its_directory(run, serve, lines):
    gateway = serve()
    replay(gateway, lines[:10_000])
    live = status(run, "--url", gateway.url, "--data", gateway.data)
    for table in ("trades", "quotes", "book"):
        assert rows(live, table) == gateway.value(f"SELECT count() FROM {table}")
    assert live["wal_bytes"] > 0
    assert "trades" in run("store", "stat", "--url", gateway.url, "--data", gateway.data).stdout
    assert gateway.stop() == 0
    closed = status(run, "--data", gateway.data)
    for name, table in closed["tables"].items():
        assert rows(closed, name) >= rows(live, name)
        assert table["last_time"] is None or table["last_time"] >= (live["tables"][name]["last_time"] or "")


@complete
def test_compact_of_a_running_gateway_loses_nothing_while_rows_are_written(run, serve, lines, reading):
    gateway = serve("--set", "store.memtable_bytes=1048576")
    upload = Replay("127.0.0.1", gateway.port)
    upload.send(lines[:30_000])
    upload.wait_durable(28_000)
    sender = threading.Thread(target=upload.send, args=(lines[30_000:50_000], 200))
    sender.start()
    text = run("store", "compact", "--url", gateway.url, "--data", gateway.data).stdout
    assert "before" in text
    sender.join()
    assert upload.finish().errors == []
    assert stored_rows(gateway) == expected_rows(reading, 50_000)


def test_the_routes_need_the_token_and_a_page_of_the_gateway(run, serve, directory):
    gateway = serve()
    body = json.dumps({"directory": str(directory / "backup")})
    for method, path in (("GET", "/v1/admin/store"), ("POST", "/v1/admin/backup"), ("POST", "/v1/admin/compact")):
        assert gateway.http.request(method, path, body).status == 401
        assert gateway.http.request(method, path, body, {"Authorization": "Bearer wrong"}).status == 403
        foreign = gateway.http.request(method, path, body, {**gateway.admin, "Host": "evil.example"})
        assert foreign.status == 421
        if method == "POST":
            page = gateway.http.request(method, path, body, {**gateway.admin, "Origin": "https://evil.example"})
            assert page.status == 403
            assert gateway.http.request("GET", path, headers=gateway.admin).status == 405
    assert not (directory / "backup").exists()
    assert "--token" in run("store", "stat", "--url", gateway.url, status=1).stderr
    assert "admin-token" in run("store", "stat", "--url", gateway.url, "--data", directory, status=1).stderr
    assert "wrong" in run("store", "stat", "--url", gateway.url, "--token", "wrong", status=1).stderr


def test_jobs_at_the_same_time_are_refused_with_409(serve, lines):
    gateway = serve()
    replay(gateway, lines[:20_000])
    statuses = []

    def compact():
        answer = gateway.http.request("POST", "/v1/admin/compact", "", gateway.admin)
        statuses.append(answer.status)
        if answer.status == 409:
            assert answer.type == "application/problem+json" and answer.json()["code"] == "busy"

    threads = [threading.Thread(target=compact) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 8 and set(statuses) <= {200, 409} and 200 in statuses
    assert gateway.http.request("POST", "/v1/admin/compact", "", gateway.admin).status == 200


@pytest.mark.parametrize(
    "body", ["", "{", "[]", '{"directory": 7}', '{"directory": "relative"}', '{"directory": "/x", "more": 1}']
)
def test_a_body_that_is_none_is_refused(serve, body):
    gateway = serve()
    answer = gateway.http.request("POST", "/v1/admin/backup", body, gateway.admin)
    assert answer.status == 400 and answer.type == "application/problem+json"
    assert "directory" in answer.json()["hint"]


METRICS = [
    "tickgate_wal_bytes_total",
    "tickgate_store_flushes_total",
    "tickgate_store_read_only",
    "tickgate_segments",
    "tickgate_segments_open",
    "tickgate_segment_dead_bytes",
    "tickgate_segment_cache_hits_total",
    "tickgate_segment_cache_misses_total",
    "tickgate_compaction_debt_bytes",
    "tickgate_compactions_total",
    "tickgate_compaction_bytes_total",
    "tickgate_retention_drops_total",
    "tickgate_wal_sync_seconds_count",
    "tickgate_wal_group_batches_count",
    "tickgate_tables",
]


@pytest.mark.parametrize("name", METRICS)
def test_the_stores_metrics_are_there(session, name):
    assert session.gateway.metric(name) is not None


@complete
def test_every_table_has_its_size_on_the_metrics_page(session):
    text = session.gateway.http.get("/metrics").text
    for table in ("trades", "quotes", "book", "1Min/OHLCV"):
        for metric in ("bytes", "rows", "segments"):
            assert f'tickgate_table_{metric}{{table="{table}"}} ' in text
    rows = session.gateway.value("SELECT count() FROM trades")
    assert f'tickgate_table_rows{{table="trades"}} {rows}' in text


@complete
def test_retention_of_the_configuration_drops_old_partitions(run, serve, recordings, directory):
    data = directory / "data"
    run("replay", *recordings.files, "--data", data)
    old = value(run, data, "SELECT count() FROM trades WHERE time < '2024-08-09'")
    kept = value(run, data, "SELECT count() FROM trades") - old
    assert old > 0 and kept > 0
    gateway = serve("--set", "store.retention=trades=60s,quotes=none")
    assert status(run, "--url", gateway.url, "--data", data)["tables"]["trades"]["time_to_live_s"] == 60
    # The recording ends five minutes after midnight, so the whole first day is older than a minute.
    wait_until(lambda: gateway.value("SELECT count() FROM trades") == kept, 20, gateway.log)
    assert gateway.metric("tickgate_retention_drops_total") > 0
    wait_until(lambda: all(path.parent.name != "2024-08-08" for path in segments(data, "trades")), 20, gateway.log)
    assert gateway.value("SELECT count() FROM quotes WHERE time < '2024-08-09'") > 0
    assert gateway.stop() == 0
    again = serve("--set", "store.retention=trades=none", data=data)
    assert status(run, "--url", again.url, "--data", data)["tables"]["trades"]["time_to_live_s"] is None


def test_retention_of_a_table_that_is_not_there_stops_the_start(start, directory):
    arguments = ["serve", "--data", directory / "data", "--listen", "127.0.0.1:0", "--feed", "none"]
    process = start(*arguments, "--set", "store.retention=trade=30d")
    assert process.wait() != 0
    assert "store.retention" in process.log() and "did you mean 'trades'?" in process.log()


def test_print_config_shows_how_the_store_is_looked_after(run, directory):
    file = directory / "settings.yaml"
    file.write_text(
        "store:\n  read_mode: buffered\n  compaction: off\n  compaction_bytes_per_second: 1000000\n"
        "  retention:\n    trades: 30d\n    1Min/OHLCV: none\n"
    )
    output = run("serve", "--config", file, "--print-config").stdout
    found = {line.split()[0]: line for line in output.splitlines()}
    assert "buffered" in found["store.read_mode"] and f"{file}:2" in found["store.read_mode"]
    assert " off " in found["store.compaction"]
    assert "1000000" in found["store.compaction_bytes_per_second"]
    assert "{trades: 30d, 1Min/OHLCV: none}" in found["store.retention"]


@pytest.mark.parametrize("mode", ["mapped", "buffered"])
def test_both_ways_of_reading_give_the_same_rows(serve, lines, reading, mode):
    gateway = serve("--set", f"store.read_mode={mode}", "--set", "store.memtable_bytes=1048576")
    replay(gateway, lines[:30_000])
    assert stored_rows(gateway) == expected_rows(reading, 30_000)
