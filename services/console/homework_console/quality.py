"""How well each model writes, over all the generators that run it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from homework_client.models import Generator


@dataclass
class ModelQuality:
    """Counts since each of its generators started. `faults` are those that each found most often."""

    model: str
    tries: int = 0
    usable: int = 0
    faults: Counter[str] = field(default_factory=Counter)

    def add(self, generator: Generator) -> None:
        self.tries += generator.tries
        self.usable += generator.usable
        for fault in generator.faults:
            self.faults[fault.name] += fault.count

    @property
    def usable_percent(self) -> float:
        return 100 * self.usable / self.tries

    @property
    def tries_per_usable(self) -> float | None:
        return self.tries / self.usable if self.usable else None

    def faults_in_words(self, most: int = 4) -> str:
        """The most frequent faults: "answer visible 7, unsolved 4"."""
        found = self.faults.most_common(most)
        return ", ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in found) or "none"


def quality_by_model(generators: Iterable[Generator]) -> list[ModelQuality]:
    """One for each model that has tried to write, by name."""
    models: dict[str, ModelQuality] = {}
    for generator in generators:
        if generator.tries:
            models.setdefault(generator.model, ModelQuality(generator.model)).add(generator)
    return [models[name] for name in sorted(models)]
