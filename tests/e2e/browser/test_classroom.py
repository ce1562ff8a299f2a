"""Students' phones on the classroom: with and without JavaScript, with and without a connection."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests.e2e.browser.chromium import ANY, Visit
from tests.support.processes import Stack

NARROW: ViewportSize = {"width": 320, "height": 640}


@dataclass
class Phone:
    """A student's browser, signed in."""

    visit: Visit
    context: BrowserContext
    services: Stack
    student: int

    @property
    def page(self) -> Page:
        return self.visit.page

    def homework(self, **request: Any) -> int:
        """The id of a new homework that is written."""
        made = self.services.assign(student_ids=[self.student], deadline_seconds=5, **request)
        self.services.wait_for_completion(made["id"], 60)
        return int(self.services.homework(self.student)[0]["id"])

    def stored(self, homework_id: int) -> dict[str, Any]:
        path = f"/api/student/{self.student}/homework/{homework_id}"
        return dict(self.services.client.get(path).json())

    def answers(self, homework_id: int) -> list[str]:
        """The right answers, which the API shows to a teacher."""
        return [each["correct_answer"] for each in self.stored(homework_id)["exercises"]]

    def fill(self, answers: list[str]) -> None:
        for number, answer in enumerate(answers):
            field = self.page.locator(f"[name=answer-{number}]")
            if field.first.get_attribute("type") == "radio":
                self.page.locator(f"[name=answer-{number}][value={quoted(answer)}]").check()
            else:
                field.fill(answer)


@contextmanager
def phone(browser: Browser, services: Stack, student: int | None = None, **options: Any) -> Iterator[Phone]:
    """A phone of 320 pixels. After the test, it must have raised no error and requested nothing from another
    host.
    """
    student = student or services.assign(1)["student_ids"][0]
    context = browser.new_context(
        viewport=NARROW, reduced_motion="reduce", timezone_id="Europe/Rome", **({"locale": "en-GB"} | options)
    )
    try:
        visit = Visit(context.new_page(), services.classroom_url)
        visit.page.goto(services.link(student))
        visit.page.get_by_role("main").get_by_role("button").click()
        visit.page.wait_for_url(f"{services.classroom_url}/")
        yield Phone(visit, context, services, student)
        assert visit.errors == []
        assert visit.hosts <= {f"127.0.0.1:{services.classroom_port}"}
    finally:
        context.close()


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def begin(page: Page) -> None:
    """Start the homework and wait for its script too, because the script cannot be loaded without a
    connection.
    """
    page.get_by_role("button", name="Begin").click()
    wait_for_the_script(page)


def wait_for_the_script(page: Page) -> None:
    expect(page.locator("[name=answer-0]").first).to_be_attached()
    page.wait_for_load_state("load")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["en-GB", "it-IT"])
def test_no_page_has_an_accessibility_finding_or_scrolls_sideways(
    browser: Browser, services: Stack, scheme: str, locale: str
) -> None:
    with phone(browser, services, color_scheme=scheme, locale=locale) as one:
        ready, begun, sent = [one.homework(topic="la vita quotidiana") for _ in range(3)]
        for homework_id in (begun, sent):
            one.services.client.post(f"/api/student/{one.student}/homework/{homework_id}/start")
        blank: dict[str, Any] = {"answers": ["una risposta", None, None]}
        path = f"/api/student/{one.student}/homework"
        services.client.put(f"{path}/{begun}/answers", json=blank)
        services.client.post(f"{path}/{sent}/submission", json=blank)
        pages = ["/", "/earlier", "/nothing", "/signed-out", "/in/token", f"/homework/{begun}/check"]
        for path in [*pages, *(f"/homework/{each}" for each in (ready, begun, sent))]:
            page = one.visit.open(path)
            assert one.visit.accessibility_findings(impacts=ANY) == [], path
            assert not one.visit.is_wider_than_the_screen(), path
        page = one.visit.open(f"/homework/{begun}")
        page.locator("input:not([type]), textarea").first.focus()
        expect(page.get_by_role("group", name=re.compile("^Lett(ers|ere)"))).to_be_visible()
        assert one.visit.accessibility_findings(impacts=ANY) == []
        assert not one.visit.is_wider_than_the_screen()


