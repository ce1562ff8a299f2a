"""Real databases for tests: SQLite files and a PostgreSQL server. Each test gets a clean one.

PostgreSQL is `TEST_POSTGRES_URL` if given, else a container if a Docker engine answers, else a private
cluster made with `initdb`.
"""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import asyncpg
from testcontainers.core.container import DockerContainer

from tests.support.broker.brokers import docker_answers, free_port, unavailable

IMAGE = "postgres:17"
START_SECONDS = 120
DATABASES = ("sqlite", "postgresql")
T = TypeVar("T")


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """The URL of a PostgreSQL server on which the user may create databases.

    Data is kept in memory unless it has to be `durable`, because tests stop processes and not the power.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        yield given
    elif docker_answers():
        with _container(durable) as url:
            yield url
    elif initdb := _find_initdb():
        with _private_cluster(initdb, durable) as url:
            yield url
    else:
        unavailable("no PostgreSQL: set TEST_POSTGRES_URL, start Docker, or install postgresql")


@contextmanager
def own_database(server: str, template: str = "template1") -> Iterator[str]:
    name = f"test_{uuid4().hex}"
    _run(lambda: _execute(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"'))
    try:
        yield f"{server.rsplit('/', 1)[0]}/{name}"
    finally:
        _run(lambda: _execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(_plain(url), timeout=60)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _run(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    return asyncio.run(work())


def _plain(url: str) -> str:
    return url.replace("postgresql+asyncpg://", "postgresql://")


def database_name(url: str) -> str:
    return url.rsplit("/", 1)[1]


@contextmanager
def _container(durable: bool) -> Iterator[str]:
    port = free_port()
    container = (
        DockerContainer(IMAGE)
        .with_bind_ports(5432, port)
        .with_env("POSTGRES_USER", "homework")
        .with_env("POSTGRES_PASSWORD", "homework")
    )
    if not durable:
        container.with_tmpfs_mount("/var/lib/postgresql/data")  # Copies are quick on this file system.
    with container:
        yield _wait_for(f"postgresql://homework:homework@127.0.0.1:{port}/homework")


def _find_initdb() -> Path | None:
    on_path = shutil.which("initdb")
    # Debian does not put it on the PATH, and has one folder for each version.
    beside = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    return Path(on_path).resolve() if on_path else next(iter(beside), None)


@contextmanager
def _private_cluster(initdb: Path, durable: bool) -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="homework-postgres-"))
    user = _own_user(folder)
    data, port = folder / "data", free_port()
    subprocess.run(
        [initdb, "-D", data, "-U", "homework", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        user=user,
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
        "fsync": "on" if durable else "off",
        "max_connections": "200",
    }
    settings = [f"--{name}={value}" for name, value in options.items()]
    server = subprocess.Popen(
        [str(initdb.with_name("postgres")), "-D", str(data), "-p", str(port), *settings],
        user=user,
        cwd=folder,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _wait_for(f"postgresql://homework@127.0.0.1:{port}/postgres")
    finally:
        server.terminate()
        with suppress(subprocess.TimeoutExpired):
            server.wait(60)
        server.kill()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _own_user(folder: Path) -> str | None:
    """If we are root, give the folder to another user, because PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in ("postgres", "nobody") if name in known)
    shutil.chown(folder, user)
    return user


def _wait_for(url: str) -> str:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            _run(lambda: _execute(url, "SELECT 1"))
        except (OSError, asyncpg.PostgresError):
            if time.monotonic() > deadline:
                raise TimeoutError(f"PostgreSQL did not come up in {START_SECONDS} s") from None
            time.sleep(0.1)
        else:
            return url
