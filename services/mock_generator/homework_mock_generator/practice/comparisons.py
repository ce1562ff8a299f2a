"""Sentences that compare: di or che, and the superlative."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import TypeVar

from homework_mock_generator.conjugation import Conjugator, Tense
from homework_mock_generator.content import Comparison, Content, Contrast, Number, Superlative
from homework_mock_generator.determiners import articulated, attach, definite
from homework_mock_generator.levels import around, pick
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.sentences import Sentence, in_turn, spaced
from homework_shared.exercises.curriculum import Grammar
from homework_shared.exercises.exercise import BLANK

ENOUGH = 10
LESS_OR_MORE = (("più", "more"), ("meno", "less"))
THIS = ("questo", "questa", "questi", "queste")
OF = ("di", "del", "dello", "della", "dell'", "dei", "degli", "delle")
C = TypeVar("C", Comparison, Contrast, Superlative)


class ComparisonPractice:
    def __init__(self, content: Content) -> None:
        self._content = content
        self._conjugator = Conjugator(content.forms)

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        kinds = [
            self._compared(scope, random),
            self._contrasted(scope, random),
            self._best(scope, random),
        ]
        while kinds:
            for kind in list(kinds):
                sentence = next(kind, None)
                if sentence is None:
                    kinds.remove(kind)
                else:
                    yield sentence

    def _compared(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        def degrees(_: Comparison) -> Sequence[tuple[str, str]]:
            return LESS_OR_MORE

        for chosen in _by_topic(scope, self._content.comparisons):
            for comparison, (more, en_more) in in_turn(chosen, degrees, random):
                yield self._than(comparison, more, en_more, random)

    def _contrasted(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for chosen in _by_topic(scope, self._content.contrasts):
            yield from (_contrast(contrast) for contrast in random.sample(chosen, len(chosen)))

    def _best(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        for chosen in _by_topic(scope, self._content.superlatives):
            yield from (self._superlative(one) for one in random.sample(chosen, len(chosen)))

    def _than(self, comparison: Comparison, more: str, en_more: str, random: Random) -> Sentence:
        number: Number = "plural" if comparison.plural else "singular"
        adjective = pick(comparison.forms, comparison.gender, number)
        article, rest = _split_article(comparison.b)
        answer = articulated("di", article) if article else "di"
        before = spaced(comparison.a, self._is(plural=comparison.plural), more, adjective)
        wrong = ["che", "come", *random.sample([form for form in OF if form != answer], 2)]
        english = comparison.en_more if more == "più" else f"less {comparison.en}"
        be = "are" if comparison.plural else "is"
        space = "" if answer.endswith("'") else " "
        return Sentence(
            before=before,
            answer=answer,
            after=f"{rest}.",
            hint="than",
            distractors=tuple(wrong),
            explanation=f"Before a name or a noun the comparison takes di: “{answer}{space}{rest}”. "
            f"{explanations.rule(Grammar.COMPARATIVES)}",
            english=f"{comparison.en_a} {be} {english} than {comparison.en_b}.",
            translation=f"{before} {answer}{space}{rest}.",
            other_translations=tuple(f"{before} di {other}." for other in comparison.also),
        )

    def _superlative(self, one: Superlative) -> Sentence:
        number: Number = "plural" if one.plural else "singular"
        adjective = pick(one.forms, one.gender, number)
        answer = f"{definite('più', one.gender, number)} più {adjective}"
        before = spaced(one.a, self._is(plural=one.plural))
        forms = [
            f"{definite('più', gender, count)} più {pick(one.forms, gender, count)}"
            for gender in ("m", "f")
            for count in ("singular", "plural")
        ]
        return Sentence(
            before=before,
            answer=answer,
            after=f"{one.group}.",
            hint=f"{one.forms[0]}, superlativo con più",
            distractors=tuple(form for form in forms if form != answer),
            explanation=f"The superlative is article + più + adjective, and it agrees: “{answer}”.",
            english=f"{one.en_a} {'are' if one.plural else 'is'} {one.en} {one.en_group}.",
            translation=spaced(before, answer, f"{one.group}."),
            other_translations=self._noun_second(one, adjective, number),
        )

    def _noun_second(self, one: Superlative, adjective: str, number: Number) -> tuple[str, ...]:
        """The same superlative with the noun after the verb: "Questo è il museo più famoso d'Italia" for
        "questo museo è il più famoso".
        """
        this, _, noun = one.a.partition(" ")
        if this not in THIS:
            return ()
        described = attach(definite(noun, one.gender, number), f"{noun} più {adjective} {one.group}.")
        return (spaced(this, self._is(plural=one.plural), described),)

    def _is(self, *, plural: bool) -> str:
        return self._conjugator.simple("essere", Tense.PRESENT, 5 if plural else 2)


def _contrast(contrast: Contrast) -> Sentence:
    before, after = contrast.it.split(BLANK)
    return Sentence(
        before=before.strip(),
        answer="che",
        after=after.strip(),
        hint="than",
        distractors=("di", "come", "quanto", "del"),
        explanation="Two quantities, adjectives, verbs or phrases with a preposition are compared here, "
        "so than is “che”. "
        f"{explanations.rule(Grammar.COMPARATIVES)}",
        english=contrast.en,
        translation=contrast.it.replace(BLANK, "che"),
        other_translations=tuple(other.replace(BLANK, "che") for other in contrast.also),
    )


def _by_topic(scope: Scope, items: Sequence[C]) -> tuple[list[C], list[C]]:
    known = around(scope.level, items, ENOUGH)
    return (
        [item for item in known if scope.topic in item.topics],
        [item for item in known if scope.topic not in item.topics],
    )


def _split_article(phrase: str) -> tuple[str, str]:
    for article in ("il ", "lo ", "la ", "l'", "i ", "gli ", "le "):
        if phrase.startswith(article):
            return article.strip(), phrase.removeprefix(article)
    return "", phrase
