"""Grades translations, which may be worded freely: free choices are reverted first, and the remaining
differences are weighed.
"""

import re
from collections.abc import Sequence

from homework_api.grading.differences import differences, similarity
from homework_api.grading.english import in_full_english
from homework_api.grading.free.all import as_expected
from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import Word, bare, exact, in_full, without_free_subjects, words
from homework_api.grading.order import moved_back
from homework_api.grading.roles import cases_are_swapped, comparison_is_turned, roles_are_swapped
from homework_api.grading.verdicts import AnswerVerdict, GradedAnswer, almost, correct, opposite, wrong
from homework_api.grading.weights import other_meaning, other_voice

ALMOST_PERCENT = 80
# In a short word one letter makes another word: nonno, nonna.
ALMOST_PERCENT_OF_ONE_WORD = 90
_LABEL = re.compile(r"translate ?:", re.IGNORECASE)
# A longer one is no translation of a sentence. It is compared word by word, which takes little time.
LONGEST_SENTENCE = 40


def judge_translation(question: str, answer: str, given_text: str) -> GradedAnswer:
    """Judge the translation. `question` is English; `answer` is one right translation of it."""
    english = in_full_english(_LABEL.sub("", question))
    expected, given = words(answer), words(without_label(given_text))
    if exact(expected) == exact(given):
        return correct()
    sentence = Sentence(english, tuple(in_full(expected)), tuple(in_full(given)))
    if max(len(sentence.expected), len(sentence.given)) > LONGEST_SENTENCE:
        return _by_likeness(sentence.expected, sentence.given)
    undone = as_expected(sentence)
    compared, meant = without_free_subjects(undone.expected, undone.given, english)
    moved = moved_back(compared, meant, _clauses(answer))
    likeness = _by_likeness(compared, moved)
    if likeness.verdict is AnswerVerdict.CORRECT or bare(compared) == bare(moved):
        return likeness
    if reason := _something_else(compared, meant, moved):
        return opposite(f"{reason} {likeness.feedback}")
    if sorted(bare(compared)) == sorted(bare(moved)):
        return almost(f"The right words in another order than “{answer}”.")
    return likeness


def without_label(answer: str) -> str:
    """A line that was copied to be translated brings its label along."""
    return _LABEL.sub("", answer, count=1)


def _clauses(answer: str) -> list[list[str]]:
    """What commas set apart, if they do."""
    parts = answer.split(",")
    return [exact(in_full(words(part))) for part in parts] if len(parts) > 1 else []


def _something_else(expected: Sequence[Word], meant: Sequence[Word], moved: Sequence[Word]) -> str | None:
    """Why a translation says something else; None where it says the same badly. `moved` are the words that
    are meant, with what may stand elsewhere put where it is expected."""
    if comparison_is_turned(expected, moved):
        return "The comparison is turned around."
    if cases_are_swapped(expected, meant) or roles_are_swapped(expected, moved):
        return "Two parts have changed places."
    return other_meaning(expected, moved, differences(expected, moved)) or other_voice(expected, meant)


def _by_likeness(expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer:
    found = differences(expected, given)
    if not found:
        return correct()
    marked = " ".join(dict.fromkeys(map(str, found)))
    if all(difference.is_spelling for difference in found):
        return almost(marked)
    needed = ALMOST_PERCENT if len(expected) > 1 else ALMOST_PERCENT_OF_ONE_WORD
    return almost(marked) if similarity(expected, given) >= needed else wrong(marked)
