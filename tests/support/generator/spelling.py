"""Debian's Italian dictionary, for tests."""

import os
import shutil
import subprocess
from collections.abc import Iterable

from tests.support.broker.brokers import unavailable

# Reviewed: forms of sedere and of addirsi, which the dictionary lacks.
REVIEWED = {"addice", "siedo", "siedi", "siede", "siedono", "sieda", "siedano", "sedendo", "seduto"}


def unknown_words(words: Iterable[str]) -> set[str]:
    """The words that the dictionary does not contain. Without a dictionary the test is skipped, but not in
    CI.
    """
    if shutil.which("hunspell") is None:
        unavailable("no Italian dictionary: apt-get install hunspell hunspell-it")
    told = subprocess.run(
        ["hunspell", "-d", "it_IT", "-i", "utf-8", "-l"],
        input="\n".join(sorted(words)),
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    unknown = {word for word in told.stdout.split() if word.lower() not in REVIEWED}
    return {word for word in unknown if not word.lower().startswith(("sede", "seder"))}
