"""The safe defaults: who may not ask, from where, and what the file system shows."""

import socket
import stat

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from support.process import free_port

QUERY = "/v1/query?q=SELECT%20count()%20FROM%20trades"


def assert_refused(answer):
    assert answer.status in (400, 403, 421), answer.text
    assert answer.type == "application/problem+json"


@pytest.mark.parametrize("path", [QUERY, "/v1/features", "/metrics", "/"])
def test_a_foreign_host_is_refused(session, path):
    assert_refused(session.gateway.http.get(path, Host="evil.example"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_the_own_names_are_allowed(session, host):
    gateway = session.gateway
    assert gateway.http.get(QUERY, Host=f"{host}:{gateway.port}").status == 200


def test_a_foreign_host_is_refused_on_the_stream(session):
    refuse_handshake(session.gateway, {"Host": "evil.example"}, (400, 403, 421))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
)
def test_another_sites_page_cannot_open_a_stream(session, headers):
    refuse_handshake(session.gateway, headers, (403,))


def refuse_handshake(gateway, headers, statuses):
    """Expects that the upgrade is answered by an error."""
    host = headers.get("Host")
    url = gateway.stream_url.replace("127.0.0.1", host) if host else gateway.stream_url
    rest = {name: value for name, value in headers.items() if name != "Host"}
    raw = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
    with pytest.raises(InvalidStatus) as refusal, connect(url, sock=raw, additional_headers=rest):
        pass
    assert refusal.value.response.status_code in statuses


def test_the_own_page_can_open_a_stream(session):
    origin = f"http://127.0.0.1:{session.gateway.port}"
    with connect(session.gateway.stream_url, origin=origin) as client:
        assert "welcome" in client.recv(timeout=20)


@pytest.mark.parametrize("headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_sites_page_cannot_write(session, lines, headers):
    client = session.gateway.http
    before = session.gateway.value("SELECT count() FROM trades")
    answer = client.request("POST", "/v1/replay", lines[3] + b"\n", headers)
    assert answer.status == 403
    assert answer.type == "application/problem+json"
    assert session.gateway.value("SELECT count() FROM trades") == before


def test_no_cross_origin_reads_are_allowed(session):
    answer = session.gateway.http.get("/v1/features", Origin="https://evil.example")
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_an_address_that_is_not_loopback_is_refused(start, directory, host):
    process = start("serve", "--data", directory / "data", "--listen", f"{host}:{free_port()}", "--feed", "none")
    assert process.wait() != 0
    assert "--insecure-anonymous" in process.log()
    assert "loopback" in process.log()


def test_an_open_address_needs_an_explicit_flag(serve):
    gateway = serve("--listen", f"0.0.0.0:{free_port()}", "--insecure-anonymous", ready=False)
    gateway.port = gateway.http.port = int(gateway.arguments[-2].rsplit(":", 1)[1])
    gateway.wait_until_ready()


def test_the_data_directory_is_for_its_owner_only(serve):
    gateway = serve()
    assert stat.S_IMODE(gateway.data.stat().st_mode) == 0o700


def test_pages_forbid_inline_scripts_and_other_sites(session):
    headers = session.gateway.http.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/../Package.swift", "/..%2f..%2fetc/passwd", "/%2e%2e/Package.swift", "//etc/passwd"]
)
def test_files_outside_the_console_are_not_served(session, path):
    assert session.gateway.http.get(path).status in (400, 404)
