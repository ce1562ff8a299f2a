"""The whole life of a homework on the Teach page, with the mouse and by keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.browser.chromium import Visit
from tests.support.processes import Stack

MARKUP = "<b>Ada</b><script>alert(1)</script>"


def create_student(page: Page, name: str, email: str) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_role("button", name="Create student").click()
    expect(page.get_by_role("checkbox", name=email)).to_be_checked()


def test_a_homework_is_assigned_watched_read_answered_sent_and_graded(console: Visit) -> None:
    page = console.open("/teach")
    create_student(page, "Ada Lovelace", "ada@example.org")
    create_student(page, "Bruno Munari", "bruno@example.org")
    page.get_by_label("Grammar").fill("passato prossimo")
    page.get_by_label("Exercises for each student").fill("3")
    page.get_by_label("Due in seconds").fill("5")
    page.get_by_role("button", name="Assign", exact=True).click()
    progress = page.get_by_role("region", name="Progress")
    expect(progress).to_contain_text("2 of 2 written, 2 by the mock")
    expect(progress.get_by_role("status")).to_contain_text("is complete: 2 homework")

    page.get_by_role("button", name="Read as Ada Lovelace").click()
    student = page.get_by_role("region", name="As the student sees it")
    expect(student.locator("li")).to_have_count(3)
    student.get_by_role("button", name="Start").click()
    student.get_by_label("Answer 1").fill("sono andata")
    student.get_by_label("Answer 2").fill("Ho mangiato.")
    student.get_by_role("radio").nth(1).click()
    student.get_by_role("button", name="Save").click()
    expect(student.get_by_role("status")).to_contain_text("saved, and not sent yet")
    assert console.accessibility_findings() == []
    student.get_by_role("button", name="Submit").click()
    expect(student.get_by_role("status")).to_contain_text(re.compile(r"Sent and graded: \d+ of 100"))
    expect(student.get_by_text("Right:")).to_have_count(3)
    expect(progress.get_by_role("row").filter(has_text="Ada Lovelace")).to_contain_text("of 100")
    assert console.accessibility_findings() == []
    console.screenshot("teach")


def test_saved_answers_are_there_when_the_homework_is_opened_again(console: Visit, services: Stack) -> None:
    page = console.open("/teach")
    created = services.assign(1, quantity=1, exercise_types=["translation"])
    services.wait_for_completion(created["id"], 30)
    page.reload()
    page.get_by_role("button", name=f"Open assignment {created['id']}").click()
    page.get_by_role("button", name="Read as").click()
    student = page.get_by_role("region", name="As the student sees it")
    student.get_by_role("button", name="Start").click()
    student.get_by_label("Answer 1").fill("Il libro è rosso.")
    student.get_by_role("button", name="Save").click()
    expect(student.get_by_role("status")).to_contain_text("saved")
    page.get_by_role("button", name="Read as").click()
    expect(student.get_by_label("Answer 1")).to_have_value("Il libro è rosso.")


def test_a_refusal_of_the_api_is_shown_at_the_field_it_is_about(console: Visit) -> None:
    page = console.open("/teach")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("E-mail").fill("no address")
    page.get_by_role("button", name="Create student").click()
    expect(page.locator(".q-field", has=page.get_by_label("E-mail"))).to_contain_text("valid email address")
    page.get_by_label("Exercises for each student").fill("21")
    page.get_by_role("button", name="Assign", exact=True).click()
    quantity = page.locator(".q-field", has=page.get_by_label("Exercises for each student"))
    expect(quantity).to_contain_text("less than or equal to 20")
    expect(page.get_by_role("group", name="Who gets the homework").get_by_role("alert")).to_contain_text(
        "choose at least one student"
    )
    assert console.accessibility_findings() == []


def test_what_people_write_is_shown_as_text_and_never_as_markup(console: Visit) -> None:
    page = console.open("/teach")
    create_student(page, MARKUP, "markup@example.org")
    expect(page.get_by_role("checkbox", name="markup@example.org")).to_be_visible()
    expect(page.locator("b", has_text="Ada")).to_have_count(0)
    page.get_by_label("Topic").fill("<i>mare</i>")
    page.get_by_label("Due in seconds").fill("5")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_role("heading", level=3).filter(has_text="<i>mare</i>")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "kind"), [("PDF", "pdf"), ("Excel", "xlsx"), ("CSV", "csv"), ("Results", "xlsx")]
)
def test_the_console_hands_on_the_file_that_the_api_exports(
    console: Visit, services: Stack, name: str, kind: str
) -> None:
    created = services.assign(1)
    services.wait_for_completion(created["id"], 30)
    page = console.open("/teach")
    page.get_by_role("button", name=f"Open assignment {created['id']}").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    assert download.value.suggested_filename.endswith(f".{kind}")


def test_an_assignment_is_made_by_keyboard_alone(console: Visit) -> None:
    page = console.open("/teach")
    keyboard = page.keyboard
    page.get_by_label("Name").focus()
    keyboard.type("Carla")
    keyboard.press("Tab")
    keyboard.type("carla@example.org")
    keyboard.press("Tab")
    expect(page.get_by_role("button", name="Create student")).to_be_focused()
    keyboard.press("Enter")
    expect(page.get_by_role("checkbox", name="carla@example.org")).to_be_checked()
    page.get_by_label("Due in seconds").focus()
    keyboard.type("5")
    for _ in range(3):
        keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="multiple choice")).to_be_focused()
    keyboard.press("Space")
    expect(page.get_by_role("checkbox", name="multiple choice")).not_to_be_checked()
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(page.get_by_role("region", name="Progress")).to_contain_text("1 of 1 written")
