"""Every page of the console has its content and is accessible."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser.chromium import DESKTOP, PHONE, Visit, visit
from tests.support.processes import Stack

SHOWN = {("/", "dark"): "overview-dark", ("/", "phone"): "overview-phone", ("/jobs", "light"): "jobs"}
"""The pictures for the documentation."""
PATHS = ("/", "/jobs", "/dead")
LOOKS = {
    "light": (DESKTOP, "light"),
    "dark": (DESKTOP, "dark"),
    "phone": (PHONE, "light"),
    "phone-dark": (PHONE, "dark"),
}


@pytest.fixture(scope="module", autouse=True)
def homework(services: Stack) -> None:
    """Homework for the pages: some by the mock, and some by a GPU that has since left."""
    services.wait_for_completion(services.assign(3)["id"], 60)
    gpu = services.gpu_like(0.3)
    services.wait(lambda: services.client.get("/api/ops/overview").json()["mode"] == "gpu", 60)
    services.wait_for_completion(services.assign(4, deadline_seconds=600)["id"], 60)
    gpu.stop()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("look", LOOKS)
def test_no_page_has_a_serious_accessibility_finding_or_scrolls_sideways(
    browser: Browser, services: Stack, path: str, look: str
) -> None:
    with visit(browser, services, *LOOKS[look]) as console:
        page = console.open(path)
        expect(page.locator("table").first).to_be_attached()
        if path == "/":
            expect(page.locator(".chart svg")).to_have_count(3)
        assert console.accessibility_findings() == []
        assert not console.is_wider_than_the_screen()
        assert console.errors == []
        if shown := SHOWN.get((path, look)):
            console.screenshot(shown)


def test_the_overview_shows_queues_generators_figures_and_charts_within_two_seconds(console: Visit) -> None:
    page = console.open()
    status = page.get_by_role("region", name="Status")
    expect(status).to_contain_text("The queue is empty.")
    expect(status).to_contain_text("The mock generator wrote 43% of the last hour's 7 homework.")
    expect(page.get_by_role("region", name="Queues")).to_contain_text("generation.fallback")
    expect(page.get_by_role("region", name="Generators")).to_contain_text("mock-")
    for chart in page.locator(".chart svg").all():
        expect(chart).to_be_visible()
    shown = page.evaluate("new Date() - new Date(document.querySelector('[aria-labelledby] time').dateTime)")
    assert shown >= 0


def test_the_figures_move_by_themselves(console: Visit) -> None:
    page = console.open()
    read_at = page.get_by_role("region", name="Status").locator("time")
    before = read_at.get_attribute("datetime")
    expect(read_at).not_to_have_attribute("datetime", before or "")


def test_times_are_shown_in_the_readers_zone_and_in_full_in_the_tooltip(console: Visit) -> None:
    page = console.open("/jobs")
    moment = page.get_by_role("row").nth(1).locator("time").first
    expect(moment).to_have_attribute("title", re.compile("Central European"))


def test_the_last_hour_is_there_as_a_table_too(console: Visit) -> None:
    page = console.open()
    page.get_by_text("Show as a table").click()
    region = page.get_by_role("region", name="The last hour in figures")
    expect(region.get_by_role("row")).not_to_have_count(1)
    expect(region.get_by_role("columnheader", name="p99")).to_be_visible()


def test_jobs_show_their_path_and_are_filtered(console: Visit) -> None:
    page = console.open("/jobs")
    rows = page.get_by_role("region", name="Homework, newest first").locator("tbody tr")
    expect(rows).to_have_count(7)
    page.get_by_label("Written by").select_option("vllm")
    expect(rows).to_have_count(4)
    for step in ("Published", "Taken", "Generated", "Stored"):
        expect(rows.first.locator(f"td[data-label={step}]")).to_contain_text(re.compile(r"\+\d+\.\d"))
    expect(rows.first).to_contain_text("gpu-like")
    page.get_by_label("Written by").select_option("mock")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("mock: expired")
    page.get_by_label("Status").select_option("failed")
    expect(page.get_by_text("No job matches.")).to_be_visible()


def test_an_unknown_filter_is_refused_in_the_apis_words(console: Visit) -> None:
    page = console.open("/jobs")
    page.get_by_label("Assignment").fill("seven")
    expect(page.get_by_role("status")).to_contain_text("assignment_id")
    page.get_by_label("Assignment").fill("1")
    expect(page.get_by_role("region", name="Homework, newest first").locator("tbody tr")).to_have_count(3)


def test_the_page_says_that_there_are_no_dead_letters(console: Visit) -> None:
    page = console.open("/dead")
    expect(page.get_by_text("No dead letters. There is nothing to do here.")).to_be_visible()


def test_rabbitmqs_own_pages_are_one_click_away(console: Visit, services: Stack) -> None:
    link = console.open().get_by_role("link", name="RabbitMQ")
    assert (link.get_attribute("href") or "").rstrip("/") == services.broker.management_url
    assert link.get_attribute("rel") == "noopener"


def test_teachers_pages_are_one_click_away(console: Visit, services: Stack) -> None:
    link = console.open().get_by_role("link", name="Teachers")
    assert link.get_attribute("href") == f"{services.classroom_url}/teacher"


def test_every_page_is_reached_by_keyboard_alone_with_the_focus_in_sight(console: Visit) -> None:
    page = console.open()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
    for name in ("Overview", "Jobs", "Dead letters", "Teachers", "RabbitMQ"):
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name=name)
        expect(link).to_be_focused()
        assert link.evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    for _ in range(2):
        page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Dead letters")
