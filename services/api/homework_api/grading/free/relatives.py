"""Relative pronouns: con cui, con il quale; a cui, al quale; in cui, dove."""

from collections.abc import Iterator, Sequence

from homework_api.grading.equivalents import Phrase
from homework_api.grading.free.sentence import Sentence, find
from homework_api.grading.italian import exact
from homework_shared.language.italian.nouns import ALL, FEMININE, MASCULINE, PLURAL, SINGULAR, agreement_of

_QUALE = frozenset({"quale", "quali"})
_AGREEING = (("ms", "il", "quale"), ("fs", "la", "quale"), ("mp", "i", "quali"), ("fp", "le", "quali"))
_BY_ARTICLE = {
    **dict.fromkeys(("il", "lo", "un", "uno"), MASCULINE & SINGULAR),
    **dict.fromkeys(("la", "una", "un'"), FEMININE & SINGULAR),
    **dict.fromkeys(("i", "gli"), MASCULINE & PLURAL),
    "le": FEMININE & PLURAL, "l'": SINGULAR,
}  # fmt: skip
_WITH_ARTICLE = {
    "a": "al allo alla all' ai agli alle", "di": "del dello della dell' dei degli delle",
    "da": "dal dallo dalla dall' dai dagli dalle", "in": "nel nello nella nell' nei negli nelle",
    "su": "sul sullo sulla sull' sui sugli sulle",
}  # fmt: skip
_SINGLE = {form: bare for bare, forms in _WITH_ARTICLE.items() for form in forms.split()}
_CONTRACTED = {
    (bare, article): form
    for bare, forms in _WITH_ARTICLE.items()
    for form, article in zip(forms.split(), ("il", "lo", "la", "l'", "i", "gli", "le"), strict=True)
}


def relative_pronouns(sentence: Sentence) -> Sentence:
    """con cui, con il quale; a cui, al quale; in cui, dove."""
    expected = exact(sentence.expected)
    for old, new in _relatives(exact(sentence.given)):
        if old != new and (place := find(expected, new)) is not None and find(expected, old) is None:
            sentence = sentence.adopt(old, sentence.expected[place : place + len(new)])
    return sentence


def spelled_out_relative(sentence: Sentence) -> Sentence:
    """i cibi troppo salati, i cibi che sono troppo salati."""
    if "che" in exact(sentence.expected):
        return sentence
    for verb in ("è", "sono", "era", "erano"):
        if verb not in exact(sentence.expected):
            sentence = sentence.adopt(("che", verb), ())
    return sentence


def _relatives(words: Sequence[str]) -> Iterator[tuple[Phrase, Phrase]]:
    """The relative pronouns in these words, each with the other ways to say it."""
    for place, word in enumerate(words):
        if word == "dove" and place:
            yield from (((word,), other) for other in (("in", "cui"), *_with_quale("in", words[:place])))
        if word == "cui" and place:
            preposition = words[place - 1]
            old = (preposition, word)
            yield from ((old, new) for new in _with_quale(preposition, words[: place - 1]))
            if preposition == "in":
                yield old, ("dove",)
        if word in _QUALE and place:
            yield from _instead_of_quale(words, place)


def _instead_of_quale(words: Sequence[str], place: int) -> Iterator[tuple[Phrase, Phrase]]:
    article = words[place - 1]
    bare = _SINGLE.get(article)
    start = place - 1 if bare else place - 2
    preposition = bare or (words[start] if start >= 0 else "")
    old = tuple(words[start : place + 1])
    if start > 0 and old in set(_with_quale(preposition, words[:start])):
        yield old, (preposition, "cui")
        if preposition == "in":
            yield old, ("dove",)


def _with_quale(preposition: str, before: Sequence[str]) -> Iterator[Phrase]:
    """ "al quale", "con i quali": the forms that agree with what stands before."""
    for agreement, article, quale in _AGREEING:
        if agreement in antecedent_agreement(before):
            contracted = _CONTRACTED.get((preposition, article))
            yield (contracted, quale) if contracted else (preposition, article, quale)


def antecedent_agreement(before: Sequence[str]) -> frozenset[str]:
    """Gender and number of the noun that these words end with, by its form and by its article."""
    if not before:
        return ALL
    by_article = next((_BY_ARTICLE[word] for word in reversed(before[-4:-1]) if word in _BY_ARTICLE), ALL)
    return (agreement_of(before[-1]) & by_article) or by_article