def test_what_a_finger_presses_is_large_enough(browser: Browser, services: Stack) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework()
        page = one.visit.open(f"/homework/{homework_id}")
        begin(page)
        page.locator("input:not([type]), textarea").first.focus()
        pressed = page.locator(
            "main button, main .option, main .button, main input:not([type]), main textarea"
        )
        heights = [box["height"] for each in pressed.all() if (box := each.bounding_box())]
        assert len(heights) > 10
        assert min(heights) >= 44


def test_a_homework_is_done_on_a_phone_with_the_bar_of_accents(browser: Browser, services: Stack) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework(exercise_types=["translation"], quantity=2)
        page = one.page
        page.reload()
        page.get_by_role("button", name="Begin").last.click()
        answers = one.answers(homework_id)
        field = page.locator("[name=answer-0]")
        field.fill("perch")
        page.get_by_role("button", name="é").click()
        expect(field).to_have_value("perché")
        expect(field).to_be_focused()
        expect(page.locator("#state")).to_have_text("Saved.")
        # The state may still be that of what was typed before the accent.
        services.wait(lambda: one.stored(homework_id)["answers"][0] == "perché", 60)
        one.fill(answers)
        page.get_by_role("button", name="Look over and send").click()
        expect(page.get_by_text("You have answered everything.")).to_be_visible()
        page.get_by_role("button", name="Send").dblclick()
        expect(page.get_by_text("100 of 100 points")).to_be_visible()
        page.go_back()
        expect(page.get_by_text("100 of 100 points")).to_be_visible()


def test_a_homework_is_done_without_any_script(browser: Browser, services: Stack) -> None:
    with phone(browser, services, java_script_enabled=False) as one:
        homework_id = one.homework()
        page = one.visit.open(f"/homework/{homework_id}")
        begin(page)
        one.fill(one.answers(homework_id))
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved.")).to_be_visible()
        page.get_by_role("button", name="Look over and send").click()
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("100 of 100 points")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")


def test_what_is_typed_without_a_connection_is_saved_when_there_is_one(
    browser: Browser, services: Stack
) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework(exercise_types=["translation"], quantity=2)
        page = one.visit.open(f"/homework/{homework_id}")
        begin(page)
        one.context.set_offline(True)
        page.locator("[name=answer-0]").fill("scritto senza rete")
        expect(page.locator("#state")).to_contain_text("kept on this device")
        assert one.stored(homework_id)["answers"] is None
        one.context.set_offline(False)
        expect(page.locator("#state")).to_have_text("Saved.")
        assert one.stored(homework_id)["answers"] == ["scritto senza rete", None]


def test_what_was_typed_on_a_page_that_was_closed_without_a_connection_is_there_again(
    browser: Browser, services: Stack
) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework(exercise_types=["translation"], quantity=2)
        page = one.visit.open(f"/homework/{homework_id}")
        begin(page)
        one.context.set_offline(True)
        page.locator("[name=answer-1]").fill("scritto prima di chiudere")
        expect(page.locator("#state")).to_contain_text("kept on this device")
        page.goto("about:blank")
        one.context.set_offline(False)
        again = one.visit.open(f"/homework/{homework_id}")
        expect(again.locator("[name=answer-1]")).to_have_value("scritto prima di chiudere")
        expect(again.locator("#state")).to_have_text("Saved.")
        assert one.stored(homework_id)["answers"] == [None, "scritto prima di chiudere"]


