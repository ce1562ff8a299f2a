"""A teacher signs in to the classroom, creates a class from a list and prints links, on a narrow screen."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from pypdf import PdfReader

from tests.e2e.browser.chromium import ANY, Visit, arrive
from tests.support.processes import Stack

NARROW: ViewportSize = {"width": 320, "height": 640}
LIST = "Cognome;Nome;E-mail\nBianchi;Giulia;{email}\nD’Àvila;Nicolò;\n;;nobody\n"


def looked_at(visit: Visit) -> Page:
    """Check the current page: it has no finding, it fits the screen, and its controls are large enough for
    fingers.
    """
    expect(visit.page.get_by_role("heading", level=1)).to_be_visible()
    path = visit.page.url
    assert visit.accessibility_findings(impacts=ANY) == [], path
    assert not visit.is_wider_than_the_screen(), path
    pressed = visit.page.locator(
        "main button, main .button, main .option, main .line, main input:not([type=hidden], [type=checkbox])"
    )
    heights = [box["height"] for each in pressed.all() if (box := each.bounding_box())]
    assert min(heights) >= 44, path
    return visit.page


@pytest.mark.parametrize(("scheme", "locale"), [("light", "en-GB"), ("dark", "it-IT")])
def test_a_class_comes_from_a_list_to_a_sheet_of_links(
    browser: Browser, services: Stack, tmp_path: Path, scheme: str, locale: str
) -> None:
    context = browser.new_context(viewport=NARROW, locale=locale, color_scheme=scheme)  # type: ignore[arg-type]
    try:
        visit = Visit(context.new_page(), services.classroom_url)
        _sign_in(visit, services)
        page = looked_at(visit)
        page.locator("#name").fill(f"2B {scheme}")
        page.get_by_role("main").get_by_role("button").dblclick()
        arrive(page, r"/teacher/classes/\d+\?notice=made$")
        page = looked_at(visit)
        file = tmp_path / "classe.csv"
        file.write_bytes(LIST.format(email=f"giulia-{scheme}@example.org").encode("cp1252"))
        page.locator("#file").set_input_files(file)
        page.locator("form[action$='/list'] button").click()
        page = looked_at(visit)
        expect(page.get_by_role("row")).to_have_count(4)
        page.locator("form[action$='/students'] button").dblclick()
        arrive(page, r"\?notice=added$")
        page = looked_at(visit)
        expect(page.locator(".people li")).to_have_count(2)
        page.locator("a[href$='/links']").click()
        looked_at(visit).get_by_role("main").get_by_role("button").click()
        page = looked_at(visit)
        links = page.locator(".links .given").all_inner_texts()
        with page.expect_download() as download:
            page.locator("form[action$='/links/sheet'] button").click()
        download.value.save_as(tmp_path / "sheet.pdf")
        paper = PdfReader(tmp_path / "sheet.pdf").pages[0].extract_text()
        assert "Nicolò D’Àvila" in paper
        _come_in(browser, services, links[0])
        _look_at_a_student(visit)
        page.get_by_role("banner").get_by_role("button").click()
        expect(looked_at(visit).get_by_role("status")).to_be_visible()
        assert visit.errors == []
        assert visit.hosts <= {f"127.0.0.1:{services.classroom_port}"}
    finally:
        context.close()


def test_a_student_is_corrected_saved_as_a_file_and_deleted_after_a_question(
    browser: Browser, services: Stack, tmp_path: Path
) -> None:
    context = browser.new_context(viewport=NARROW, locale="en-GB", java_script_enabled=False)
    student = services.client.post("/api/teacher/students", json={"name": "Guilia"}).json()["id"]
    made = services.client.post("/api/teacher/classes", json={"name": "4D"}).json()["id"]
    services.client.patch(f"/api/teacher/classes/{made}/students", json={"add": [student]})
    try:
        visit = Visit(context.new_page(), services.classroom_url)
        token = services.client.post("/api/teacher/link").json()["token"]
        visit.open(f"/teacher/in/{token}")
        visit.page.get_by_role("main").get_by_role("button").click()
        visit.page.wait_for_url("**/teacher")
        visit.open(f"/teacher/classes/{made}/students/{student}")
        page = visit.page
        page.locator("#student-name").fill("Giulia")
        page.locator("#student-email").fill("giulia-4d@example.org")
        page.get_by_role("button", name="Save the correction").click()
        expect(page.get_by_role("status")).to_have_text("The correction is saved.")
        expect(page.get_by_role("heading", level=1)).to_have_text("Giulia")
        for kind, begins in ("JSON", b"{"), ("PDF", b"%PDF-"):
            with page.expect_download() as download:
                page.get_by_role("link", name=f"Save as {kind}").click()
            download.value.save_as(tmp_path / kind)
            assert (tmp_path / kind).read_bytes().startswith(begins)
        page.get_by_role("link", name="Delete the student").click()
        page.get_by_role("button", name="Delete the student").click()
        expect(page.get_by_role("status")).to_have_text("It is deleted.")
        found = services.client.get("/api/teacher/students").json()
        assert student not in {one["id"] for one in found}
    finally:
        context.close()


def _sign_in(visit: Visit, services: Stack) -> None:
    visit.open("/teacher/classes")
    looked_at(visit).get_by_role("main").get_by_role("link").click()
    page = looked_at(visit)
    page.locator("#key").fill("hk_000000000000_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    looked_at(visit)
    token = services.client.post("/api/teacher/link").json()["token"]
    visit.open(f"/teacher/in/{token}")
    looked_at(visit).get_by_role("main").get_by_role("button").dblclick()
    arrive(page, r"/teacher$")
    visit.open("/teacher/classes")


def _come_in(browser: Browser, services: Stack, link: str) -> None:
    phone = browser.new_context(viewport=NARROW)
    try:
        page = phone.new_page()
        page.goto(link)
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url(f"{services.classroom_url}/")
    finally:
        phone.close()


def _look_at_a_student(visit: Visit) -> None:
    """Open each page that asks for confirmation before data is lost, and leave it by its link back."""
    page = visit.page
    page.locator("main a.quiet").last.click()
    page.locator(".people a").first.click()
    student = looked_at(visit).url
    for asks in ("/withdraw", "/delete"):
        page.locator(f"a[href$='{asks}']").click()
        looked_at(visit).locator("main a.quiet").last.click()
        page.wait_for_url(student)
    page.locator("form[action$='/correct'] button").click()
    page.wait_for_url("**?notice=corrected")
    looked_at(visit)
    page.locator("form[action$='/remove'] button").click()
    page.wait_for_url("**?notice=removed")
    expect(page.locator(".people li")).to_have_count(1)
    page.locator("a[href$='/others']").click()
    looked_at(visit).get_by_role("checkbox").first.check()
    page.locator("form[action$='/others'] button").click()
    page.wait_for_url("**?notice=added")
    expect(page.locator(".people li")).to_have_count(2)
    page.locator("a[href$='/delete']").click()
    looked_at(visit)
