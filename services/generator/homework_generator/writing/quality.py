"""How good a model's writing is: what became of its tries, and what the self-check took."""

from collections import deque
from dataclasses import dataclass, field

from homework_generator import metrics
from homework_generator.writing.solving import Spent
from homework_shared.worker.outcomes import USABLE, Outcomes

RECENT = 200


@dataclass
class Quality:
    """Since the generator started. The share is that of the last `RECENT` tries."""

    outcomes: Outcomes = field(default_factory=Outcomes)
    written: Spent = field(default_factory=Spent)
    checked: Spent = field(default_factory=Spent)
    _recent: deque[bool] = field(default_factory=lambda: deque(maxlen=RECENT))

    def count(self, outcome: str) -> None:
        """One more try, which ended as `outcome`."""
        self.outcomes[outcome] += 1
        self._recent.append(outcome == USABLE)
        metrics.exercises.labels(outcome).inc()

    def afresh(self) -> None:
        """Forget the recent tries, as before a qualification: what went before is not the model's."""
        self._recent.clear()

    @property
    def tries(self) -> int:
        return self.outcomes.total()

    @property
    def usable_share(self) -> float | None:
        """Of 1; None before the first try."""
        return sum(self._recent) / len(self._recent) if self._recent else None

    @property
    def check_percent(self) -> float:
        """Tokens of the self-check, in percent of those that writing took."""
        return 100 * self.checked.total / max(1, self.written.total)

    def faults(self, most: int = 4) -> str:
        """The most frequent faults by name: "language 7, unsolved 4"."""
        return ", ".join(f"{name} {count}" for name, count in self.outcomes.faults(most)) or "none"
