"""The figures that are sampled while the load runs, and the rule for what counts as growth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

MEMORY_MAY_GROW = 0.05


@dataclass(frozen=True)
class Sample:
    """One measurement of a process. `resident` is in bytes, and `descriptors` does not include its callers'
    connections.
    """

    resident: int
    descriptors: int
    threads: int


@dataclass(frozen=True)
class Growth:
    """A process's growth from the second quarter of the time to the last. The first quarter is a warm-up."""

    resident_mb: float
    memory: float
    descriptors: int
    threads: int

    @property
    def is_flat(self) -> bool:
        return self.memory <= MEMORY_MAY_GROW and self.descriptors <= 0 and self.threads <= 0


def sample(pid: int) -> Sample:
    process = psutil.Process(pid)
    return Sample(process.memory_info().rss, process.num_fds() - _visitors(process), process.num_threads())


def _visitors(process: psutil.Process) -> int:
    """The number of connections to the process's own ports. For example, the console opens and closes one
    with each read.
    """
    links = process.net_connections("tcp")
    ports = {link.laddr.port for link in links if link.status == psutil.CONN_LISTEN}
    return sum(link.laddr.port in ports and link.status != psutil.CONN_LISTEN for link in links)


def growth(samples: Sequence[Sample]) -> Growth:
    resident = _middles([each.resident for each in samples])
    return Growth(
        resident_mb=round(resident[1] / 1e6, 1),
        memory=round(resident[1] / resident[0] - 1, 4),
        descriptors=increase([each.descriptors for each in samples]),
        threads=increase([each.threads for each in samples]),
    )


def increase(counts: Sequence[int]) -> int:
    """How many there are more in the last quarter of the time than in the second."""
    early, late = _middles(counts)
    return late - early


def _middles(values: Sequence[int]) -> tuple[int, int]:
    """The medians of the second and the last quarter, because a single value may coincide with a request or
    with a connection that is opened again.
    """
    quarter = len(values) // 4
    return int(median(values[quarter : 2 * quarter])), int(median(values[-quarter:]))


def grown(all_samples: Mapping[str, Sequence[Sample]]) -> dict[str, Growth]:
    return {name: growth(samples) for name, samples in all_samples.items()}
