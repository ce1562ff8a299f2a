"""What became of a generator's tries."""

from collections import Counter

USABLE = "usable"


class Outcomes(Counter[str]):
    """How many tries ended as what: `usable`, or a fault by its name."""

    @property
    def usable(self) -> int:
        return self[USABLE]

    def faults(self, most: int) -> list[tuple[str, int]]:
        """The most frequent faults and how often each was found, `most` of them at most."""
        return [(name, count) for name, count in self.most_common() if name != USABLE][:most]
