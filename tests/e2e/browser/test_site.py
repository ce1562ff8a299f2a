"""The documentation's site in a browser: diagrams are drawn, and no request is sent to another host."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from docs.tools.site import gather
from playwright.sync_api import Browser, Route, expect

from tests.e2e.browser.chromium import WAIT_MS
from tests.support.processes import ROOT

PAGES = ["", "tutorials/first-evening/", "reference/configuration/", "architecture/"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name of the base class
        """Log nothing, because requests do not belong in a test's output."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site as `make docs` builds it. It is in a separate folder."""
    folder = tmp_path_factory.mktemp("site")
    gather(folder)
    shutil.copy(ROOT / "mkdocs.yml", folder)
    build = [sys.executable, "-m", "zensical", "build", "--strict"]
    subprocess.run(build, cwd=folder, check=True, capture_output=True, timeout=110)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder / ".site/html")) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_asks_no_other_host_and_its_diagrams_are_drawn(browser: Browser, site: str, path: str) -> None:
    asked, problems = list[str](), list[str]()

    def pass_on(route: Route) -> None:
        if route.request.url.startswith((site, "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    page.route("**/*", pass_on)
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(site + path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator(".diagram svg")).to_have_count(page.locator(".diagram").count())
    page.wait_for_load_state("networkidle")
    page.close()
    assert (asked, problems) == ([], [])


def test_the_architecture_has_its_diagrams(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.goto(f"{site}architecture/")
    expect(page.locator(".diagram svg")).to_have_count(2)
    expect(page.locator(".diagram svg").first).to_contain_text("generation.fallback")
    page.close()
