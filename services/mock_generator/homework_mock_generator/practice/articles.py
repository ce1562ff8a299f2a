"""Sentences that practise articles and articulated prepositions."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import get_args

from homework_mock_generator import determiners
from homework_mock_generator.content import ArticleFrame, Attribute, Content, Gender, Noun, Number
from homework_mock_generator.levels import around, pick, up_to
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import article_explanations
from homework_mock_generator.sentences import Sentence, in_turn
from homework_shared.exercises.curriculum import ArticleKind

SLOT, NOUN = "{np}", "{noun}"
NUMBER_OF: dict[ArticleKind, Number] = {"indefinite": "singular", "partitive": "plural"}
ENOUGH_NOUNS, ENOUGH_FRAMES = 60, 12
BY_SOUND = ("uni", "use", "euro", "one", "hour", "honest", "heir")
"""English words that do not begin with the sound of their first letter."""


@dataclass(frozen=True)
class Phrase:
    """A noun with its determiner in one frame, with or without an adjective before it."""

    frame: ArticleFrame
    noun: Noun
    number: Number
    kind: ArticleKind
    attribute: Attribute | None = None

    @property
    def gender(self) -> Gender:
        return self.noun.plural_gender or self.noun.gender if self.number == "plural" else self.noun.gender

    @property
    def noun_form(self) -> str:
        return self.noun.plural or self.noun.it if self.number == "plural" else self.noun.it

    @property
    def words(self) -> str:
        """The words that follow the determiner."""
        if self.attribute is None:
            return self.noun_form
        return f"{pick(self.attribute.forms, self.gender, self.number)} {self.noun_form}"

    @property
    def answer(self) -> str:
        return determiners.determiner(self.kind, self.words, self.gender, self.number, self.frame.preposition)


class ArticlePractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        forms = Counter(form for noun in content.nouns for form in (noun.it, noun.plural) if form)
        # Two articles would be right in "Cerca ___ città", and in "___ cameriere" (il, le).
        self._ambiguous = {form for form, count in forms.items() if count > 1}

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        nouns = around(scope.level, self._content.nouns, ENOUGH_NOUNS)
        attributes = up_to(scope.level, self._content.attributes)
        asked = _asked_for(self._content, scope)

        def phrases(noun: Noun) -> Sequence[Phrase]:
            found = (phrase for frame, kind in asked for phrase in _phrases(frame, kind, noun, attributes))
            return [phrase for phrase in found if phrase.noun_form not in self._ambiguous]

        for on_topic in (True, False):
            chosen = [noun for noun in nouns if (scope.topic in noun.topics) is on_topic]
            for _, phrase in in_turn(chosen, phrases, random):
                yield _sentence(phrase, random)


def _asked_for(content: Content, scope: Scope) -> list[tuple[ArticleFrame, ArticleKind]]:
    """The frames around the level that have a requested determiner, each with that determiner."""
    wanted: tuple[ArticleKind, ...] = scope.articles or get_args(ArticleKind)
    frames = [frame for frame in content.frames if set(frame.determiners) & set(wanted)]
    return [
        (frame, kind)
        for frame in around(scope.level, frames, ENOUGH_FRAMES)
        for kind in frame.determiners
        if kind in wanted
    ]


def _phrases(
    frame: ArticleFrame, kind: ArticleKind, noun: Noun, attributes: Sequence[Attribute]
) -> Iterator[Phrase]:
    if set(noun.kinds) & set(frame.kinds):
        for number in frame.numbers:
            yield from _variants(Phrase(frame, noun, number, kind), attributes)


def _variants(phrase: Phrase, attributes: Sequence[Attribute]) -> Iterator[Phrase]:
    noun, kind = phrase.noun, phrase.kind
    if phrase.number == "plural" and noun.plural is None:
        return
    # "Del libro" is wrong, because countable nouns take the partitive in the plural only.
    if NUMBER_OF.get(kind, phrase.number) != phrase.number:
        return
    yield phrase
    for attribute in attributes:
        if kind in attribute.determiners and set(noun.kinds) & set(attribute.kinds):
            yield Phrase(phrase.frame, noun, phrase.number, kind, attribute)


def _sentence(phrase: Phrase, random: Random) -> Sentence:
    frame, kind, answer = phrase.frame, phrase.kind, phrase.answer
    before, after = frame.it.split(SLOT)
    italian = frame.it.replace(SLOT, determiners.attach(answer, phrase.words))
    return Sentence(
        before=before.strip(),
        answer=answer,
        after=phrase.words + after,
        hint=_hint(phrase),
        distractors=_distractors(phrase, random),
        explanation=article_explanations.explain(phrase.noun_form, phrase.words, phrase.gender, phrase.number)
        + article_explanations.conclusion(kind, answer, frame.preposition),
        english=_english(phrase),
        translation=italian,
        fixed=frame.fixed,
        other_translations=tuple(
            other.replace(SLOT, determiners.attach(answer, phrase.words)) for other in frame.also
        ),
    )


def _distractors(phrase: Phrase, random: Random) -> tuple[str, ...]:
    alike, unlike = determiners.alternatives(phrase.kind, phrase.number, phrase.frame.preposition)
    return tuple(form for form in (*alike, *random.sample(unlike, len(unlike))) if form != phrase.answer)


def _hint(phrase: Phrase) -> str:
    if phrase.kind == "articulated":
        return f"{phrase.frame.preposition} + definite article"
    return f"{phrase.kind} article"


def _english(phrase: Phrase) -> str | None:
    noun, attribute = phrase.noun, phrase.attribute
    if not noun.translate or (attribute and not attribute.translate):
        return None
    form = noun.en_plural if phrase.number == "plural" and noun.en_plural else noun.en
    words = f"{attribute.en} {form}" if attribute else form
    return phrase.frame.en.replace(SLOT, f"{_english_article(phrase, words)} {words}").replace(NOUN, words)


def _english_article(phrase: Phrase, words: str) -> str:
    if phrase.kind == "indefinite":
        # The first letter decides, except for the words below.
        sounds_other = words.startswith(BY_SOUND)
        return "an" if (words[0] in "aeiou") is not sounds_other else "a"
    return "some" if phrase.kind == "partitive" else "the"
