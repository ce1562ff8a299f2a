"""What a writer of Italian is free to choose.

Each freedom puts the expected words in the place of given ones that say the same, so that what is left of a
difference is one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from homework_api.grading.equivalents import Phrase, equivalents
from homework_api.grading.italian import Word, exact
from homework_api.grading.tables import word_set
from homework_shared.language.italian.nouns import ALL, FEMININE, MASCULINE, PLURAL, SINGULAR, agreement_of
from homework_shared.language.italian.verbs import Reading, forms_of, readings

_SIMPLE = frozenset({
    "present", "imperfect", "future", "remote", "conditional", "subjunctive_present", "subjunctive_imperfect",
})  # fmt: skip
_SECOND_SINGULAR, _THIRD_SINGULAR = 1, 2
_OF_TU = {
    "tu": {"lei"}, "ti": {"la", "le", "si"}, "te": {"lei", "sé"}, "t'": {"l'", "s'"},
    "tuo": {"suo"}, "tua": {"sua"}, "tuoi": {"suoi"}, "tue": {"sue"},
}  # fmt: skip
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
_BE_DOING = re.compile(r"\b(?:am|are|is|was|were|be|been)\b(?: \w+){0,2} \w+ing\b")
_YOU_ALONE = re.compile(r"\byou\b|\byour\b")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A translation: its English, what was expected and what was given, contractions written out."""

    english: str
    expected: tuple[Word, ...]
    given: tuple[Word, ...]

    def unmatched(self) -> tuple[list[Word], list[Word]]:
        """The words of the one that the other lacks, in any order: of the expected and of the given."""
        return _lacking(self.expected, self.given), _lacking(self.given, self.expected)

    def adopt(self, old: Sequence[str], new: Sequence[Word]) -> "Sentence":
        """The same with the first run of the words `old` in what was given replaced."""
        place = find(exact(self.given), old)
        if place is None:
            return self
        return replace(self, given=(*self.given[:place], *new, *self.given[place + len(old) :]))


Freedom = Callable[[Sentence], Sentence]


def find(words: Sequence[str], phrase: Sequence[str]) -> int | None:
    """Where the phrase begins among the words."""
    starts = range(len(words) - len(phrase) + 1)
    return next((start for start in starts if list(words[start : start + len(phrase)]) == list(phrase)), None)


def as_expected(sentence: Sentence) -> Sentence:
    """The sentence with every freedom that was taken in it undone."""
    for freedom in FREEDOMS:
        sentence = freedom(sentence)
    return sentence


def equal_phrases(sentence: Sentence) -> Sentence:
    """molti amici, tanti amici; la sera, di sera; un tempo, in passato."""
    for row in equivalents().phrases:
        if row.holds_for(sentence.english):
            sentence = _adopt_phrase(sentence, row.phrases)
    return sentence


def equal_verbs(sentence: Sentence) -> Sentence:
    """comincia, inizia: the same form of another verb."""
    table = equivalents()
    return _adopt_words(sentence, lambda one, other: table.same_verb(one, other, sentence.english))


def progressive(sentence: Sentence) -> Sentence:
    """ "Is talking" is parla or sta parlando; where stare was asked for, only that is right."""
    if not _BE_DOING.search(sentence.english):
        return sentence
    words = exact(sentence.given)
    for place in range(len(words) - 1):
        for form in _simple_forms(words[place], words[place + 1]):
            if found := [word for word in sentence.expected if word.exact == form]:
                return sentence.adopt(words[place : place + 2], found[:1])
    return sentence


def passive_with_venire(sentence: Sentence) -> Sentence:
    """è attraversata, viene attraversata: in the simple tenses either is the passive."""
    return _adopt_words(sentence, _are_essere_and_venire)


def relative_pronouns(sentence: Sentence) -> Sentence:
    """con cui, con il quale; a cui, al quale; in cui, dove."""
    expected = exact(sentence.expected)
    for old, new in _relatives(exact(sentence.given)):
        if old != new and (place := find(expected, new)) is not None and find(expected, old) is None:
            sentence = sentence.adopt(old, sentence.expected[place : place + len(new)])
    return sentence


