"""Counts the outcomes of a generator's tries."""

from collections import Counter

USABLE = "usable"


class Outcomes(Counter[str]):
    """How many tries ended with each outcome: `usable`, or the name of a fault."""

    @property
    def usable(self) -> int:
        return self[USABLE]

    def faults(self, most: int) -> list[tuple[str, int]]:
        """The most frequent faults and how often each was found; at most `most` of them."""
        return [(name, count) for name, count in self.most_common() if name != USABLE][:most]
