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
    """Compare the medians of quarters, because a single sample may coincide with a request."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]

    def middle(some: Sequence[Sample], of: str) -> int:
        return int(median(getattr(each, of) for each in some))

    before, after = (middle(some, "resident") for some in (early, late))
    more = {of: middle(late, of) - middle(early, of) for of in ("descriptors", "threads")}
    return Growth(round(after / 1e6, 1), round(after / before - 1, 4), **more)


def grown(all_samples: Mapping[str, Sequence[Sample]]) -> dict[str, Growth]:
    return {name: growth(samples) for name, samples in all_samples.items()}
