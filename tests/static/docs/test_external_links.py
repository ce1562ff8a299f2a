"""`make docs-links` finds pages of other sites that no longer exist, and reports no page that exists."""

import asyncio
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from docs.tools import links
from docs.tools.links import Answer, links_of, look, main, pages

from tests.support.broker.brokers import free_port
from tests.support.processes import ROOT

STATUSES = {
    "/there": [200], "/moved": [301], "/gone": [404], "/gone-for-good": [410], "/broken": [500],
    "/recovers": [503, 503, 200], "/no-robots": [403], "/busy": [429],
}  # fmt: skip
NO_HEAD = "/no-head"


@dataclass
class Site:
    """Another site. `asked` is the number of requests for each of its pages, by method."""

    url: str
    asked: Counter[tuple[str, str]] = field(default_factory=Counter)


@pytest.fixture
def site() -> Iterator[Site]:
    class Pages(BaseHTTPRequestHandler):
        def answer(self) -> None:
            found.asked[self.command, self.path] += 1
            status = 405 if self.path == NO_HEAD and self.command == "HEAD" else 200
            if self.path in STATUSES:
                statuses = STATUSES[self.path]
                status = statuses[min(found.asked["HEAD", self.path], len(statuses)) - 1]
            self.send_response(status)
            if status == 301:
                self.send_header("Location", "/there")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET = answer  # noqa: N815 - the names that the library calls

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        found = Site(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield found
        server.shutdown()


@pytest.mark.parametrize(
    ("path", "answer", "tries"),
    [
        ("/there", Answer.THERE, 1),
        ("/moved", Answer.THERE, 1),
        ("/gone", Answer.GONE, 1),
        ("/gone-for-good", Answer.GONE, 1),
        ("/broken", Answer.GONE, 3),
        ("/recovers", Answer.THERE, 3),
        ("/no-robots", Answer.UNKNOWN, 1),
        ("/busy", Answer.UNKNOWN, 1),
        (NO_HEAD, Answer.THERE, 1),
    ],
)
def test_a_page_is_there_or_gone_by_what_its_server_says(
    site: Site, path: str, answer: Answer, tries: int
) -> None:
    [looked] = asyncio.run(look([site.url + path], pause_seconds=0)).values()
    assert (looked.answer, site.asked["HEAD", path]) == (answer, tries)


def test_a_server_that_does_not_answer_has_no_page() -> None:
    [looked] = asyncio.run(look([f"http://127.0.0.1:{free_port()}/"], pause_seconds=0)).values()
    assert (looked.answer, "ConnectError" in looked.why) == (Answer.GONE, True)


def test_a_dead_link_fails_the_command_and_is_named_with_its_page(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(links, "_NOBODYS", re.compile("(?!)"))  # This site is on this machine.
    page, fine = tmp_path / "a.md", tmp_path / "b.md"
    page.write_text(f"[old]({site.url}/gone#part), [closed]({site.url}/no-robots)")
    fine.write_text(f"<{site.url}/there> and [closed]({site.url}/no-robots)")
    assert main([page, fine]) == 1
    told = capsys.readouterr().out.splitlines()
    assert told == [
        f"gone: {site.url}/gone (404), linked from {page}",
        f"cannot be looked at: {site.url}/no-robots (403), linked from {page}, {fine}",
        "links to other sites: 1 there, 1 gone, 1 cannot be looked at",
    ]
    assert main([fine]) == 0
    assert site.asked["GET", "/there"] == 0, "a page that is there is not downloaded"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("[a](https://a.org/x#y) [b](http://b.org) <https://c.org/d>", {"https://a.org/x", "http://b.org", "https://c.org/d"}),
        ("`<https://code.org>`\n```bash\ncurl https://b.org # [x](https://c.org)\n```\n", set()),
        ("[a](other.md#x) <https://classe.example.org/> [b](http://127.0.0.1:8000/docs)", set()),
        ("[![badge](https://a.org/i.png)](https://a.org)", {"https://a.org/i.png", "https://a.org"}),
    ],
)  # fmt: skip
def test_links_are_found_and_code_and_examples_are_left_out(text: str, found: set[str]) -> None:
    assert links_of(text) == found


def test_every_link_of_the_documentation_to_another_site_is_looked_at() -> None:
    found = {address for page in pages() for address in links_of(page.read_text("utf-8"))}
    assert "https://ngrok.com" in found
    assert len(found) > 20
    assert {ROOT / "README.md", ROOT / "docs/index.md", ROOT / "CONTRIBUTING.md"} <= set(pages())
