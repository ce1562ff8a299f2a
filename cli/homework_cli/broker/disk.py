"""The room on a disk below which RabbitMQ takes no messages.

Its own default, 50 MB, is passed between two looks at a disk that fills fast, and with the disk full the
queues are down until a restart. Its relative limit is a share of the memory. So: a share of the disk, and no
more than a machine that works can spare.
"""

import shutil
from pathlib import Path

_SHARE = 20
_MOST_BYTES = 1_000_000_000


def disk_free_limit(folder: Path) -> int:
    """Bytes: a twentieth of the disk that holds `folder`, 1 GB at most."""
    return min(shutil.disk_usage(folder).total // _SHARE, _MOST_BYTES)


def has_room(folder: Path) -> bool:
    """Whether a broker in `folder` would take messages."""
    return shutil.disk_usage(folder).free > disk_free_limit(folder)
