"""An Italian sentence with the data that each type of exercise needs, and a varied order of sentences."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol, TypeVar

from homework_mock_generator.content import Opener
from homework_mock_generator.matching import Scope

K = TypeVar("K")
T = TypeVar("T")


@dataclass(frozen=True)
class Sentence:
    """A sentence and its parts. The texts start with a lower-case letter or a name; the whole sentence is
    capitalised later.
    """

    before: str
    answer: str
    after: str
    """This part includes the full stop."""
    hint: str
    distractors: tuple[str, ...]
    """Wrong forms, the most instructive first."""
    explanation: str
    english: str | None
    """None if the English sentence has more than one right translation."""
    translation: str
    shows_hint: bool = False
    """Whether the gap needs its hint to have a single right answer, even among four options."""
    cue: str = ""
    """What the English sentence leaves open: "it" may mean "il libro"."""
    fixed: bool = False
    """Whether nothing may stand before the sentence, because it is a question or an imperative."""
    other_answers: tuple[str, ...] = ()
    """The other right answers to the gap."""
    other_translations: tuple[str, ...] = ()
    """The other right translations of the English sentence."""

    @property
    def italian(self) -> str:
        return self.with_gap(self.answer)

    @property
    def in_italian(self) -> str:
        """The whole sentence, as a translation of the English one."""
        return capitalised(self.translation)

    @property
    def otherwise_in_italian(self) -> tuple[str, ...]:
        return tuple(map(capitalised, self.other_translations))

    @property
    def to_translate(self) -> str:
        cue = f" ({self.cue})" if self.cue else ""
        return f"Translate: {capitalised(self.english or '')}{cue}"

    def with_gap(self, gap: str) -> str:
        space = "" if self.after[:1] in ".,;:?!" or gap.endswith("'") else " "
        return capitalised(f"{self.before} {gap}{space}{self.after}".strip())

    def opened(self, opener: Opener) -> "Sentence":
        """The same sentence after a clause such as "a quanto pare,"."""
        return replace(
            self,
            before=f"{opener.it} {self.before}".strip(),
            english=self.english and f"{opener.en} {self.english}",
            translation=f"{opener.it} {self.translation}",
            other_translations=tuple(f"{opener.it} {other}" for other in self.other_translations),
        )


class Practice(Protocol):
    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        """More sentences than a homework needs, none repeated: first the topic's, then the level's others."""


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def in_turn(keys: Sequence[K], items: Callable[[K], Sequence[T]], random: Random) -> Iterator[tuple[K, T]]:
    """All items in random order. Each key comes once before any comes twice, so that two sentences with
    "mangiare" do not follow each other.

    The items of a key are made when the key is drawn, because a homework needs about twenty of thousands.
    """
    waiting: list[tuple[K, list[T] | None]] = [(key, None) for key in keys]
    while waiting:
        random.shuffle(waiting)
        left: list[tuple[K, list[T] | None]] = []
        for key, known in waiting:
            group = list(items(key)) if known is None else known
            if group:
                yield key, _take(group, random)
            if group:
                left.append((key, group))
        waiting = left


def _take(group: list[T], random: Random) -> T:
    index = random.randrange(len(group))
    group[index], group[-1] = group[-1], group[index]
    return group.pop()
