"""Which article stands before a word, and how it joins a preposition."""

from homework_mock_generator.content import Gender, Number, Preposition
from homework_shared.exercises.curriculum import ArticleKind

VOWELS = "aeiouàèéìòóù"
JOINED = {"a": "a", "da": "da", "di": "de", "in": "ne", "su": "su"}
SINGULAR = ("il", "lo", "la", "l'")
PLURAL = ("i", "gli", "le")


def starts_with_vowel(word: str) -> bool:
    return word[0].lower() in VOWELS and not glides(word)


def glides(word: str) -> bool:
    """Whether an initial i or y is a semivowel (lo iodio, lo yogurt)."""
    first, second = word[0].lower(), word[1:2].lower()
    return first == "y" or (first in "ij" and second != "" and second in VOWELS)


def takes_lo(word: str) -> bool:
    """Whether a masculine word takes lo and uno: s + consonant, z, x, gn, ps, pn, or a gliding i or y."""
    lower = word.lower()
    if lower[0] == "s" and len(lower) > 1 and lower[1] not in VOWELS:
        return True
    return lower.startswith(("z", "x", "gn", "ps", "pn")) or glides(lower)


def definite(word: str, gender: Gender, number: Number) -> str:
    """The definite article before `word`, the next word, which may also be an adjective."""
    if number == "plural":
        if gender == "f":
            return "le"
        return "gli" if takes_lo(word) or starts_with_vowel(word) else "i"
    if starts_with_vowel(word):
        return "l'"
    if gender == "f":
        return "la"
    return "lo" if takes_lo(word) else "il"


def indefinite(word: str, gender: Gender) -> str:
    if gender == "f":
        return "un'" if starts_with_vowel(word) else "una"
    return "uno" if takes_lo(word) else "un"


def articulated(preposition: Preposition, article: str) -> str:
    """in + lo = nello, a + l' = all', su + i = sui: the l doubles except before il and i."""
    start = JOINED[preposition]
    if article == "il":
        return start + "l"
    return start + (article if article in ("i", "gli") else "l" + article)


def determiner(
    kind: ArticleKind, word: str, gender: Gender, number: Number, preposition: Preposition | None
) -> str:
    if kind == "indefinite":
        return indefinite(word, gender)
    article = definite(word, gender, number)
    if kind == "partitive":
        return articulated("di", article)
    if kind == "articulated" and preposition:
        return articulated(preposition, article)
    return article


def alternatives(
    kind: ArticleKind, number: Number, preposition: Preposition | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All forms of one kind of article: those of this number, of which one is right before a given word, and
    the others.
    """
    if kind == "indefinite":
        return ("un", "uno", "una", "un'"), ()
    alike, unlike = (SINGULAR, PLURAL) if number == "singular" else (PLURAL, SINGULAR)
    joining: Preposition | None = "di" if kind == "partitive" else preposition
    if kind == "definite" or joining is None:
        return alike, unlike
    return tuple(articulated(joining, form) for form in alike), tuple(
        articulated(joining, form) for form in unlike
    )


def attach(word: str, rest: str) -> str:
    """Put a word before the rest of the sentence: no space after an apostrophe."""
    return word + rest if word.endswith("'") else f"{word} {rest}"


def after_preposition(preposition: Preposition, phrase: str) -> str:
    """A noun phrase or a name after a preposition: "dalla signora", "di Marco"."""
    for article in ("il ", "lo ", "la ", "l'", "i ", "gli ", "le "):
        if phrase.startswith(article):
            joined = articulated(preposition, article.strip())
            return attach(joined, phrase.removeprefix(article))
    return f"{preposition} {phrase}"
