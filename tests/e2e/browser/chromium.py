"""Runs headless Chromium on our pages, with mouse, keyboard and touch."""

import os
import re
import shutil
from collections.abc import Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from tests.support.broker.brokers import unavailable
from tests.support.processes import Stack

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = (1280, 900), (360, 740)
WAIT_MS = 60_000
SERIOUS = {"serious", "critical"}
ANY = SERIOUS | {"moderate", "minor"}

expect.set_options(timeout=WAIT_MS)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium, or whatever `chromium` is on this machine."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        unavailable("no Chromium: apt-get install --no-install-recommends chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def arrive(page: Page, pattern: str) -> None:
    """Wait until the browser has loaded a page whose address matches. Playwright's `wait_for_url` fails if
    the second click of a double click cancels the navigation of the first.
    """
    expect(page).to_have_url(re.compile(pattern))
    page.wait_for_load_state()


@dataclass
class Visit:
    """One browser page on a service. It records the hosts of its requests and its errors."""

    page: Page
    url: str
    errors: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("request", self._note_request)
        self.page.on("websocket", lambda socket: self.hosts.add(urlsplit(socket.url).netloc))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note_refused_content)

    def _note_refused_content(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.errors.append(message.text)

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith(("data:", "blob:")):
            self.hosts.add(urlsplit(request.url).netloc)

    def open(self, path: str = "/") -> Page:
        self.page.goto(self.url + path)
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        return self.page

    def accessibility_findings(
        self, inside: str | None = None, impacts: Set[str] = SERIOUS
    ) -> list[dict[str, Any]]:
        """The findings that axe calls serious or worse. `inside` limits them to a part of the page, such as a
        dialog.
        """
        found = Axe().run(self.page, inside).response["violations"]
        return [
            {
                "rule": each["id"],
                "nodes": [node["html"][:200] + node["failureSummary"] for node in each["nodes"]],
            }
            for each in found
            if each["impact"] in impacts
        ]

    def is_wider_than_the_screen(self) -> bool:
        wide: bool = self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide

    def screenshot(self, name: str) -> None:
        """Save a picture for the documentation when SCREENSHOTS names a folder."""
        if folder := os.environ.get("SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / f"{name}.png")


@contextmanager
def visit(
    browser: Browser, services: Stack, size: tuple[int, int] = DESKTOP, scheme: str = "light"
) -> Iterator[Visit]:
    """A separate browser that has signed in to the console."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Rome",
    )
    try:
        one = Visit(context.new_page(), services.console_url)
        one.page.goto(services.sign_in_address())
        one.page.wait_for_url(f"{services.console_url}/")
        yield one
    finally:
        context.close()
