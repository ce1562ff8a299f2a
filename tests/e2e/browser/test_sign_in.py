"""Signing in to a console whose API requires keys: the address, the console's own key, and signing out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser.chromium import Visit, visit
from tests.e2e.browser.conftest import console_answers
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.leftovers import clear
from tests.support.processes import Stack, stack

ADMIN, CONSOLE = "a" * 32, "c" * 32


@pytest.fixture(scope="module")
def services(running_broker: BrokerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """An API that requires keys, and a console with its own key, as `homework up` starts them."""
    clear(running_broker)
    with stack(running_broker, tmp_path_factory.mktemp("keys")) as services:
        services.api(API_ADMIN_KEY=ADMIN, API_CONSOLE_KEY=CONSOLE)
        services.mock()
        services.console(CONSOLE_API_KEY=CONSOLE)
        services.client.headers["Authorization"] = f"Bearer {ADMIN}"
        services.wait_until_up()
        services.wait(lambda: console_answers(services), 60)
        yield services


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A browser that is not signed in."""
    context = browser.new_context()
    yield context.new_page()
    context.close()


def shows_how_to_sign_in(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to the console")
    expect(page.get_by_role("main")).to_contain_text("homework console")


def click_in_a_mail(page: Page, address: str) -> None:
    """Click a link on another site's page."""
    mail = f'<a href="{address}">open the console</a>'
    page.route("https://mail.example/", lambda route: route.fulfill(body=mail, content_type="text/html"))
    page.goto("https://mail.example/")
    page.get_by_role("link").click()


def test_whoever_is_not_signed_in_is_told_how(page: Page, services: Stack) -> None:
    page.goto(f"{services.console_url}/jobs")
    shows_how_to_sign_in(page)
    assert Visit(page, services.console_url).accessibility_findings() == []


def test_the_address_works_once_even_when_it_is_clicked_on_another_sites_page(
    page: Page, browser: Browser, services: Stack
) -> None:
    printed = services.sign_in_address()
    click_in_a_mail(page, printed)
    page.wait_for_url(f"{services.console_url}/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)

    other = browser.new_page()
    other.goto(printed)
    expect(other.get_by_role("heading", level=1)).to_have_text("This address was used already")
    other.close()


def test_who_is_signed_in_and_came_by_a_link_in_a_mail_goes_on_with_one_click(
    browser: Browser, services: Stack
) -> None:
    with visit(browser, services) as console:
        click_in_a_mail(console.page, f"{services.console_url}/jobs")
        console.page.get_by_role("link", name="open this page again").click()
        expect(console.page.get_by_role("heading", level=1)).to_have_text("Jobs")


def test_a_page_of_another_site_opens_no_websocket(page: Page, services: Stack) -> None:
    page.goto(services.sign_in_address())
    page.wait_for_url(f"{services.console_url}/")
    # Another port of the same host is the same site for cookies, so the browser sends this one too.
    elsewhere = f"http://127.0.0.1:{services.port}/elsewhere"
    page.route(elsewhere, lambda route: route.fulfill(body="<p>Evil</p>", content_type="text/html"))
    page.goto(elsewhere)
    url = f"{services.console_url.replace('http', 'ws')}/_nicegui_ws/socket.io/?EIO=4&transport=websocket"
    opened = page.evaluate(
        "url => new Promise(end => { const socket = new WebSocket(url);"
        "socket.onopen = () => end(true); socket.onerror = () => end(false); })",
        url,
    )
    assert opened is False


def test_operators_pages_need_no_key_of_the_visitor_until_they_sign_out(
    browser: Browser, services: Stack
) -> None:
    created = services.assign(1)
    services.wait_for_completion(created["id"], 60)
    with visit(browser, services) as console:
        page = console.open("/jobs")
        expect(page.get_by_role("region", name="Homework, newest first")).to_contain_text("Homework 1")
        assert console.errors == []
        page.get_by_role("button", name="Sign out").click()
        shows_how_to_sign_in(page)


def test_an_open_page_shows_how_to_sign_in_once_its_session_is_gone(
    browser: Browser, services: Stack
) -> None:
    [console] = [each for each in services.processes if each.log.name.startswith("console")]
    with visit(browser, services) as one:
        page = one.open("/jobs")
        console.stop()
        console.start()
        services.wait(lambda: console_answers(services), 60)
        shows_how_to_sign_in(page)
