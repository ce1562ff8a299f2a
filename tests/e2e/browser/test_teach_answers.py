"""On the Teach page a teacher reads what the class wrote, and has the last word about it."""

from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.e2e.browser.chromium import PHONE, Visit, visit
from tests.support.processes import Stack

ANSWER = "<i>le ventiquattro</i>"


@dataclass
class Written:
    """One homework with two exercises, of which the first was answered like this."""

    services: Stack
    assignment_id: int
    path: str

    @property
    def submission(self) -> dict[str, Any]:
        return dict(self.services.client.get(f"{self.path}/submission").raise_for_status().json())


@pytest.fixture
def written(services: Stack) -> Written:
    assignment = services.assign(1, quantity=2, exercise_types=["fill_in_blank"])
    services.wait_for_completion(assignment["id"], 30)
    [student] = assignment["student_ids"]
    path = f"/api/student/{student}/homework/{services.homework(student)[0]['id']}"
    services.client.post(f"{path}/start").raise_for_status()
    answers = {"answers": [ANSWER, None]}
    services.client.post(f"{path}/submission", json=answers).raise_for_status()
    return Written(services, assignment["id"], path)


def open_answers(page: Page, assignment_id: int) -> Locator:
    page.get_by_role("button", name=f"Open assignment {assignment_id}").click()
    page.get_by_role("button", name="What the class wrote").click()
    return page.get_by_role("region", name="What the class wrote")


def test_an_answer_is_accepted_for_the_class_and_taken_back(console: Visit, written: Written) -> None:
    page = console.open("/teach")
    answers = open_answers(page, written.assignment_id)
    row = answers.get_by_role("row").filter(has_text=ANSWER)
    expect(row).to_contain_text("✗ wrong")
    assert console.accessibility_findings() == []
    assert not console.is_wider_than_the_screen()
    page.get_by_role("button", name="Read as").click()
    student = page.get_by_role("region", name="As the student sees it")
    expect(student).to_contain_text("Score: 0 of 100")

    row.get_by_role("button", name="This is right too").click()
    expect(answers.get_by_role("status")).to_contain_text(
        "is right for the whole class: 1 verdict has changed"
    )
    expect(row).to_contain_text("✓ correct")
    expect(student).to_contain_text("Score: 50 of 100")
    expect(student).to_contain_text("Your teacher accepts this answer.")
    progress = page.get_by_role("region", name="Progress")
    expect(progress.get_by_role("row").filter(has_text="50 of 100")).to_be_visible()
    assert console.accessibility_findings() == []

    answers.scroll_into_view_if_needed()
    console.screenshot("teach-answers")
    row.get_by_role("button", name="Take back").click()
    expect(answers.get_by_role("status")).to_contain_text("Taken back")
    expect(row).to_contain_text("✗ wrong")
    expect(student).to_contain_text("Score: 0 of 100")
    assert written.submission["score"] == 0


def test_an_answer_is_accepted_for_one_student_by_keyboard(console: Visit, written: Written) -> None:
    page = console.open("/teach")
    answers = open_answers(page, written.assignment_id)
    expect(answers.get_by_role("heading", level=3)).to_be_focused()
    row = answers.get_by_role("row").filter(has_text=ANSWER)
    row.get_by_label("For").select_option(index=1)
    row.get_by_label("For").press("Tab")
    expect(row.get_by_role("button", name="This is right too")).to_be_focused()
    page.keyboard.press("Enter")
    expect(answers.get_by_role("status")).to_contain_text("is right for one student")
    expect(answers.get_by_role("heading", level=3)).to_be_focused()
    [accepted, _] = written.submission["exercises"]
    assert (accepted["verdict"], accepted["by_teacher"]) == ("correct", True)


def test_another_exercise_is_chosen_and_a_blank_one_is_nobodys_to_decide(
    console: Visit, written: Written
) -> None:
    page = console.open("/teach")
    answers = open_answers(page, written.assignment_id)
    answers.get_by_label("Exercise").select_option("2")
    row = answers.get_by_role("row").nth(1)
    expect(row).to_contain_text("✗ wrong")
    expect(row.get_by_role("button")).to_have_count(0)
    expect(answers.get_by_role("row").filter(has_text=ANSWER)).to_have_count(0)


def test_answers_fit_a_phone_in_the_dark(browser: Browser, services: Stack, written: Written) -> None:
    with visit(browser, services, PHONE, "dark") as phone:
        answers = open_answers(phone.open("/teach"), written.assignment_id)
        button = answers.get_by_role("button", name="This is right too")
        expect(button).to_be_visible()
        button.scroll_into_view_if_needed()
        assert not phone.is_wider_than_the_screen()
        assert phone.accessibility_findings() == []
        phone.screenshot("teach-answers-phone")
