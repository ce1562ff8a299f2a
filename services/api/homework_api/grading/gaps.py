"""A gap asks for one form, and there a wrong letter is wrong: most often it is the grammar that was asked.
Where Italian has two right forms, either is right."""

import re
from collections.abc import Iterator, Sequence

from homework_api.grading.differences import Difference
from homework_api.grading.free.relatives import relative_pronouns
from homework_api.grading.free.sentence import Sentence
from homework_api.grading.free.verb_forms import passive_with_venire
from homework_api.grading.italian import Word, bare, exact, is_free_elision, words
from homework_api.grading.tables import is_misspelt_number, is_number, second_forms, word_set
from homework_api.grading.verdicts import GradedAnswer, almost, correct, wrong
from homework_shared.exercises.exercise import BLANK
from homework_shared.language.italian.verbs import forms_of, readings

_HINT = re.compile(r"\([^()]*\)")
SUBJECT_PERSONS = {
    "io": 0, "tu": 1, "lui": 2, "lei": 2, "egli": 2, "ella": 2, "noi": 3, "voi": 4, "loro": 5, "essi": 5,
    "esse": 5,
}  # fmt: skip
_VOWELS = "aeiouàèéìòùh"
# e → ed, a → ad: before any vowel, though best before their own.
_EUPHONIC = frozenset({("a", "ad"), ("e", "ed"), ("o", "od")})
_SOFT_PLURAL = re.compile(r"([cg])ie\b")


