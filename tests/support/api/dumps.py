"""A PostgreSQL in a container of its own, which its own tools dump and restore."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from testcontainers.core.container import DockerContainer

from tests.support.api.databases import IMAGE, _wait_for
from tests.support.broker.brokers import free_port, need_docker

_USER = "homework"
# Where an image has its socket differs.
_ENVIRONMENT = {"PGHOST": "127.0.0.1", "PGUSER": _USER, "PGPASSWORD": _USER}


@dataclass(frozen=True)
class DumpedPostgres:
    """`url` is that of a database which `restore` puts another one in the place of."""

    url: str
    container: DockerContainer

    def dump(self, name: str) -> None:
        """As docs/operations.md does it. The dump stays in the container."""
        self._run(f"pg_dump -Fc --file /tmp/{name} homework")

    def restore(self, name: str) -> None:
        """On an empty server, as docs/operations.md does it. Nobody uses the database meanwhile."""
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
    """Its data is in memory. Without a Docker engine the test is skipped."""
    need_docker()
    port = free_port()
    container = DockerContainer(IMAGE).with_bind_ports(5432, port)
    container.with_env("POSTGRES_USER", _USER).with_env("POSTGRES_PASSWORD", _USER)
    with container.with_tmpfs_mount("/var/lib/postgresql/data"):
        url = f"postgresql://{_USER}:{_USER}@127.0.0.1:{port}/homework"
        yield DumpedPostgres(_wait_for(url), container)
