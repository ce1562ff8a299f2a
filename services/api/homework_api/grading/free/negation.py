"""Nobody and nothing, before the verb or after it."""

import re
from dataclasses import replace

from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import exact, words

# Elsewhere it is the object: "he saw nobody" is not "nessuno ha visto".
_IS_SUBJECT = re.compile(r"(?:^|[,;:] ?|\bthat |\bbut |\band )(?:nobody|no one|nothing|none)\b")
_NOBODY = ("nessuno", "nessuna", "niente", "nulla")


def nobody_before_or_after(sentence: Sentence) -> Sentence:
    """nessuno è venuto, non è venuto nessuno."""
    expected, given = exact(sentence.expected), exact(sentence.given)
    nobody = next((word for word in _NOBODY if word in expected and word in given), None)
    if nobody is None or not _IS_SUBJECT.search(sentence.english.strip()):
        return sentence
    comes_first, came_first = ("non" not in each for each in (expected, given))
    here, there = expected.index(nobody), given.index(nobody)
    if comes_first and not came_first and given.index("non") + 1 < there:
        rest = [*sentence.given[:there], *sentence.given[there + 1 :]]
        rest[given.index("non")] = sentence.expected[here]
        return replace(sentence, given=tuple(rest))
    if came_first and not comes_first and here and expected[here - 1] in given[there:]:
        after = given.index(expected[here - 1], there) + 1
        moved = (*sentence.given[there + 1 : after], sentence.given[there], *sentence.given[after:])
        return replace(sentence, given=(*sentence.given[:there], *words("non"), *moved))
    return sentence
