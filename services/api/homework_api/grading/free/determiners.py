"""Articles follow their noun: a synonym of another gender comes with another one."""

from dataclasses import replace

from homework_api.grading.free.sentence import Sentence
from homework_api.grading.italian import Word, exact
from homework_shared.language.italian.nouns import FEMININE, MASCULINE, PLURAL, SINGULAR, agreement_of

_DEFINITE = ("il", "lo", "la", "l'", "i", "gli", "le")
_OF_DEFINITE = (
    MASCULINE & SINGULAR, MASCULINE & SINGULAR, FEMININE & SINGULAR, SINGULAR, MASCULINE & PLURAL,
    MASCULINE & PLURAL, FEMININE & PLURAL,
)  # fmt: skip
_CONTRACTED = {
    "a": "al allo alla all' ai agli alle", "di": "del dello della dell' dei degli delle",
    "da": "dal dallo dalla dall' dai dagli dalle", "in": "nel nello nella nell' nei negli nelle",
    "su": "sul sullo sulla sull' sui sugli sulle", "quello": "quel quello quella quell' quei quegli quelle",
}  # fmt: skip
KINDS = {
    form: (kind, agreement)
    for kind, forms in {"": _DEFINITE, **{kind: text.split() for kind, text in _CONTRACTED.items()}}.items()
    for form, agreement in zip(forms, _OF_DEFINITE, strict=True)
} | {
    "un": ("un", MASCULINE & SINGULAR), "uno": ("un", MASCULINE & SINGULAR),
    "una": ("un", FEMININE & SINGULAR), "un'": ("un", FEMININE & SINGULAR),
    "questo": ("questo", MASCULINE & SINGULAR),
    "questa": ("questo", FEMININE & SINGULAR), "questi": ("questo", MASCULINE & PLURAL),
    "queste": ("questo", FEMININE & PLURAL),
}  # fmt: skip
"""What each form is a form of, and what it agrees with."""


def same_before(given: Sentence, adopted: Sentence) -> Sentence:
    """`adopted` differs from `given` in one noun. Its article becomes the expected one too, if the given
    one was right for the given noun."""
    there = next(
        (
            place
            for place, (one, other) in enumerate(zip(exact(given.given), exact(adopted.given), strict=False))
            if one != other
        ),
        0,
    )
    if there == 0:
        return adopted
    written, noun = exact(given.given)[there - 1], exact(given.given)[there]
    wanted = _expected_before(adopted, adopted.given[there].exact)
    if wanted is None or not _is_the_same(written, wanted.exact, noun):
        return adopted
    return replace(adopted, given=(*adopted.given[: there - 1], wanted, *adopted.given[there:]))


def _expected_before(sentence: Sentence, noun: str) -> Word | None:
    words = exact(sentence.expected)
    place = words.index(noun) if noun in words else 0
    return sentence.expected[place - 1] if place else None


def _is_the_same(written: str, wanted: str, noun: str) -> bool:
    if written not in KINDS or wanted not in KINDS or written == wanted:
        return False
    kind, agreement = KINDS[written]
    return kind == KINDS[wanted][0] and bool(agreement & agreement_of(noun))
