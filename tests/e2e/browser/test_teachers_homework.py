"""A teacher's homework in a real browser: assigned, followed, reviewed, released and decided about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.e2e.browser.chromium import ANY, Visit
from tests.support.processes import Stack

NARROW: ViewportSize = {"width": 320, "height": 640}
WIDE: ViewportSize = {"width": 1280, "height": 900}


@contextmanager
def desk(browser: Browser, services: Stack, **options: Any) -> Iterator[Visit]:
    """The browser of a signed-in teacher."""
    context = browser.new_context(viewport=WIDE, reduced_motion="reduce", locale="en-GB", **options)
    token = services.client.post("/api/teacher/link").raise_for_status().json()["token"]
    try:
        visit = Visit(context.new_page(), services.classroom_url)
        visit.open(f"/teacher/in/{token}").get_by_role("button", name="Sign in").click()
        yield visit
        assert visit.errors == []
        assert visit.hosts <= {f"127.0.0.1:{services.classroom_port}"}
    finally:
        context.close()


def give(page: Page, student: int, topic: str) -> None:
    """Fill in the form for one student, and submit it with a double click."""
    page.get_by_label("For whom").select_option("some")
    box = page.locator(f"[name=student-{student}]")
    if not box.is_visible():
        page.get_by_text("Single students", exact=True).first.click()
    box.check()
    page.get_by_label("Level").select_option("A2")
    page.get_by_label("Grammar").fill("passato prossimo")
    page.get_by_label("Topic").fill(topic)
    page.get_by_text("More: how many").click()
    page.get_by_label("Exercises for each student").fill("3")
    page.get_by_role("button", name="Give homework").dblclick()


def sent(services: Stack, student: int, answers: list[str | None]) -> int:
    """Submit the newest homework of this student. Returns its id."""
    [newest, *_] = services.homework(student)
    path = f"/api/student/{student}/homework/{newest['id']}"
    services.client.post(f"{path}/start").raise_for_status()
    services.client.post(f"{path}/submission", json={"answers": answers}).raise_for_status()
    return int(newest["id"])


def test_homework_is_given_watched_looked_through_released_and_judged(
    browser: Browser, services: Stack
) -> None:
    [student] = services.assign(1)["student_ids"]
    with desk(browser, services) as visit:
        before = len(services.client.get("/api/teacher/assignments").json())
        give(visit.open("/teacher/give"), student, "una vacanza al mare")
        page = visit.page
        expect(page.get_by_role("status").first).to_contain_text("The homework is given")
        expect(page.get_by_text("1 of 1 written")).to_be_visible()  # The page updates itself.
        assert len(services.client.get("/api/teacher/assignments").json()) == before + 1
        page.get_by_role("link", name="Look through").click()
        page.get_by_role("link", name="Edit 1").click()
        page.get_by_label("Question").fill("Oggi noi ___ al mare. (andare)")
        page.get_by_label("Right answer").fill("andiamo")
        page.get_by_role("button", name="Use this exercise").dblclick()
        expect(page.get_by_text("Written by: you.")).to_be_visible()
        assert services.homework(student)[0]["status"] == "pending", "it is held back"
        page.get_by_role("link", name="Release to the class").first.click()
        page.get_by_role("button", name="Release now").dblclick()
        expect(page.get_by_text("The homework is released to the class.")).to_be_visible()
        sent(services, student, ["andremo", None, None])
        page.get_by_role("link", name="Results").first.click()
        page.get_by_role("link", name="1: Fill in the blank").click()
        page.get_by_role("button", name="Accept").dblclick()
        expect(page.get_by_text("the marks are changed")).to_be_visible()
        assert services.homework(student)[0]["score"] == 33
        page.get_by_role("button", name="Withdraw the decision").click()
        expect(page.get_by_text("the marks are changed back")).to_be_visible()
        assert services.homework(student)[0]["score"] == 0
        page.go_back()
        page.reload()
        expect(page.get_by_role("button", name="Accept")).to_be_visible()


def test_homework_is_given_and_released_without_any_script(browser: Browser, services: Stack) -> None:
    [student] = services.assign(1)["student_ids"]
    with desk(browser, services, java_script_enabled=False) as visit:
        give(visit.open("/teacher/give"), student, "il cibo")
        page = visit.page
        expect(page.get_by_role("status").first).to_contain_text("The homework is given")
        assignment = services.client.get("/api/teacher/assignments").json()[0]
        assert assignment["topic"] == "il cibo"
        services.wait_for_completion(assignment["id"], 70)
        page.reload()
        page.get_by_role("link", name="Look through").click()
        page.get_by_role("link", name="Release to the class").first.click()
        page.get_by_role("button", name="Release now").click()
        expect(page.get_by_text("Released to the class", exact=True)).to_be_visible()
        with page.expect_download() as download:
            page.get_by_role("link", name="PDF").click()
        assert download.value.suggested_filename == f"assignment-{assignment['id']}.pdf"


def test_no_page_of_a_teachers_homework_has_an_accessibility_finding_or_scrolls_sideways(
    browser: Browser, services: Stack
) -> None:
    made = services.assign(1, deadline_seconds=5, quantity=3, review=True, grammar_focus="passato prossimo")
    services.wait_for_completion(made["id"], 60)
    [student] = made["student_ids"]
    base = f"/teacher/homework/{made['id']}"
    [homework] = services.client.get(f"/api/teacher/assignments/{made['id']}/homework").json()
    review = [
        f"{base}/review",
        f"{base}/review/{homework['id']}/1",
        f"{base}/release?since=2026-01-01T00:00:00Z",
    ]
    with desk(browser, services) as visit:
        look_at(visit, review)
        services.client.post(f"/api/teacher/assignments/{made['id']}/release").raise_for_status()
        homework_id = sent(services, student, ["una risposta", None, None])
        decision = {"homework_id": homework_id, "index": 1, "right": True}
        services.client.post(f"/api/teacher/assignments/{made['id']}/decisions", json=decision)
        pages = ["/teacher", "/teacher/give", f"/teacher/students/{student}", base]
        parts = ("due", "withdraw", "results", "results/1", "results/2", "decisions", "review")
        look_at(visit, [*pages, *(f"{base}/{part}" for part in parts)])
        visit.open("/teacher/give")
        visit.page.get_by_label("Topic").fill("x")
        visit.page.get_by_label("For whom").select_option("some")
        visit.page.get_by_role("button", name="Give homework").click()
        expect(visit.page.get_by_text("Choose for whom it is")).to_be_visible()
        assert visit.accessibility_findings(impacts=ANY) == []


def look_at(visit: Visit, paths: list[str]) -> None:
    """Check each page on a phone in the light theme and on a desktop in the dark theme. Controls are large
    enough.
    """
    for path in paths:
        for size, scheme in ((NARROW, "light"), (WIDE, "dark")):
            visit.page.set_viewport_size(size)
            visit.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page = visit.open(path)
            assert visit.accessibility_findings(impacts=ANY) == [], (path, scheme)
            assert not visit.is_wider_than_the_screen(), (path, size)
        fields = "main select, main textarea, main input:not([type=hidden]):not([type=checkbox])"
        pressed = page.locator(f"main button, main .option, main .button, {fields}")
        boxes = [each.bounding_box() for each in pressed.all() if each.is_visible()]
        assert all(box and box["height"] >= 44 for box in boxes), path
