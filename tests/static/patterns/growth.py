"""Finds patterns that cost more than a multiple of the length of the text.

A backtracking engine tries one path after the other. The number of paths through an automaton grows faster
than the text exactly if there are two different states p and q and a word w that leads from p to p, from p to
q and from q to q (Weber and Seidl, 1991: infinite degree of ambiguity). In w w … w the step from p to q can
then be made at any place. A search, which starts again at each character, is such a p.

Paths are tried only until one matches, so a q that accepts whatever follows is harmless.
"""

from collections.abc import Iterator, Mapping, Set
from functools import cache

from tests.static.patterns.automaton import Automaton, Char, automata_of

SEARCH = -1
"""The state of a search that has not started to match. It skips a character, or starts."""
Walkers = tuple[int, int, int, Char]
"""The states on the ways from p to p, from p to q and from q to q, and the last character that all three have
read.
"""


def word_that_costs(pattern: str, flags: int = 0, *, searched: bool = True) -> str | None:
    """The word whose repetition makes the pattern quadratic or worse. None if the pattern is linear.

    `searched` means that it is tried at every place, with `search`, `findall`, `sub` and similar methods.
    """
    for made in automata_of(pattern, flags):
        if made.has_loop_in_guard:
            return "(a loop in a lookaround)"
        if word := _Paths(made, searched).ambiguous_word():
            return word
    return None


class _Paths:
    """The paths through an automaton. A reading state represents the position after it has read."""

    def __init__(self, made: Automaton, searched: bool) -> None:
        self._made = made
        self._next = cache(self._find_next)
        self._ways = {state: self._all_next(state) for state in (SEARCH, *made.reads)}
        self._back: dict[int, set[int]] = {state: set() for state in self._ways}
        for state, following in self._ways.items():
            for each in following:
                self._back[each].add(state)
        self._ps = made.looping | {SEARCH} if searched else made.looping

    def ambiguous_word(self) -> str | None:
        circles = {state: self._circle(state, self._ways.keys()) for state in self._ps}
        stuck = {state for state in self._made.reads if not self._made.accepts_whatever_follows(state)}
        for q in stuck & self._made.looping:
            around_q, before_q = self._circle(q, stuck), _reached(self._back, q, self._ways.keys())
            for p in (before_q & self._ps) - {q} if around_q else ():
                between = _reached(self._ways, p, self._ways.keys()) & before_q
                word = self._word(p, q, (circles[p], between | {q}, around_q))
                if word:
                    return word
        return None

    def _word(self, p: int, q: int, allowed: tuple[Set[int], ...]) -> str | None:
        for last in self._made.reads[q][0].intersection(self._made.alphabet):
            if p == SEARCH or last in self._made.reads[p][0]:
                word = self._walk((p, p, q, last), (p, q, q, last), allowed)
                if word:
                    return word
        return None

    def _walk(self, begin: Walkers, goal: Walkers, allowed: tuple[Set[int], ...]) -> str | None:
        words, left = {begin: ""}, [begin]
        for walkers in left:
            for following in self._steps(walkers, allowed):
                if following == goal:
                    return words[walkers] + str(following[3])
                if following not in words:
                    words[following] = words[walkers] + str(following[3])
                    left.append(following)
        return None

    def _steps(self, walkers: Walkers, allowed: tuple[Set[int], ...]) -> Iterator[Walkers]:
        *places, before = walkers
        for letter in self._made.alphabet:
            # The third way is the most restrictive, so most characters are excluded here.
            if not (three := self._next(places[2], before, letter) & allowed[2]):
                continue
            if one := self._next(places[0], before, letter) & allowed[0]:
                two = self._next(places[1], before, letter) & allowed[1]
                yield from ((a, b, c, letter) for a in one for b in two for c in three)

    def _find_next(self, state: int, before: Char, letter: str) -> Set[int]:
        reads = self._made.reads
        readers = self._made.reached(self._left_at(state), before, letter)
        found = {reader for reader in readers if letter in reads[reader][0]}
        return found | {SEARCH} if state == SEARCH else found

    def _all_next(self, state: int) -> Set[int]:
        """The states that can follow a state, whatever the characters are."""
        found = set(self._made.reached(self._left_at(state)))
        return found | {SEARCH} if state == SEARCH else found

    def _left_at(self, state: int) -> int:
        return self._made.reads[state][1] if state in self._made.reads else self._made.start

    def _circle(self, state: int, among: Set[int]) -> Set[int]:
        """The states on paths that return to `state`."""
        return _reached(self._ways, state, among) & _reached(self._back, state, among)


def _reached(ways: Mapping[int, Set[int]], state: int, among: Set[int]) -> Set[int]:
    seen: set[int] = set()
    left = [state]
    while left:
        new = (ways[left.pop()] & among) - seen
        seen |= new
        left += new
    return seen