def judge_gap(question: str, expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer:
    before, after = _around(question)
    for attempt in attempts(question, given):
        attempt = without_its_subject(before, expected, attempt)
        if _is_another_right_form(before, after, expected, attempt):
            return correct()
        judged = judge_spelling(expected, attempt)
        if judged is not None:
            return judged
    *_, filled_in = attempts(question, given)
    return _slip(expected, filled_in) or wrong(str(Difference(tuple(expected), tuple(filled_in or given))))


def without_hint(question: str, answer: str) -> list[Word]:
    """A sentence that was copied to be filled in brings its hint along."""
    left = answer
    # Other parentheses stay: "parlo (parla)" is two answers.
    for hint in _HINT.findall(question):
        left = left.replace(hint, " ")
    return words(left) or words(answer)


def attempts(question: str, given: Sequence[Word]) -> Iterator[Sequence[Word]]:
    """The answer as it stands, and without the words around the gap: some write the whole sentence."""
    yield given
    before, after = (exact(part) for part in _around(question))
    start = _overlap(before, exact(given))
    end = len(given) - _overlap(exact(given)[start:], after)
    yield given[start:end]


def without_its_subject(
    before: Sequence[Word], expected: Sequence[Word], given: Sequence[Word]
) -> Sequence[Word]:
    """ "Loro insegnano" for "insegnano": a pronoun of the verb's person, and no other than the sentence's."""
    pronoun = given[0].exact if len(given) > 1 else ""
    if pronoun not in SUBJECT_PERSONS or given[0].exact == expected[0].exact:
        return given
    named = {word.exact for word in before} & SUBJECT_PERSONS.keys()
    persons = {each.person for word in expected for each in readings(word.exact)}
    is_the_subject = SUBJECT_PERSONS[pronoun] in persons and named <= {pronoun}
    return given[1:] if is_the_subject else given


def judge_spelling(expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer | None:
    """The same words, perhaps with wrong accents; None for others."""
    if exact(expected) == exact(given):
        return correct()
    difference = Difference(tuple(expected), tuple(given))
    return almost(str(difference)) if difference.is_spelling else None


def _around(question: str) -> tuple[list[Word], list[Word]]:
    before, after = (words(_HINT.sub(" ", part)) for part in question.split(BLANK))
    return before, after


def _overlap(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words end `one` and begin `other`."""
    longest = min(len(one), len(other))
    return next((n for n in range(longest, 0, -1) if one[-n:] == other[:n]), 0)


def _is_another_right_form(
    before: Sequence[Word], after: Sequence[Word], expected: Sequence[Word], given: Sequence[Word]
) -> bool:
    if len(expected) == len(given) == 1:
        one, other = expected[0].exact, given[0].exact
        if (
            _is_euphonic(one, other, after)
            or _is_elided(one, other, after)
            or _is_object_in_full(one, other, after)
            or _is_double_form(one, other)
        ):
            return True
    if _with_its_pronoun(exact(expected)) == _with_its_pronoun(exact(given)):
        return True
    # What comes before the gap decides the preposition of a relative, and what it agrees with.
    whole = Sentence("", (*before, *expected), (*before, *given))
    return any(
        exact(freed(whole).given) == exact(whole.expected)
        for freed in (passive_with_venire, relative_pronouns)
    )


def _is_euphonic(one: str, other: str, after: Sequence[Word]) -> bool:
    return {(one, other), (other, one)} & _EUPHONIC != set() and bool(after) and after[0].bare[:1] in _VOWELS


def _is_elided(one: str, other: str, after: Sequence[Word]) -> bool:
    """trenta anni, trent'anni; di un, d'un."""
    return (
        other == f"{one[:-1]}'"
        and (one == "di" or one.endswith(("nta", "venti")))
        and bool(after)
        and after[0].bare[:1] in _VOWELS
    )


def _is_object_in_full(one: str, other: str, after: Sequence[Word]) -> bool:
    """la ho vista, l'ho vista: the pronoun that agrees with the participle."""
    following, participle = (*exact(after[:2]), "", "")[:2]
    return (
        one == "l'"
        and participle.endswith({"lo": "o", "la": "a"}.get(other, " "))
        and is_free_elision(one, other, following)
    )


def _is_double_form(one: str, other: str) -> bool:
    """devono, debbono; credetti, credei: two forms of one verb, tense and person."""
    return {one, other} in second_forms() or any(
        other in forms_of(reading.infinitive, reading.tense, reading.person)
        for reading in readings(one)
        if reading.person >= 0
    )


def _with_its_pronoun(forms: Sequence[str]) -> list[str]:
    """sta lavandosi → si sta lavando."""
    *first, last = forms or [""]
    for pronoun in word_set("gerund_pronouns"):
        gerund = last.removesuffix(pronoun)
        if (
            gerund != last
            and gerund.endswith("ndo")
            and first
            and any(r.infinitive == "stare" for r in readings(first[-1]))
        ):
            return [*first[:-1], pronoun, first[-1], gerund]
    return list(forms)


def _slip(expected: Sequence[Word], given: Sequence[Word]) -> GradedAnswer | None:
    """Words that belong together written apart or the other way round, and plurals in -cie and -gie."""
    one, other = bare(expected), bare(given)
    if "".join(one) == "".join(other) and len(one) != len(other):
        apart = "one word" if len(one) == 1 else f"{len(one)} words"
        return almost(f"“{' '.join(word.shown for word in expected)}” is written as {apart}.")
    if [_SOFT_PLURAL.sub(r"\1e", word) for word in one] == [_SOFT_PLURAL.sub(r"\1e", word) for word in other]:
        return almost(str(Difference(tuple(expected), tuple(given))))
    if _is_number(expected) and len(given) > 1 and _in_one_word(given) == expected[0].bare:
        return almost(f"“{expected[0].shown}” is written as one word.")
    if _is_number(expected) and len(given) == 1 and is_misspelt_number(expected[0].exact, given[0].exact):
        return almost(str(Difference(tuple(expected), tuple(given))))
    return None


def _in_one_word(parts: Sequence[Word]) -> str:
    """venti uno → ventuno."""
    joined = ""
    for part in bare(parts):
        joined = (joined[:-1] if part in ("uno", "otto") else joined) + part
    return joined


def _is_number(words: Sequence[Word]) -> bool:
    return len(words) == 1 and is_number(words[0].exact)