def months_and_languages(sentence: Sentence) -> Sentence:
    """a maggio, in maggio; studiare l'italiano, studiare italiano."""
    for wanted in _expected_before(sentence, word_set("months")):
        sentence = _adopt_phrase(sentence, [("a", wanted[-1]), ("in", wanted[-1])])
    for wanted in _expected_before(sentence, word_set("languages")):
        if wanted[0] == "l'" and find(exact(sentence.given), wanted) is None:
            sentence = sentence.adopt(wanted[1:], _taken(sentence.expected, wanted))
        elif wanted[0] != "l'" and find(exact(sentence.expected), ("l'", wanted[1])) is None:
            sentence = sentence.adopt(("l'", wanted[1]), _taken(sentence.expected, wanted[1:]))
    return sentence


def future_after_if(sentence: Sentence) -> Sentence:
    """ "If she has time, she will …": se ha tempo or se avrà tempo."""
    if " will " not in sentence.english and "'ll " not in sentence.english:
        return sentence
    words = exact(sentence.given)
    openers = [place for place, word in enumerate(words) if word in ("se", "quando", "appena")]

    def either(one: str, other: str) -> bool:
        return _is_in(one, "present") and any(
            other in forms_of(reading.infinitive, "future", reading.person)
            for reading in readings(one)
            if reading.tense == "present"
        )

    if not openers:
        return sentence
    return _adopt_words(sentence, either)


def formal_you(sentence: Sentence) -> Sentence:
    """ "You" is tu or Lei, and then all of it is: the verb, the pronouns and the possessives."""
    if not _YOU_ALONE.search(sentence.english) or "(plural)" in sentence.english:
        return sentence
    if any(word in _OF_TU or _is_of_tu(word) for word in exact(sentence.given)):
        return sentence
    switched = _adopt_words(sentence, lambda one, other: other in _OF_TU.get(one, ()))
    switched = _adopt_words(switched, _are_tu_and_lei)
    if exact(switched.given) == exact(sentence.given):
        return sentence
    _, extra = switched.unmatched()
    return switched.adopt(("lei",), ()) if "lei" in exact(extra) else switched


def open_gender(sentence: Sentence) -> Sentence:
    """ "A friend" is un amico or un'amica; what agrees with it follows."""
    table = equivalents().open_gender
    for noun, english in table.items():
        if not english.search(sentence.english) or noun not in exact(sentence.expected):
            continue
        for other in _other_gender(noun) & table.keys() & set(exact(sentence.given)):
            sentence = _adopt_gender(sentence, noun, other)
    return sentence


def gender_of_the_speaker(sentence: Sentence) -> Sentence:
    """ "I went": what agrees with io, tu, noi or voi tells who speaks, and English does not."""
    if not re.search(r"\b(?:i|i'm|you|we|we're|you're)\b", sentence.english):
        return sentence
    places = range(1, len(sentence.given))
    words = exact(sentence.given)
    after_essere = {words[place] for place in places if _is_of_essere(words[place - 1], {0, 1, 3, 4})}

    def either(one: str, other: str) -> bool:
        return other in after_essere and other in _other_gender(one)

    return _adopt_words(sentence, either)


FREEDOMS: tuple[Freedom, ...] = (
    equal_phrases, equal_verbs, progressive, passive_with_venire, relative_pronouns, months_and_languages,
    future_after_if, formal_you, open_gender, gender_of_the_speaker,
)  # fmt: skip


def _lacking(one: Sequence[Word], other: Sequence[Word]) -> list[Word]:
    left = Counter(exact(other))
    lacking = []
    for word in one:
        if left[word.exact]:
            left[word.exact] -= 1
        else:
            lacking.append(word)
    return lacking


def _adopt_phrase(sentence: Sentence, phrases: Sequence[Phrase]) -> Sentence:
    """Where one of the phrases is expected and another one was given, put the expected one in its place."""
    wanted = _longest_of(phrases, sentence.expected)
    written = _longest_of(phrases, sentence.given)
    if wanted is None or written is None or wanted == written:
        return sentence
    return sentence.adopt(written, _taken(sentence.expected, wanted))


def _longest_of(phrases: Sequence[Phrase], words: Sequence[Word]) -> Phrase | None:
    there = [phrase for phrase in phrases if find(exact(words), phrase) is not None]
    return max(there, key=len, default=None)


