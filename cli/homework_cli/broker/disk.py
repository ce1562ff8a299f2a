"""The free disk space below which RabbitMQ accepts no messages.

RabbitMQ's default limit, 50 MB, can be passed between two of its checks on a disk that fills quickly, and
once the disk is full the queues are down until a restart. Its relative limit is a share of the memory. So the
limit here is a share of the disk, capped at an amount that every working machine can spare.
"""

import shutil
from pathlib import Path

_SHARE = 20
_MOST_BYTES = 1_000_000_000


def disk_free_limit(folder: Path) -> int:
    """Bytes: a twentieth of the disk that holds `folder`, 1 GB at most."""
    return min(shutil.disk_usage(folder).total // _SHARE, _MOST_BYTES)


def has_room(folder: Path) -> bool:
    """Whether a broker in `folder` would accept messages."""
    return shutil.disk_usage(folder).free > disk_free_limit(folder)
