"""The first tutorial uses the classroom's own names for links and buttons."""

import re
import tomllib
from collections.abc import Iterator

from tests.support.processes import ROOT

TEXTS = ROOT / "services/classroom/homework_classroom/texts/en"


def test_every_label_that_the_first_evening_names_is_one_of_the_classroom() -> None:
    page = (ROOT / "docs/tutorials/first-evening.md").read_text("utf-8")
    named = set(re.findall(r"(?<!\*)\*([^*\n]+)\*(?!\*)", page))
    assert len(named) > 8
    labels = {
        label for file in TEXTS.glob("*.toml") for label in texts(tomllib.loads(file.read_text("utf-8")))
    }
    assert named - labels == set()


def texts(part: object) -> Iterator[str]:
    """All texts of a file, at any depth of its tables."""
    if isinstance(part, dict):
        for each in part.values():
            yield from texts(each)
    else:
        yield str(part)
