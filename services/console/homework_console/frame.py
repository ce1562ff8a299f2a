"""The frame of every page: the masthead with its links, the style, and the page's title."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nicegui import ui

from homework_console.widgets import block, link, words

PAGES = {"/": "Overview", "/jobs": "Jobs", "/dead": "Dead letters"}
# A page that is open when its session ends has nothing to connect to any more: it shows how to sign in.
_WATCH = """<script>
const look = () => fetch("/session").then((answer) => answer.status === 401 && location.reload(), () => {});
setInterval(look, 5000);
</script>"""
_SIGN_OUT = '() => fetch("/sign-out", {method: "POST"}).then(() => location.reload())'
_STYLE = Path(__file__).with_name("console.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Outside:
    """Addresses of pages that are not the console's: a teacher's in the classroom, and RabbitMQ's own."""

    teachers: str | None = None
    rabbitmq: str | None = None


@contextmanager
def frame(path: str, outside: Outside) -> Iterator[None]:
    """Draw the frame of the page at `path`. The page draws its content inside the `with`."""
    title = PAGES[path]
    ui.page_title(f"{title} · Italian homework")
    ui.add_css(_STYLE)
    ui.add_body_html(_WATCH)
    with ui.header(fixed=False, wrap=False).classes("masthead"):
        words("span", "Italian homework", "brand")
        with block("nav", aria_label="Pages"), block("ul"):
            for target, text in PAGES.items():
                with block("li"):
                    anchor = link(text, target)
                    if target == path:
                        anchor.props["aria-current"] = "page"
            _draw_link("Teachers ↗", outside.teachers, "Teachers' pages in the classroom, in a new tab")
            _draw_link("RabbitMQ ↗", outside.rabbitmq, "RabbitMQ's own pages, in a new tab")
        ui.button("Sign out", color=None).props("no-caps flat dense").on("click", js_handler=_SIGN_OUT)
    content = block("div", "stack", id="content")
    ui.skip_link("Skip to the page", target=content)
    with content:
        words("h1", title)
        yield


def _draw_link(text: str, address: str | None, label: str) -> None:
    if address:
        with block("li"):
            made = link(text, address)
            made.props["target"], made.props["rel"] = "_blank", "noopener"
            made.props["aria-label"] = label
