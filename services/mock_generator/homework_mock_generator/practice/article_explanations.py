"""Explains in English why an article is the right one."""

from homework_mock_generator.content import Gender, Number, Preposition
from homework_mock_generator.determiners import PLURAL, SINGULAR, articulated, starts_with_vowel, takes_lo
from homework_shared.exercises.curriculum import ArticleKind

GENDERS = {"m": "masculine", "f": "feminine"}


def explain(noun: str, words: str, gender: Gender, number: Number) -> str:
    first = words.split()[0]
    what = "" if first == noun else f"the next word, “{first}”, "
    # Only le stands before every feminine plural, whatever its first letter.
    reason = "" if (gender, number) == ("f", "plural") else f" and {what}starts with {_start(first, gender)}"
    return f"“{noun.capitalize()}” is {GENDERS[gender]} {number}{reason}, so "


def conclusion(kind: ArticleKind, answer: str, preposition: Preposition | None) -> str:
    if kind == "articulated" and preposition:
        article = next(form for form in SINGULAR + PLURAL if articulated(preposition, form) == answer)
        return f"the definite article is “{article}”; {preposition} + {article} = “{answer}”."
    return f"the {kind} article is “{answer}”."


def _start(word: str, gender: Gender) -> str:
    if starts_with_vowel(word):
        return "a vowel"
    if gender == "f" or not takes_lo(word):
        return "a consonant"
    if word[0] == "s":
        return "s and another consonant"
    return f"“{word[:2] if word[:2] in ('gn', 'ps', 'pn') else word[0]}”"
