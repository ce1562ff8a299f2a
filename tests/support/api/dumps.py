"""A PostgreSQL server in a separate container, which its own tools dump and restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from testcontainers.core.container import DockerContainer

from tests.support.api.databases import IMAGE, _wait_for
from tests.support.broker.brokers import free_port, need_docker

_USER = "homework"
# The path of the socket differs between images.
_ENVIRONMENT = {"PGHOST": "127.0.0.1", "PGUSER": _USER, "PGPASSWORD": _USER}


@dataclass(frozen=True)
class DumpedPostgres:
    """A PostgreSQL server. `url` is that of a database that `restore` replaces."""

    url: str
    container: DockerContainer

    def dump(self, name: str) -> None:
        """Dump the database as docs/operations.md does. The dump stays in the container."""
        self._run(f"pg_dump -Fc --file /tmp/{name} homework")

    def restore(self, name: str) -> None:
        """Restore on an empty server, as docs/operations.md does. No process uses the database meanwhile."""
        self.empty()
        self._run(f"pg_restore -d homework --single-transaction --no-owner /tmp/{name}")

    def empty(self) -> None:
        self._run("dropdb --force --if-exists homework")
        self._run("createdb homework")

    def _run(self, command: str) -> None:
        result = self.container.get_wrapped_container().exec_run(command, environment=_ENVIRONMENT)
        assert result.exit_code == 0, f"{command}: {result.output!r}"


@contextmanager
def dumped_postgres() -> Iterator[DumpedPostgres]:
    """A PostgreSQL server whose data is in memory. Without a Docker engine the test is skipped."""
    need_docker()
    port = free_port()
    container = DockerContainer(IMAGE).with_bind_ports(5432, port)
    container.with_env("POSTGRES_USER", _USER).with_env("POSTGRES_PASSWORD", _USER)
    with container.with_tmpfs_mount("/var/lib/postgresql/data"):
        url = f"postgresql://{_USER}:{_USER}@127.0.0.1:{port}/homework"
        yield DumpedPostgres(_wait_for(url), container)
