"""Translates a compiled pattern into the automaton that Python's engine searches, one character a step.

`re` has no public parser, so `re._parser` is used here and nowhere else.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

op: Any = import_module("re._constants")
parser: Any = import_module("re._parser")

Char = str | None
"""A character. None is the position before the beginning, or after the end."""
Guard = Callable[[Char, Char], bool]
"""Whether an edge may be taken between two characters."""

FOR_EVER = 100
"""More repetitions than this count as unbounded."""
COPIES = 2
"""The number of copies of a bounded repetition that are examined, both of the required and of the optional
ones.
"""
# One character of each kind that patterns distinguish. Characters that a pattern names itself are added.
KINDS = "aBè5½_ \t\n.,:;'’\"«»()[]<>-–@#́\x00"


@dataclass
class Automaton:
    """An automaton whose states are numbers. An edge with a set of characters reads one, and an edge with a
    guard reads none.
    """

    alphabet: tuple[str, ...]
    reads: dict[int, tuple[frozenset[str], int]] = field(default_factory=dict)
    free: dict[int, list[tuple[Guard | None, int]]] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    size: int = 0
    looping: set[int] = field(default_factory=set)
    """The reading states inside an unbounded repetition."""
    has_loop_in_guard: bool = False

    def new_state(self) -> int:
        self.size += 1
        return self.size - 1

    def link(self, one: int, other: int, guard: Guard | None = None) -> None:
        self.free.setdefault(one, []).append((guard, other))

    def reached(self, state: int, *between: Char) -> Iterator[int]:
        """The reading states that `state` leads to between these two characters. Without `between`, guards
        are ignored.
        """
        seen, left = {state}, [state]
        while left:
            current = left.pop()
            if current in self.reads:
                yield current
            for guard, following in self.free.get(current, ()):
                if following not in seen and (guard is None or not between or guard(*between)):
                    seen.add(following)
                    left.append(following)

    def accepts_whatever_follows(self, state: int) -> bool:
        """Whether the pattern matches as soon as `state` has read, because nothing after it can fail."""
        seen, left = set(), [self.reads[state][1]]
        while left:
            current = left.pop()
            if current == self.end:
                return True
            seen.add(current)
            free = {following for guard, following in self.free.get(current, ()) if guard is None}
            left += free - seen
        return False


def automata_of(pattern: str, flags: int) -> Iterator[Automaton]:
    """One automaton for each alternative. No path leads from one to another, and small ones are quick to
    search.
    """
    parsed = parser.parse(pattern, flags)
    *before, (name, argument) = parsed or [(op.BRANCH, (None, [[]]))]
    for last in argument[1] if name is op.BRANCH else [[(name, argument)]]:
        yield _Builder(parsed.state.flags, pattern).build([*before, *last])


class _Builder:
    def __init__(self, flags: int, pattern: str) -> None:
        self._ignores_case, self._dot_is_all = flags & int(re.IGNORECASE), flags & int(re.DOTALL)
        letters = (
            set(KINDS) | set(pattern) | {chr(ord(sign) + 1) for sign in pattern if ord(sign) < sys.maxunicode}
        )
        if self._ignores_case:
            letters |= {letter.swapcase() for letter in letters if len(letter.swapcase()) == 1}
        self._made = Automaton(tuple(sorted(letters)))
        self._groups: dict[int, Any] = {}
        self._sets: dict[tuple[Any, str], frozenset[str]] = {}

    def build(self, parsed: Any) -> Automaton:
        made = self._made
        made.start = made.new_state()
        made.end = self._sequence(parsed, made.start)
        made.alphabet = self._one_of_each_class()
        return made

    def _one_of_each_class(self) -> tuple[str, ...]:
        """One character of each class that the automaton does not distinguish."""
        classes: dict[tuple[bool, ...], str] = {}
        for letter in self._made.alphabet:
            kind = (_is_word(letter), *(letter in letters for letters in self._sets.values()))
            classes.setdefault(kind, letter)
        return tuple(classes.values())

    def _sequence(self, items: Iterable[Any], state: int) -> int:
        for name, argument in items:
            state = self._item(name, argument, state)
        return state

    def _item(self, name: Any, argument: Any, state: int) -> int:
        if name in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            return self._read(self._set(name, argument), state)
        if name is op.SUBPATTERN:
            group, _, _, body = argument
            self._groups[group] = body
            return self._sequence(body, state)
        if name is op.ATOMIC_GROUP:
            return self._sequence(argument, state)
        if name is op.GROUPREF:
            return self._sequence(self._groups[argument], state)
        if name is op.BRANCH:
            after = self._made.new_state()
            for branch in argument[1]:
                self._made.link(self._sequence(branch, state), after)
            return after
        if name in (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT):
            return self._repeat(name, argument, state)
        after = self._made.new_state()
        self._made.link(state, after, self._guard(name, argument))
        return after

    def _read(self, letters: frozenset[str], state: int) -> int:
        reader, after = self._made.new_state(), self._made.new_state()
        self._made.link(state, reader)
        self._made.reads[reader] = (letters, after)
        return after

    def _repeat(self, name: Any, argument: tuple[int, int, Any], state: int) -> int:
        low, high, body = argument
        made = self._made
        for_ever = high > FOR_EVER
        after, leave = made.new_state(), self._leaving(name, body)
        for _ in range(min(low, COPIES)):
            state = self._sequence(body, state)
        if for_ever:
            begin = made.new_state()
            made.link(state, begin)
            made.link(self._sequence(body, begin), begin)
            made.looping |= made.reads.keys() & range(begin, made.size)
            made.link(begin, after, leave)
            return after
        for _ in range(min(high - low, COPIES)):
            made.link(state, after, leave)
            state = self._sequence(body, state)
        made.link(state, after)
        return after

    def _leaving(self, name: Any, body: Any) -> Guard | None:
        """The guard for leaving a possessive repetition of one character, which ends only where it cannot
        continue.
        """
        if name is not op.POSSESSIVE_REPEAT or len(body) != 1 or not _reads_one(body[0][0]):
            return None
        letters = self._set(*body[0])
        return lambda before, after: after not in letters

    def _set(self, name: Any, argument: Any) -> frozenset[str]:
        key = (name, str(argument))
        if key not in self._sets:
            self._sets[key] = frozenset(
                each for each in self._made.alphabet if self._is_in(each, name, argument)
            )
        return self._sets[key]

    def _is_in(self, letter: str, name: Any, argument: Any) -> bool:
        ways = {letter}
        if self._ignores_case:
            ways |= {letter.lower(), letter.upper(), letter.swapcase()}
        if name is op.ANY:
            return letter != "\n" or bool(self._dot_is_all)
        if name is op.NOT_LITERAL:
            return not any(ord(way) == argument for way in ways if len(way) == 1)
        if name is op.LITERAL:
            return any(ord(way) == argument for way in ways if len(way) == 1)
        negated = argument[0][0] is op.NEGATE
        parts = [part for part in argument if part[0] is not op.NEGATE]
        found = any(_is_of_set(way, *part) for way in ways if len(way) == 1 for part in parts)
        return found != negated

    def _guard(self, name: Any, argument: Any) -> Guard:
        if name is op.AT:
            return _PLACES[argument]
        direction, body = argument
        if len(body) == 1 and _reads_one(body[0][0]):
            letters, wanted = self._set(*body[0]), name is op.ASSERT
            if direction < 0:
                return lambda before, after: (before in letters) is wanted
            return lambda before, after: (after in letters) is wanted
        if _has_loop(body):
            self._made.has_loop_in_guard = True
        return lambda before, after: True  # The guard is assumed to hold.


def _reads_one(name: Any) -> bool:
    return name in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN)


def _is_of_set(letter: str, name: Any, argument: Any) -> bool:
    if name is op.LITERAL:
        return bool(ord(letter) == argument)
    if name is op.RANGE:
        low, high = argument
        return bool(low <= ord(letter) <= high)
    kinds = {
        op.CATEGORY_DIGIT: letter.isdigit(),
        op.CATEGORY_SPACE: letter.isspace(),
        op.CATEGORY_WORD: _is_word(letter),
    }
    opposites = {
        op.CATEGORY_NOT_DIGIT: op.CATEGORY_DIGIT,
        op.CATEGORY_NOT_SPACE: op.CATEGORY_SPACE,
        op.CATEGORY_NOT_WORD: op.CATEGORY_WORD,
    }
    return kinds[argument] if argument in kinds else not kinds[opposites[argument]]


def _is_word(letter: Char) -> bool:
    return letter is not None and (letter.isalnum() or letter == "_")


_PLACES: dict[Any, Guard] = {
    op.AT_BEGINNING: lambda before, after: before is None,
    op.AT_BEGINNING_STRING: lambda before, after: before is None,
    op.AT_END: lambda before, after: after is None,
    op.AT_END_STRING: lambda before, after: after is None,
    op.AT_BOUNDARY: lambda before, after: _is_word(before) != _is_word(after),
    op.AT_NON_BOUNDARY: lambda before, after: _is_word(before) == _is_word(after),
}


def _has_loop(body: Any) -> bool:
    repeats = (op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT)
    for name, argument in body:
        if name in repeats and (argument[1] > FOR_EVER or _has_loop(argument[2])):
            return True
        if name is op.SUBPATTERN and _has_loop(argument[3]):
            return True
        if name is op.BRANCH and any(_has_loop(branch) for branch in argument[1]):
            return True
    return False
