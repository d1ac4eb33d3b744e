"""A venue whose certificate nobody vouches for is refused, and accepted with its authority."""

import pytest
import trustme

from support.exchange import Exchange, book_state, wait_for_live_books
from support.process import wait_until


@pytest.fixture
def secure_exchange(binary, directory, request):
    """A simulated exchange behind TLS; also the file of its authority."""
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    authority.cert_pem.write_to_path(directory / "authority.pem")
    certificate.private_key_pem.write_to_path(directory / "key.pem")
    with open(directory / "certificate.pem", "wb") as file:
        for blob in certificate.cert_chain_pems:
            file.write(blob.bytes())
    exchange = Exchange(
        binary, "--tls-certificate", directory / "certificate.pem", "--tls-key", directory / "key.pem", scheme="wss"
    )
    request.config.processes.append(exchange)
    try:
        yield exchange.wait_until_ready(), directory / "authority.pem"
    finally:
        exchange.kill()
        request.config.processes.remove(exchange)


def test_a_self_signed_venue_is_refused_and_said_so(serve, secure_exchange):
    exchange, _ = secure_exchange
    gateway = serve(*exchange.settings("localhost"), feed="binance", ready="live")
    wait_until(lambda: "certificate" in gateway.log().lower(), 20, gateway.log)
    wait_until(lambda: "certificate" in gateway.http.get("/health/ready").text.lower(), 20, gateway.log)
    assert gateway.http.get("/health/ready").status == 503
    assert all(book_state(gateway, symbol) in (None, "syncing", "stale") for symbol in exchange.symbols)
    assert gateway.value("SELECT count() FROM trades") == 0
    assert gateway.metric("tickgate_feed_connected") == 0


def test_it_is_accepted_with_its_authority(serve, secure_exchange):
    exchange, authority = secure_exchange
    gateway = serve(*exchange.settings("localhost"), "--set", f"binance.ca_file={authority}", feed="binance")
    wait_for_live_books(gateway, exchange.symbols)
    assert gateway.metric("tickgate_feed_connected") > 0
    wait_until(lambda: gateway.value("SELECT count() FROM trades") > 0, 20, gateway.log)


def test_a_certificate_of_another_name_is_refused(serve, secure_exchange):
    exchange, authority = secure_exchange
    gateway = serve(
        *exchange.settings("127.0.0.1"), "--set", f"binance.ca_file={authority}", feed="binance", ready="live"
    )
    wait_until(lambda: "certificate" in gateway.http.get("/health/ready").text.lower(), 20, gateway.log)
    assert gateway.metric("tickgate_feed_connected") == 0
    assert gateway.value("SELECT count() FROM trades") == 0