def _adopt_words(sentence: Sentence, are_free: Callable[[str, str], bool]) -> Sentence:
    """Replace single words that were given by expected ones: `are_free(expected, given)`."""
    lacking, extra = sentence.unmatched()
    for given in extra:
        chosen = next((word for word in lacking if are_free(word.exact, given.exact)), None)
        if chosen is not None:
            lacking.remove(chosen)
            sentence = sentence.adopt((given.exact,), (chosen,))
    return sentence


def _taken(words: Sequence[Word], phrase: Sequence[str]) -> Sequence[Word]:
    place = find(exact(words), phrase)
    return () if place is None else words[place : place + len(phrase)]


def _expected_before(sentence: Sentence, nouns: frozenset[str]) -> Iterator[Phrase]:
    words = exact(sentence.expected)
    for place in range(1, len(words)):
        if words[place] in nouns:
            yield words[place - 1], words[place]


def _is_in(word: str, tense: str) -> bool:
    return any(reading.tense == tense for reading in readings(word))


def _simple_forms(auxiliary: str, gerund: str) -> Iterator[str]:
    """sta parlando → parla, and in the other tenses alike."""
    verbs = [reading.infinitive for reading in readings(gerund) if reading.tense == "gerund"]
    for reading in readings(auxiliary):
        if reading.infinitive == "stare" and reading.tense in _SIMPLE:
            for verb in verbs:
                yield from forms_of(verb, reading.tense, reading.person)


def _are_essere_and_venire(one: str, other: str) -> bool:
    return any(
        (a.infinitive, b.infinitive) in (("essere", "venire"), ("venire", "essere"))
        and (a.tense, a.person) == (b.tense, b.person)
        and a.tense in _SIMPLE
        for a in readings(one)
        for b in readings(other)
    )


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


def _is_of_tu(word: str) -> bool:
    """Whether this is a verb's second person singular and nothing else."""
    persons = {reading.person for reading in readings(word)}
    return persons == {_SECOND_SINGULAR}


def _are_tu_and_lei(one: str, other: str) -> bool:
    return any(
        other in forms_of(reading.infinitive, _formal(reading), _THIRD_SINGULAR)
        for reading in readings(one)
        if reading.person == _SECOND_SINGULAR
    )


def _formal(reading: Reading) -> str:
    return "subjunctive_present" if reading.tense == "imperative" else reading.tense


def _is_of_essere(word: str, persons: set[int]) -> bool:
    return any(reading.infinitive == "essere" and reading.person in persons for reading in readings(word))


_GENDERS = """
    un una, uno una, un un', uno un', il la, lo la, i le, gli le, il l', la l', del della, dello della,
    dei delle, degli delle, al alla, allo alla, ai alle, agli alle, dal dalla, dallo dalla, dai dalle,
    dagli dalle, nel nella, nello nella, sul sulla, sui sulle, miei mie, tuoi tue, suoi sue, bel bella, buon buona
"""
_BY_GENDER = [tuple(pair.split()) for pair in _GENDERS.split(",")]
_ARTICLES = {form for pair in _BY_GENDER for form in pair} - {"l'"}


def _other_gender(word: str) -> set[str]:
    """The word as it is for the other gender, by its ending or as an article."""
    found = {b for a, b in _BY_GENDER if a == word} | {a for a, b in _BY_GENDER if b == word}
    endings = {"o": "a", "a": "oe", "i": "e", "e": "ia"}
    return found | {word[:-1] + ending for ending in endings.get(word[-1:], "")}


def _adopt_gender(sentence: Sentence, noun: str, other: str) -> Sentence:
    """The noun in the expected gender, if all that agrees with it in what was given has the other one."""
    expected, given = exact(sentence.expected), exact(sentence.given)
    here, there = expected.index(noun), given.index(other)
    length = 1
    while length <= min(here, there) and given[there - length] in _other_gender(expected[here - length]):
        length += 1
    if length <= min(here, there) and given[there - length] == expected[here - length] in _ARTICLES:
        return sentence  # una amico
    mine = sentence.expected[here - length + 1 : here + 1]
    return replace(
        sentence, given=(*sentence.given[: there - length + 1], *mine, *sentence.given[there + 1 :])
    )
