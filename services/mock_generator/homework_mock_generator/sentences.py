"""One Italian sentence with what every type of exercise needs from it, and sentences in a good order."""

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
    """Its texts start with a small letter unless they start with a name: what stands first is capitalised."""

    before: str
    answer: str
    after: str
    """With the full stop."""
    hint: str
    distractors: tuple[str, ...]
    """Wrong forms, the most instructive first."""
    explanation: str
    english: str | None
    """None where the English sentence would not tell the one Italian sentence."""
    translation: str
    shows_hint: bool = False
    """Whether the gap has one answer only together with the hint, even among four options."""
    cue: str = ""
    """What an English sentence leaves open: "il libro" for "it"."""
    fixed: bool = False
    """Whether nothing may stand before it: a question, an imperative."""

    @property
    def italian(self) -> str:
        return self.with_gap(self.answer)

    @property
    def in_italian(self) -> str:
        """The whole sentence, as a translation of the English one."""
        return capitalised(self.translation)

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
        )


class Practice(Protocol):
    def sentences(self, scope: Scope, random: Random) -> Iterator[Sentence]:
        """More than any homework needs, none twice: the topic's first, then all others of the level."""


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def spaced(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def in_turn(keys: Sequence[K], items: Callable[[K], Sequence[T]], random: Random) -> Iterator[tuple[K, T]]:
    """All items in random order, each key once before any comes twice: no two "mangiare" in a row.

    A key's items are made when it is drawn: a homework needs twenty of the thousands there are.
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
