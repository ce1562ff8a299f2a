"""A broker whose data is on a disk of a few megabytes, which a test can fill before the broker raises its
alarm.
"""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import aio_pika
from aio_pika.exceptions import DeliveryError

from homework_shared.messaging.topology import FALLBACK_DESTINATION
from tests.support.broker.brokers import unavailable

MEGABYTES = 40


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """Mount `folder` as a separate file system. It needs root."""
    if os.geteuid() != 0:
        unavailable("only root can mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "none", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        unavailable("this machine lets nobody mount a small disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path, leave: int = 200_000) -> Path:
    """Fill the disk up to its last bytes. Gives the file to delete."""
    stuffing = folder / "stuffing"
    disk = os.statvfs(folder)
    stuffing.write_bytes(b"z" * (disk.f_bavail * disk.f_bsize - leave))
    return stuffing


async def publish_until_it_is_refused(url: str) -> None:
    """Publish until the last bytes of the disk are used and the log writer of the queues has ended."""
    connection = await aio_pika.connect(url)
    async with connection:
        exchange = await (await connection.channel()).get_exchange(
            FALLBACK_DESTINATION.exchange, ensure=False
        )
        large = aio_pika.Message(b"x" * 100_000, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
        for _ in range(50):
            try:
                await exchange.publish(large, FALLBACK_DESTINATION.key, timeout=5)
            except (TimeoutError, DeliveryError):
                return
    raise AssertionError("the disk was not filled")


def ignore_the_alarm(control: Callable[..., None]) -> None:
    """Set the limit to a kilobyte, so that the disk always fills between two checks of the broker."""
    control("set_disk_free_limit", "1000")