def test_two_tabs_keep_what_either_of_them_typed(browser: Browser, services: Stack) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework(exercise_types=["translation"], quantity=2)
        first = one.visit.open(f"/homework/{homework_id}")
        begin(first)
        second = one.context.new_page()
        second.goto(first.url)
        first.locator("[name=answer-0]").fill("dalla prima")
        expect(second.locator("[name=answer-0]")).to_have_value("dalla prima")
        second.locator("[name=answer-1]").fill("dalla seconda")
        expect(first.locator("[name=answer-1]")).to_have_value("dalla seconda")
        services.wait(lambda: one.stored(homework_id)["answers"] == ["dalla prima", "dalla seconda"], 60)


def test_a_homework_that_is_being_written_appears_by_itself(browser: Browser, services: Stack) -> None:
    with phone(browser, services) as one:
        made = services.assign(student_ids=[one.student], deadline_seconds=3600)
        homework_id = services.homework(one.student)[0]["id"]
        page = one.visit.open(f"/homework/{homework_id}")
        expect(page.get_by_role("heading", level=1)).to_have_text("Your homework is being written")
        page.evaluate("window.isTheSamePage = true")
        gpu = services.gpu_like(0.1)
        services.wait_for_completion(made["id"], 60)
        expect(page.get_by_role("button", name="Begin")).to_be_visible()
        assert page.evaluate("window.isTheSamePage")
        gpu.stop()


def test_a_page_that_waits_says_when_the_assignment_is_withdrawn(browser: Browser, services: Stack) -> None:
    with phone(browser, services) as one:
        made = services.assign(student_ids=[one.student], deadline_seconds=3600)
        page = one.visit.open(f"/homework/{services.homework(one.student)[0]['id']}")
        services.client.delete(f"/api/teacher/assignments/{made['id']}")
        expect(page.get_by_role("heading", level=1)).to_have_text("This homework is not there")


def test_the_keyboard_alone_does_a_homework(browser: Browser, services: Stack) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework(exercise_types=["fill_in_blank"], quantity=2)
        page = one.visit.open(f"/homework/{homework_id}")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the page")).to_be_focused()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Begin")).to_be_focused()
        page.keyboard.press("Enter")
        wait_for_the_script(page)  # Without it, Enter in a field submits the form.
        page.locator("[name=answer-0]").focus()
        page.keyboard.type("uno")
        page.keyboard.press("Enter")
        expect(page.locator("[name=answer-1]")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="à")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("[name=answer-1]")).to_have_value("à")
        expect(page.locator("[name=answer-1]")).to_be_focused()


def test_signing_out_of_a_shared_tablet_leaves_nothing_in_the_browser(
    browser: Browser, services: Stack
) -> None:
    with phone(browser, services) as one:
        homework_id = one.homework(exercise_types=["translation"], quantity=2)
        page = one.visit.open(f"/homework/{homework_id}")
        begin(page)
        one.context.set_offline(True)
        page.locator("[name=answer-0]").fill("segreto")
        expect(page.locator("#state")).to_contain_text("kept on this device")
        assert page.evaluate("localStorage.length") == 1
        one.context.set_offline(False)
        expect(page.locator("#state")).to_have_text("Saved.")
        page.evaluate("localStorage.setItem('answers:1:1', '{}')")
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
        expect(page.locator("main")).to_be_visible()
        page.wait_for_function("localStorage.length === 0")
        assert [each["name"] for each in one.context.cookies()] == []


def test_a_link_is_used_by_its_button_alone_and_a_double_click_is_one(
    browser: Browser, services: Stack
) -> None:
    [student] = services.assign(1)["student_ids"]
    link = services.link(student)
    context = browser.new_context(viewport=NARROW, locale="en-GB")
    try:
        page = context.new_page()
        for _ in range(2):
            page.goto(link)
        page.get_by_role("button", name="Come in").dblclick()
        expect(page.get_by_role("heading", level=1)).to_have_text("Hello S0!")
        cookies = {each["name"]: each for each in context.cookies()}
        cookie = cookies[f"homework-classroom-{services.classroom_port}"]
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    finally:
        context.close()
