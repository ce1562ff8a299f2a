"""A teacher's first evening: from one command to marks on a phone, in browsers only."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.browser.chromium import Visit
from tests.support.command_line import Up, homework

DESK: ViewportSize = {"width": 1024, "height": 768}
PHONE: ViewportSize = {"width": 320, "height": 640}
WRITTEN_MS = 180_000
"""There is no GPU, so the homework arrives at its deadline, about a minute after it was assigned."""


@pytest.fixture
def up(tmp_path: Path, needs_rabbitmq_server: None) -> Iterator[Up]:
    up = Up(tmp_path, TIMEZONE="Europe/Rome")
    yield up
    assert up.stop() == 0


@contextmanager
def person(browser: Browser, link: str, viewport: ViewportSize, **options: Any) -> Iterator[Visit]:
    """A person with a separate browser, who opens the given link and signs in."""
    context = browser.new_context(viewport=viewport, reduced_motion="reduce", locale="en-GB", **options)
    try:
        visit = Visit(context.new_page(), link.partition("/teacher/")[0].partition("/in/")[0])
        visit.page.goto(link)
        visit.page.get_by_role("main").get_by_role("button").click()
        yield visit
        assert visit.errors == []
        assert not visit.is_wider_than_the_screen()
    finally:
        context.close()


def test_a_class_of_three_does_its_first_homework(browser: Browser, up: Up) -> None:
    # On a terminal `homework up` prints the same link itself.
    [link] = re.findall(r"http\S+/teacher/in/\S+", homework(up.folder, "teacher", "sign-in").stdout)
    with person(browser, link, DESK) as teacher:
        links = make_a_class(teacher, "Giulia Rossi\nLuca Bianchi\nSara Conti\n")
        give_and_release(teacher)
        with (
            person(browser, links["Giulia Rossi"], PHONE) as giulia,
            person(browser, links["Luca Bianchi"], PHONE, java_script_enabled=False) as luca,
            person(browser, links["Sara Conti"], PHONE) as sara,
        ):
            answer_where_the_connection_breaks(giulia)
            answer(luca.page, "non lo so")
            look_over_and_send(luca.page)
            answer(sara.page, "siamo andati")
            look_over_and_send(sara.page)
            sara.screenshot("evening-phone-marks")
            before = points(giulia.page)
            accept_first_answer(teacher, "non lo so ancora")
            giulia.page.reload()
            assert points(giulia.page) > before
            expect(giulia.page.get_by_text("Your teacher decided about this answer.")).to_be_visible()


def make_a_class(teacher: Visit, names: str) -> dict[str, str]:
    """Create a class. Gives the link of each student, as it is printed beside the QR code."""
    page = teacher.open("/teacher/classes")
    page.get_by_label("Name of the class").fill("2B")
    page.get_by_role("button", name="Make the class").dblclick()
    page.get_by_label("Paste the list").fill(names)
    page.get_by_role("button", name="Look over the list").click()
    teacher.screenshot("evening-class-list")
    page.get_by_role("button", name="Add 3 students").dblclick()
    expect(page.get_by_role("listitem").filter(has_text="Sara Conti")).to_have_count(1)
    page.get_by_role("link", name="Links and QR codes").click()
    page.get_by_role("button", name="Make the links").click()
    expect(page.get_by_role("img", name="QR code")).to_have_count(3)
    teacher.screenshot("evening-links")
    cards = [card.inner_text() for card in page.locator(".links > li").all()]
    return {text.splitlines()[0].strip(): re.findall(r"http\S+", text)[0] for text in cards}


def give_and_release(teacher: Visit) -> None:
    page = teacher.open("/teacher/give")
    page.get_by_label("Grammar").fill("passato prossimo")
    page.get_by_label("Topic").fill("le vacanze")
    teacher.screenshot("evening-give")
    page.get_by_text("More: how many").click()
    page.get_by_label("Exercises for each student").fill("3")
    page.get_by_role("button", name="Give homework").dblclick()
    expect(page.get_by_text("3 of 3 written")).to_be_visible(timeout=WRITTEN_MS)
    page.get_by_role("link", name="Look through").click()
    expect(page.get_by_role("heading", level=2)).to_have_count(3)
    teacher.screenshot("evening-look-through")
    page.get_by_role("link", name="Release to the class").first.click()
    page.get_by_role("button", name="Release now").click()
    expect(page.get_by_text("The homework is released to the class.")).to_be_visible()


def answer(page: Page, text: str) -> None:
    """Start the homework and write the same answer everywhere. Where there are options, take the first."""
    page.get_by_role("button", name="Begin").click()
    for exercise in page.locator(".exercises > li").all():
        if exercise.get_by_role("radio").count():
            exercise.get_by_role("radio").first.check()
        else:
            exercise.get_by_role("textbox").fill(text)


def answer_where_the_connection_breaks(phone: Visit) -> None:
    page = phone.page
    page.get_by_role("button", name="Begin").click()
    page.go_back()
    page.get_by_role("link", name="Go on").click()
    page.context.set_offline(True)
    for exercise in page.locator(".exercises > li").all():
        if not exercise.get_by_role("radio").count():
            exercise.get_by_role("textbox").fill("non lo so ancora")
    expect(page.get_by_text("No connection. What you typed is kept on this device")).to_be_visible()
    phone.screenshot("evening-phone-offline")
    page.context.set_offline(False)
    expect(page.get_by_text("Saved.")).to_be_visible()
    look_over_and_send(page)


def look_over_and_send(page: Page) -> None:
    page.get_by_role("button", name="Look over and send").click()
    page.get_by_role("button", name="Send", exact=True).dblclick()
    expect(page.get_by_text("of 100 points")).to_be_visible()


def points(page: Page) -> int:
    return int(page.get_by_text("of 100 points").inner_text().split()[0])


def accept_first_answer(teacher: Visit, text: str) -> None:
    page = teacher.open("/teacher")
    page.get_by_role("link", name="passato prossimo").click()
    expect(page.get_by_text("3 of 3 sent")).to_be_visible()
    page.get_by_role("link", name="Results", exact=True).click()
    teacher.screenshot("evening-results")
    page.get_by_role("link", name=re.compile("Fill in the blank|Translation")).first.click()
    teacher.screenshot("evening-answers")
    page.get_by_role("button", name=re.compile(f"Accept.*{text}")).first.dblclick()
    expect(page.get_by_text("the marks are changed")).to_be_visible()
