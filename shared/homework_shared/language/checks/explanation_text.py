"""An explanation as its checks read it: in lower case, every quotation in «», and with the readings of its
words.
"""

from functools import cached_property
from itertools import pairwise

from homework_shared.language.data import word_set
from homework_shared.language.italian.nouns import ALL, PLURAL, Agreement, agreement_of
from homework_shared.language.italian.verbs import readings, readings_under_pronouns
from homework_shared.language.italian.words import is_function_word, lemma
from homework_shared.language.reading.parsed import Parsed
from homework_shared.language.reading.phrases import adjectives, determiners
from homework_shared.language.reading.subject import names
from homework_shared.language.reading.tenses import tenses_named
from homework_shared.language.reading.text import quoted, small, tokens
from homework_shared.language.reading.verb_groups import Group, groups_of

QUOTE = r"«([^»]{1,40})»"
_MARKS = "'‘’“”\"«»"
_OF = frozenset({"di", "del", "della", "dei", "delle", "dell'", "da"})
_LONGEST_PHRASE = 3
_LONGEST_PAIR = 5


class Told:
    """The explanation of an exercise. `marked` is its text with every quotation in «»: "'Andare' takes
    “essere”" becomes "«andare» takes «essere»". `has_marks` tells whether it has any quotation. `tenses` are
    the tenses that it names. `answers` are the readings of a gap's answer as a verb, and are empty for a
    translation.
    """

    def __init__(self, parsed: Parsed) -> None:
        text = parsed.exercise.explanation
        parts = quoted(parsed.quotations)
        self.parsed = parsed
        self.quotes = tuple([small(part).strip(" .,;:!?") for part in parts])
        self.quoted_tokens = tokens("\n".join(self.quotes)) if parts else []
        self.marked = _mark(text, parts) if parts else parsed.explanation
        self.has_marks = "«" in self.marked
        read = tokens(self.marked) if parts else parsed.explanation_tokens
        self.words = [token for token in read if token[0].isalpha()]
        self.word_set = frozenset(self.words)
        self.tenses = tenses_named(self.marked)
        self.answers: tuple[Group, ...] = groups_of(parsed.sentence.answer) if parsed.has_gap else ()

    @cached_property
    def persons(self) -> frozenset[int]:
        """The persons that the answer, or any word of a translation, may have."""
        if self.parsed.has_gap:
            return frozenset(group.person for group in self.answers if group.person >= 0)
        found = (
            reading.person
            for word in self.parsed.sentence.words
            for reading in (*readings(word), *readings_under_pronouns(word))
        )
        return frozenset(person for person in found if person >= 0)

    @cached_property
    def has_unknown_verb(self) -> bool:
        """Whether a word of the sentence is a verb that the table of forms lacks."""
        return any(
            lemma(word).endswith(("are", "ere", "ire"))
            and not readings(word)
            and not readings_under_pronouns(word)
            for word in self.parsed.sentence.words
        )

    @cached_property
    def groups(self) -> frozenset[Group]:
        """Every reading of one to three neighbouring words of the answer's sentence as a verb."""
        words = self.parsed.sentence.words
        return frozenset(
            group
            for length in (1, 2, 3)
            for start in range(len(words) - length + 1)
            for group in groups_of(words[start : start + length])
        )


def _mark(text: str, quotations: list[str]) -> str:
    left, at = [], 0
    for part in quotations:
        start = text.find(part, at)
        while start > 0 and text[start - 1] not in _MARKS:
            start = text.find(part, start + 1)
        if start < 1:
            break
        left.append(f"{text[at : start - 1]}«{part.strip(' .,;:!?')}»")
        at = start + len(part) + 1
    return small("".join(left) + text[at:])


def agreement_of_phrase(phrase: str) -> Agreement:
    """The agreements of a word, or of a noun with its determiner and adjectives: "i nuovi vicini" is
    masculine plural.
    """
    parts = tokens(phrase)
    if len(parts) <= _LONGEST_PAIR and ("e" in parts or "ed" in parts):
        return PLURAL
    if not 1 <= len(parts) <= _LONGEST_PHRASE:
        return ALL
    noun = next((part for part, after in pairwise(parts) if after in _OF), parts[-1])
    found = names().get(noun.capitalize()) or adjectives().get(noun) or determiners().get(noun)
    if found is None:
        # "qualcosa" and "nessuno" are not nouns, so their endings do not show a gender.
        found = ALL if is_function_word(noun) else agreement_of(noun)
    if len(parts) > 1:
        found &= determiners().get(parts[0], ALL)
    return found or ALL


def is_pronoun(word: str) -> bool:
    return word in word_set("explanation", "clitics")
