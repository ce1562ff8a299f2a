"""Several API processes count requests in one Redis."""

import asyncio
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.broker.brokers import free_port, unavailable
from tests.support.waiting import early_in_the_minute

from homework_api.http.middleware import rate_limits
from homework_api.http.middleware.rate_limits import RateLimiter
from homework_api.settings import ApiSettings


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis counts a request also when its answer comes too late, and a busy machine may be late."""
    monkeypatch.setattr(rate_limits, "REDIS_SECONDS", 5.0)


@contextmanager
def redis(folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    if (program := shutil.which("redis-server")) is None:
        unavailable("no redis-server: install redis")
        raise AssertionError
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


async def counted(rates: RateLimiter) -> int:
    """The remaining number of requests, as soon as the counters answer."""
    async with asyncio.timeout(60):
        while (standing := await rates.ask("Ada")) is None:
            await asyncio.sleep(0.05)
    return standing.left


async def test_processes_that_share_a_redis_share_the_count(tmp_path: Path) -> None:
    await early_in_the_minute()
    port = free_port()
    one, two = (RateLimiter("10/minute", f"redis://127.0.0.1:{port}") for _ in range(2))
    with redis(tmp_path, port):
        assert await counted(one) == 9
        assert await counted(two) == 8
        assert await counted(one) == 7
        for rates in (one, two):
            await rates.close()


async def test_requests_pass_while_redis_is_dead_or_hangs_and_are_counted_when_it_is_back(
    tmp_path: Path,
) -> None:
    port = free_port()
    rates = RateLimiter("10/minute", f"redis://127.0.0.1:{port}")
    with redis(tmp_path, port) as server:
        assert await counted(rates) == 9
        server.send_signal(signal.SIGSTOP)
        async with asyncio.timeout(30):  # This is far below the default time limit of a Redis client.
            assert await rates.ask("Ada") is None
    assert await rates.ask("Ada") is None
    with redis(tmp_path, port):
        assert await counted(rates) == 9
        await rates.close()


def test_a_storage_of_another_kind_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_RATE_LIMIT_STORAGE", "mongodb://127.0.0.1")
    with pytest.raises(ValueError, match="memory:// or redis://"):
        ApiSettings()
