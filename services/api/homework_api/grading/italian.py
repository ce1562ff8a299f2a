"""Compares Italian words: which differences are typography, which are spelling, and which are
a free choice.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from homework_shared.language.italian.nouns import FEMININE, MASCULINE, agreement_of

# Accents typed apart stand for an apostrophe too; NFKC would make combining marks of them.
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘‛ʼʹ′´`＇\N{HEBREW PUNCTUATION GERESH}", "'"))
# Many keyboards have no È or è: who needs one types E or e and an apostrophe. No other word is written so.
_TYPED_IS = re.compile(r"(?<!\w)[Ee]'(?!\w)")
_QUOTED = re.compile(r"(?<!\w)'((?:[^']|(?<=\w)'(?=\w))+)'(?!\w)")
_WORD = re.compile(r"[^\W_]+(?:[-‐][^\W_]+)*'?")
# The one pair that an apostrophe alone tells apart: un amico, un'amica.
_APOSTROPHE_IS_GRAMMAR = "un'"

_MEANINGS = {
    "e": "and", "è": "is",
    "da": "from", "dà": "gives",
    "di": "of", "dì": "day",
    "la": "the", "là": "there",
    "li": "them", "lì": "there",
    "meta": "goal", "metà": "half",
    "ne": "of it", "né": "nor",
    "papa": "pope", "papà": "dad",
    "pero": "pear tree", "però": "but",
    "se": "if", "sé": "oneself",
    "si": "oneself", "sì": "yes",
    "te": "you", "tè": "tea",
}  # fmt: skip

_FULL_FORMS = {
    "ad": ("a",), "ed": ("e",), "od": ("o",),
    "anch'": ("anche",), "neanch'": ("neanche",), "quand'": ("quando",),
    "com'": ("come",), "cos'": ("cosa",), "dov'": ("dove",),
    "d'": ("di",), "m'": ("mi",), "s'": ("si",), "t'": ("ti",), "v'": ("vi",),
    "coi": ("con", "i"), "col": ("con", "il"),
    "po'": ("poco",),
    "stamattina": ("questa", "mattina"), "stanotte": ("questa", "notte"), "stasera": ("questa", "sera"),
}  # fmt: skip
# The same word twice: which one is only a matter of sound.
_SAME = {"fra": "tra"}
_THIS = {"questo": MASCULINE, "questa": FEMININE}
_ELIDED_OBJECT = {frozenset(pair) for pair in (("l'", "lo"), ("l'", "la"))}
_AVERE = re.compile(r"ho|hai|ha|hanno|(abbia|ave|avr)\w*")

# In the middle of a clause these may be objects or possessives: con lei, la loro casa.
_BEFORE_A_SUBJECT = frozenset({
    "e", "ma", "o", "però", "che", "perché", "se", "quando", "mentre", "dove", "quindi", "poi", "allora",
    "sì", "no", "ieri", "oggi", "domani", "ora", "adesso", "sera", "mattina", "notte",
})  # fmt: skip
# What makes an object of a pronoun (con noi) or leans on it (anche io, noi e Marco).
_KEEPS_PRONOUN = frozenset({
    "a", "di", "da", "in", "con", "su", "per", "tra", "contro", "senza", "verso",
    "anche", "neanche", "nemmeno", "neppure", "solo", "proprio", "come", "quanto",
})  # fmt: skip
_AND = frozenset({"e", "o"})
# How a subject's verb can end. A pronoun before another one's verb is a mistake, and no free choice.
_THIRD, _THIRD_PLURAL = re.compile(r".+(?<!o)"), re.compile(r".+[nr]o")
_SUBJECTS = {
    "io": re.compile(r"(ri)?chiamo|s?premo|tremo|.+(?<!iamo|vamo)(?<!remo)(?<!mmo)(?<!simo)(?<![eéèà])"),
    "tu": re.compile(r".+(?<![oòeé])"),
    "lui": _THIRD, "lei": _THIRD, "egli": _THIRD, "ella": _THIRD,
    "noi": re.compile(r".+mo"),
    "voi": re.compile(r".+te"),
    "loro": _THIRD_PLURAL, "essi": _THIRD_PLURAL, "esse": _THIRD_PLURAL,
}  # fmt: skip
# What a subject is in English; where the English is not known, nothing speaks against one.
_IN_ENGLISH = {
    pronoun: re.compile(rf"\b(?:{english})\b|^\W*$")
    for pronoun, english in (
        ("io", "i|i'm|i'd|i've"), ("tu", "you|you're"), ("lui", "he|he's"), ("lei", "she|she's|you|you're"),
        ("egli", "he|he's"), ("ella", "she|she's"), ("noi", "we|we're"), ("voi", "you|you're"),
        ("loro", "they|they're|you"), ("essi", "they|they're"), ("esse", "they|they're"),
    )
}  # fmt: skip
# Wherever they stand before their verb, these are subjects.
_NEVER_OBJECTS_THERE = frozenset({"io", "tu", "noi", "voi"})
_BEFORE_THE_VERB = frozenset({
    "non", "mi", "ti", "si", "ci", "vi", "lo", "la", "li", "le", "gli", "ne", "me", "te", "se", "ce", "ve",
    "glielo", "gliela", "glieli", "gliele", "gliene", "l'", "c'", "n'", "sempre", "spesso", "già", "anche",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word. `exact` ignores typography; `bare` also ignores accents and apostrophes."""

    shown: str
    exact: str
    bare: str


