"""The API's page for developers works on a machine without internet access."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.e2e.browser.chromium import WAIT_MS
from tests.support.processes import Stack


@pytest.fixture
def asked() -> list[str]:
    """The addresses on other hosts that a page requested."""
    return []


@pytest.fixture
def problems() -> list[str]:
    """The errors in the browser's console."""
    return []


@pytest.fixture
def page(browser: Browser, services: Stack, asked: list[str], problems: list[str]) -> Iterator[Page]:
    """A page that can reach the API and no other host."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    ours = str(services.client.base_url).rstrip("/")

    def pass_on(route: Route) -> None:
        if route.request.url.startswith(f"{ours}/") or route.request.url.startswith("data:"):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page.route("**/*", pass_on)
    page.on("console", lambda said: problems.append(said.text) if said.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{ours}/docs")
    yield page
    context.close()


def test_the_page_shows_every_operation_and_asks_no_other_host(
    page: Page, services: Stack, asked: list[str], problems: list[str]
) -> None:
    document = services.client.get("/openapi.json").json()
    count = sum(len(operations) for operations in document["paths"].values())
    expect(page.get_by_role("heading", name="Italian Teacher API")).to_be_visible()
    expect(page.locator(".opblock")).to_have_count(count)
    assert (asked, problems) == ([], [])


def test_a_request_is_sent_from_the_page_and_its_answer_shown(
    page: Page, asked: list[str], problems: list[str]
) -> None:
    operation = page.locator("#operations-system-health_health_get")
    operation.get_by_role("button").first.click()
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    answer = operation.locator(".live-responses-table .response-col_description pre").first
    assert json.loads(answer.inner_text())["status"] == "healthy"
    assert (asked, problems) == ([], [])
