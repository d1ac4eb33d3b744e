"""The console in a real browser: live features move, and a query shows its rows or its error."""

import os
import shutil

import pytest

from support.exchange import wait_for_live_books

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    """Headless Chromium."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, serve):
    """The console of a gateway with the built-in exchange; fails on any error in the browser's own log."""
    gateway = serve("--symbols", "BTC-USDT,ETH-USDT", "--set", "simulated.rate=200", feed="simulated")
    wait_for_live_books(gateway, ["BTC-USDT", "ETH-USDT"])
    page = browser.new_page(viewport={"width": 1500, "height": 1000})
    page.problems = []
    page.on("console", lambda message: page.problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    page.goto(gateway.url)
    page.gateway = gateway
    yield page
    page.close()


def test_live_features_of_an_instrument_move(page):
    page.wait_for_selector("#connection[data-state=connected]")
    page.wait_for_selector("#book[data-state=live]")
    value = page.locator("tr[data-feature=mid] td.value")
    value.wait_for()
    first = value.text_content()
    page.wait_for_function(
        "first => document.querySelector('tr[data-feature=mid] td.value').textContent !== first", arg=first
    )
    assert page.locator("tr[data-feature=mid] td.status").text_content() == "present"
    assert page.locator("tr[data-feature=spread_bps] td.unit").text_content() != ""
    page.wait_for_function("() => Number(document.getElementById('rate').textContent) > 0")
    assert page.problems == []


def test_another_instrument_can_be_chosen(page):
    page.wait_for_selector("#book[data-state=live]")
    page.wait_for_function("() => document.querySelectorAll('#instrument option').length === 2")
    page.select_option("#instrument", "ETH-USDT.BINANCE")
    page.wait_for_selector("#book[data-state=live]")
    page.wait_for_function(
        "() => !isNaN(parseFloat(document.querySelector('tr[data-feature=mid] td.value')?.textContent))"
    )
    assert page.problems == []


def test_a_query_shows_its_rows(page):
    page.fill("#query", "SELECT symbol, count() AS n FROM quotes")
    page.press("#query", "Control+Enter")
    page.wait_for_selector("#result tbody tr")
    assert "BINANCE" in page.locator("#result tbody").text_content()
    assert "row" in page.locator("#query-status").text_content()
    assert page.problems == []


def test_a_wrong_query_shows_a_caret_and_a_hint(page):
    page.fill("#query", "SELECT prize FROM trades")
    page.click("#run")
    page.wait_for_selector("#query-error:not([hidden])")
    snippet = page.locator("#error-snippet").text_content().splitlines()
    assert snippet[0] == "SELECT prize FROM trades"
    assert snippet[1] == " " * 7 + "^" * 5
    assert "price" in page.locator("#error-hint").text_content()


def test_nothing_is_loaded_from_elsewhere(page):
    page.wait_for_selector("#connection[data-state=connected]")
    assert page.requests
    assert all(url.startswith(page.gateway.url) for url in page.requests)
    assert page.problems == []
