"""The English sentence of an exercise as grading reads it: contractions are written in full, and spelling is
British.
"""

import re

from homework_api.grading.tables import british_spelling

_APOSTROPHE = str.maketrans("’‘", "''")
# Those that lose letters come before those that only join.
_IN_FULL = (
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bshan't\b"), "shall not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    # After a name it may be a possessive: "Anna's idea".
    (re.compile(r"\b(he|she|it|there|here|what|who|where|how|when)'s\b"), r"\1 is"),
)  # fmt: skip
_WORD = re.compile(r"[a-z]+")


def in_full_english(text: str) -> str:
    """The text in small letters. "I'm" becomes "i am", and "color" becomes "colour"."""
    full = text.translate(_APOSTROPHE).casefold()
    for contracted, written in _IN_FULL:
        full = contracted.sub(written, full)
    return _WORD.sub(lambda word: british_spelling().get(word[0], word[0]), full)
