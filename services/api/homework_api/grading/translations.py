"""A translation may be worded freely: what is free is undone first, and what is left is weighed."""

import re
from collections.abc import Sequence

from homework_api.grading.differences import differences, similarity
from homework_api.grading.free.all import as_expected
from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import Word, bare, exact, in_full, without_free_subjects, words
from homework_api.grading.order import is_swapped, moved_back
from homework_api.grading.tables import word_set
from homework_api.grading.verdicts import GradedAnswer, almost, correct, wrong
from homework_api.grading.weights import other_meaning

ALMOST_PERCENT = 80
# In a short word one letter makes another word: nonno, nonna.
ALMOST_PERCENT_OF_ONE_WORD = 90
_LABEL = re.compile(r"translate ?:", re.IGNORECASE)
# A longer one is no translation of a sentence. It is compared word by word, which takes little time.
LONGEST_SENTENCE = 40


def judge_translation(question: str, answer: str, given_text: str) -> GradedAnswer:
    """`question` is English; `answer` is one right translation of it."""
    english = _LABEL.sub("", question).casefold()
    expected, given = words(answer), words(_LABEL.sub("", given_text, count=1))
    if exact(expected) == exact(given):
        return correct()
    sentence = Sentence(english, tuple(in_full(expected)), tuple(in_full(given)))
    if max(len(sentence.expected), len(sentence.given)) > LONGEST_SENTENCE:
        return _weigh(answer, sentence.expected, sentence.given, english)
    undone = as_expected(sentence)
    compared, meant = without_free_subjects(undone.expected, undone.given, english)
    return _weigh(answer, compared, moved_back(compared, meant), english)


def _weigh(answer: str, expected: Sequence[Word], given: Sequence[Word], english: str) -> GradedAnswer:
    found = differences(expected, given)
    marked = " ".join(dict.fromkeys(map(str, found)))
    if not found:
        return correct()
    if all(difference.is_spelling for difference in found):
        return almost(marked)
    if sorted(bare(expected)) == sorted(bare(given)):
        return _in_another_order(answer, expected, given)
    if reason := other_meaning(expected, given, found, english):
        return wrong(f"{reason} {marked}")
    needed = ALMOST_PERCENT if len(expected) > 1 else ALMOST_PERCENT_OF_ONE_WORD
    return almost(marked) if similarity(expected, given) >= needed else wrong(marked)


def _in_another_order(answer: str, expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer:
    if not word_set("comparing").isdisjoint(exact(expected)):
        return wrong(f"The comparison is turned around: “{answer}”")
    if is_swapped(exact(expected), exact(given)):
        return wrong(f"Two parts have changed places: “{answer}”")
    return almost(f"The right words in another order than “{answer}”.")
