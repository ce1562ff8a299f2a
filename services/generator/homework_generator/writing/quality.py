"""The quality of a model's exercises: the outcomes of its tries, and the cost of the self-check."""

from collections import deque
from dataclasses import dataclass, field

from homework_generator import metrics
from homework_generator.writing.solving import Spent
from homework_shared.worker.outcomes import USABLE, Outcomes

RECENT = 200


@dataclass
class Quality:
    """Counts since the generator started. The share covers the last `RECENT` tries."""

    outcomes: Outcomes = field(default_factory=Outcomes)
    written: Spent = field(default_factory=Spent)
    checked: Spent = field(default_factory=Spent)
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=RECENT))

    def count(self, outcome: str) -> None:
        """Count one more try with this outcome."""
        self.outcomes[outcome] += 1
        self._recent.append(outcome == USABLE)
        metrics.exercises.labels(outcome).inc()

    def afresh(self) -> None:
        """Forget the recent tries, as before a qualification: earlier tries may have been another model's."""
        self._recent.clear()

    @property
    def tries(self) -> int:
        return self.outcomes.total()

    @property
    def usable_share(self) -> float | None:
        """Between 0 and 1; None before the first try."""
        return sum(self._recent) / len(self._recent) if self._recent else None

    @property
    def check_percent(self) -> float:
        """The tokens of the self-check, in percent of the tokens of writing."""
        return 100 * self.checked.total / max(1, self.written.total)

    def faults(self, most: int = 4) -> str:
        """The most frequent faults by name: "language 7, unsolved 4"."""
        return ", ".join(f"{name} {count}" for name, count in self.outcomes.faults(most)) or "none"
