"""What is watched while the load runs, and when it counts as growth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import psutil

MEMORY_MAY_GROW = 0.05


@dataclass(frozen=True)
class Sample:
    """Of one process. `resident`: bytes. `descriptors`: without what its callers hold open."""

    resident: int
    descriptors: int
    threads: int


@dataclass(frozen=True)
class Growth:
    """Of one process, from the second quarter of the time to the last: the first one warms up."""

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
    """Connections to the process's own ports: the console's come and go with every look it takes."""
    links = process.net_connections("tcp")
    ports = {link.laddr.port for link in links if link.status == psutil.CONN_LISTEN}
    return sum(link.laddr.port in ports and link.status != psutil.CONN_LISTEN for link in links)


def growth(samples: Sequence[Sample]) -> Growth:
    """The median of a quarter is compared: single samples meet a request in the middle."""
    quarter = len(samples) // 4
    early, late = samples[quarter : 2 * quarter], samples[-quarter:]

    def middle(some: Sequence[Sample], of: str) -> int:
        return int(median(getattr(each, of) for each in some))

    before, after = (middle(some, "resident") for some in (early, late))
    more = {of: middle(late, of) - middle(early, of) for of in ("descriptors", "threads")}
    return Growth(round(after / 1e6, 1), round(after / before - 1, 4), **more)


def grown(all_samples: Mapping[str, Sequence[Sample]]) -> dict[str, Growth]:
    return {name: growth(samples) for name, samples in all_samples.items()}