def words(text: str) -> list[Word]:
    """The words of a text; signs are words where there are no others."""
    tidy = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES))
    # Invisible characters come with what was copied from a page.
    visible = "".join(char for char in tidy if unicodedata.category(char) != "Cf")
    found = _WORD.findall(_TYPED_IS.sub(_is, _QUOTED.sub(r" \1 ", visible)))
    return [_word(shown) for shown in found or visible.split()]


def _is(typed: re.Match[str]) -> str:
    return "È" if typed[0] == "E'" else "è"


def exact(text: Sequence[Word]) -> list[str]:
    return [word.exact for word in text]


def bare(text: Sequence[Word]) -> list[str]:
    return [word.bare for word in text]


def shown(text: Sequence[Word]) -> str:
    return " ".join(word.shown for word in text).replace("' ", "'")


def letters(text: Sequence[Word]) -> str:
    """What was written, without accents and apostrophes."""
    return "".join(bare(words(shown(text))))


def spelling_hint(expected: Word, given: Word) -> str:
    """For two words that only accents or apostrophes tell apart."""
    meant, wrote = _MEANINGS.get(expected.exact), _MEANINGS.get(given.exact)
    if meant and wrote:
        return f"“{given.exact}” means “{wrote}”, “{expected.exact}” means “{meant}”: two different words."
    return f"Mind the {_what_differs(expected, given)}: “{expected.shown}”, not “{given.shown}”."


def _what_differs(expected: Word, given: Word) -> str:
    one, other = (word.shown.casefold().replace("'", "") for word in (expected, given))
    return "apostrophe" if one == other or "'" in expected.shown else "accent"


def in_full(text: Sequence[Word]) -> list[Word]:
    """With the contractions written out that a writer is free to use: dov'è, ed io, col cane."""
    return [full for word in text for full in _in_full(word)]


def is_free_elision(one: str, other: str, following: str) -> bool:
    """Whether both forms may stand before `following`: questo anno, quest'anno; lo ho, l'ho."""
    pair = frozenset((one, other))
    if "quest'" in pair and (full := pair & _THIS.keys()):
        return bool(agreement_of(following) & _THIS[min(full)])
    return pair in _ELIDED_OBJECT and _AVERE.fullmatch(following) is not None


def without_free_subjects(
    one: Sequence[Word], other: Sequence[Word], english: str
) -> tuple[list[Word], list[Word]]:
    """Both texts less their subject pronouns, where one spells out what the other leaves: (io) mangio.

    Where the two name different subjects all stay, and where the English sentence names another one: lui is
    not lei.
    """
    here, there = _subjects(one), _subjects(other)
    if here == there or not (_is_within(here, there) or _is_within(there, here)):
        return list(one), list(other)
    if not all(_IN_ENGLISH[pronoun].search(english) for pronoun in {*here, *there}):
        return list(one), list(other)
    return _without_subjects(one), _without_subjects(other)


def _word(shown: str) -> Word:
    exact = unicodedata.normalize("NFC", shown.casefold()).replace("-", "").replace("‐", "")
    exact = _SAME.get(exact, exact)
    letters = unicodedata.normalize("NFD", exact)
    bare = "".join(char for char in letters if not unicodedata.combining(char))
    return Word(shown, exact, bare if bare == _APOSTROPHE_IS_GRAMMAR else bare.replace("'", ""))


def _in_full(word: Word) -> list[Word]:
    forms = [_word(form) for form in _FULL_FORMS.get(word.exact, ())]
    return [replace(form, shown=word.shown) for form in forms] if len(forms) == 1 else forms or [word]


def _subjects(text: Sequence[Word]) -> list[str]:
    return [word.exact for place, word in enumerate(text) if _is_subject(text, place)]


def _without_subjects(text: Sequence[Word]) -> list[Word]:
    return [word for place, word in enumerate(text) if not _is_subject(text, place)]


def _is_subject(text: Sequence[Word], place: int) -> bool:
    pronoun, before = text[place].exact, text[max(place - 1, 0)].exact
    if pronoun not in _SUBJECTS or place + 1 == len(text) or text[place + 1].exact in _AND:
        return False
    following = (word.exact for word in islice(text, place + 1, None))
    verb = next((word for word in following if word not in _BEFORE_THE_VERB), "")
    if not _SUBJECTS[pronoun].fullmatch(verb):
        return False
    begins = place == 0 or before in _BEFORE_A_SUBJECT
    return begins or (pronoun in _NEVER_OBJECTS_THERE and before not in _KEEPS_PRONOUN)


def _is_within(few: Sequence[str], many: Sequence[str]) -> bool:
    left = iter(many)
    return all(word in left for word in few)
