"""Options and texts of commands that list a page."""

from collections.abc import Sequence
from typing import Annotated

import typer

from homework_cli.output import say

Limit = Annotated[int | None, typer.Option(min=1, max=1000, help="list at most this many; default: all")]
BeforeId = Annotated[
    int | None,
    typer.Option("--before-id", min=1, help="list only entries with a smaller id, which are older"),
]


def say_there_is_none(hint: str, part: object) -> None:
    """Print that the list is empty. `part` names the requested part of the list, if not all of it was
    requested.
    """
    say("there are none of these" if part else f"there are none yet: {hint}")


def say_where_older_ones_are(ids: Sequence[int], limit: int | None) -> None:
    if limit is not None and len(ids) == limit:
        say(f"there may be older ones: go on with --before-id {ids[-1]}")
