"""What a student writes beside an answer: a label before it, a remark after it, or a second answer."""

import re
from collections.abc import Iterator

from homework_api.grading.italian import words
from homework_api.grading.tables import word_set
from homework_shared.language.italian.words import is_italian

_LABEL = re.compile(
    r"(?:(?:la )?(?:mia )?risposta(?: giusta| corretta)?|(?:the |my )?(?:correct |right )?answer)"
    r"(?: è|:| is:?) ?",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(r" ?/ ?| oppure | or ")
_REASON = re.compile(r",? (?:perché|perche|perchè|because|since) ", re.IGNORECASE)
_DASHES = (" = ", " - ", " – ", " — ", "; ")
MOST_ALTERNATIVES = 3


def alternatives(answer: str) -> list[str]:
    """The answers that a student left open, if there are several: "ho già mangiato / ho mangiato già"."""
    parts = [part.strip() for part in _ALTERNATIVES.split(answer)]
    return parts if 1 < len(parts) <= MOST_ALTERNATIVES and all(map(words, parts)) else []


def without_remarks(answer: str) -> Iterator[str]:
    """The answer without its label, and without a remark in English or about the grammar.

    A remark in other Italian words stays, because "parlo (parla)" is two answers.
    """
    unlabelled = answer
    if label := _LABEL.match(answer):
        unlabelled = answer[label.end() :]
        yield unlabelled
    head, bracket, inside = unlabelled.partition("(")
    if bracket and inside.rstrip(" .").endswith(")") and _is_remark(inside):
        yield head
    for dash in _DASHES:
        head, found, remark = unlabelled.partition(dash)
        if found and _is_remark(remark):
            yield head


def without_a_reason(answer: str) -> str | None:
    """What stands before "because". In a gap a reason is no part of the answer."""
    head, *reason = _REASON.split(answer, maxsplit=1)
    return head if reason and words(head) else None


def _is_remark(text: str) -> bool:
    said = [word.exact for word in words(text)]
    return any(word in word_set("grammar") or not is_italian(word) for word in said)
