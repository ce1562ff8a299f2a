"""Sentences with a number or the time, to be written in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from homework_mock_generator.content import Content, Quantity
from homework_mock_generator.levels import around
from homework_mock_generator.matching import Scope
from homework_mock_generator.practice import explanations
from homework_mock_generator.sentences import Sentence, in_turn
from homework_shared.exercises.curriculum import Grammar
from homework_shared.language.italian.numerals import TENS, cardinal, has_one_spelling, ordinal

SLOT = "{n}"
ENOUGH = 10
NUMBERS = explanations.rule(Grammar.NUMBERS_AND_TIME)
RANGES = {
    "few": range(2, 21),
    "age": range(18, 90),
    "old": range(62, 100),
    "price": range(11, 100),
    "pages": range(102, 800),
    "years": range(1102, 1940),
    "thousands": range(2003, 9900),
    "crowd": range(10_200, 90_000, 50),
}
MINUTES = (5, 10, 20, 25)
"""The minutes that can be expressed in one way. The quarters, the half and the minutes after it can be
expressed in two.
"""
CLOCK = "The minutes follow the hour and “e”."
ORDINALS = "Ordinals up to ten have forms of their own, from eleven on they end in -esimo; all of them agree."


@dataclass(frozen=True)
class Amount:
    words: str
    digits: str
    wrong: tuple[str, ...]
    rule: str


class NumberPractice:
    def __init__(self, content: Content) -> None:
        self._content = content

    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        known = around(scope.level, self._content.quantities, ENOUGH)
        for on_topic in (True, False):
            chosen = [quantity for quantity in known if (scope.topic in quantity.topics) is on_topic]

            def amounts(quantity: Quantity) -> Sequence[Amount]:
                return _amounts(quantity.kind, random)

            for quantity, amount in in_turn(chosen, amounts, random):
                yield _sentence(quantity, amount)


def _amounts(kind: str, random: Random) -> list[Amount]:
    """Up to 12 numbers that make sense in such a sentence."""
    if kind == "clock":
        times = [(hour, minute) for hour in range(7, 12) for minute in MINUTES]
        return [_clock(hour, minute) for hour, minute in random.sample(times, 12)]
    if kind.startswith("ordinal"):
        # The article would elide before the gap: "l'ottavo", "l'undicesima".
        return [
            _ordinal(number, feminine=kind.endswith("_f")) for number in range(1, 13) if number not in (8, 11)
        ]
    numbers = [
        number
        for number in random.sample(RANGES[kind], min(40, len(RANGES[kind])))
        if has_one_spelling(number)
    ]
    return [_cardinal(number) for number in numbers[:12]]


def _cardinal(number: int) -> Amount:
    digits = str(number)
    swapped = int(digits[::-1]) if len(digits) < 4 else number + 1000
    others = [number + 10, swapped, number - 10, number + 1, number + 30, number + 2]
    wrong = [cardinal(other) for other in others if other != number and 0 < other < 1_000_000]
    shown = f"{number:,}" if number > 9999 else digits
    return Amount(cardinal(number), shown, tuple(dict.fromkeys(wrong)), NUMBERS)


def _ordinal(number: int, *, feminine: bool) -> Amount:
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number, "th")
    wrong = [
        ordinal(number, feminine=not feminine),
        cardinal(number),
        ordinal(number % 10 + 1, feminine=feminine),
    ]
    wrong.append(ordinal((number + 4) % 20 + 1, feminine=feminine))
    return Amount(ordinal(number, feminine=feminine), f"{number}{suffix}", tuple(wrong), ORDINALS)


def _clock(hour: int, minute: int) -> Amount:
    def spoken(h: int, m: int) -> str:
        return f"{cardinal(h)} e {cardinal(m)}"

    wrong = [
        spoken(hour, 60 - minute),
        spoken(hour % 12 + 1, minute),
        f"{cardinal(hour)} meno {cardinal(minute)}",
    ]
    wrong.append(f"{cardinal(minute)} e {cardinal(hour)}")
    return Amount(spoken(hour, minute), f"{hour}:{minute:02}", tuple(wrong), CLOCK)


def _sentence(quantity: Quantity, amount: Amount) -> Sentence:
    before, after = quantity.it.split(SLOT)
    elided = _elided(amount.words, after)
    said = [text.replace(SLOT, amount.words) for text in quantity.also]
    # The apostrophe of "trent'anni" leaves no space before the noun.
    said += [text.replace(f"{SLOT} ", form) for form in elided for text in (quantity.it, *quantity.also)]
    return Sentence(
        before=before.strip(),
        answer=amount.words,
        after=after.strip(),
        hint=f"{amount.digits}, in words",
        distractors=tuple(form for form in amount.wrong if form != amount.words),
        explanation=f"{amount.digits} is “{amount.words}”. {amount.rule}",
        english=quantity.en.replace(SLOT, amount.digits),
        translation=quantity.it.replace(SLOT, amount.words),
        shows_hint=True,
        cue="in words",
        fixed=quantity.fixed,
        other_answers=elided,
        other_translations=tuple(said),
    )


def _elided(words: str, after: str) -> tuple[str, ...]:
    """The tens without their vowel, which they may lose before "anni": vent'anni, trent'anni."""
    return (f"{words[:-1]}'",) if after.startswith(" anni") and words in TENS else ()
