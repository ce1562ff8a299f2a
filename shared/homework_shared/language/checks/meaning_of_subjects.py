"""Compares the number of a translation's subject with that of the English, where both sentences open with it."""

import re

from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import PLURAL, SINGULAR
from homework_shared.language.reading.parsed import Sentence
from homework_shared.language.reading.phrases import phrase_at

_SUBJECT = re.compile(
    r"(?:the|my|your|our|his|her|their|this|that|these|those) (\w+) (?!(?:and|or|of|who|that|in|from|with|at|on)\b)"
)


def numbers_of_subjects_differ(english: str, sentence: Sentence) -> bool:
    """Whether "the girls" has become "la ragazza", or "the girl" has become "le ragazze"."""
    found = _SUBJECT.match(english)
    phrase = phrase_at(sentence, 0) if found and len(sentence.words) > 1 else None
    if found is None or phrase is None or not phrase.agreement:
        return False
    if sentence.words[phrase.end : phrase.end + 1] in (("e",), ("ed",), (",",)):
        return False
    if found[1] in word_set("meaning", "one"):
        return phrase.agreement <= PLURAL
    return found[1] in word_set("meaning", "many") and phrase.agreement <= SINGULAR
