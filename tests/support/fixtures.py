"""Fixtures for the tests of every package. The conftest.py at the repository's root loads them."""

import importlib.util
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
import structlog

from homework_api.database import postgresql
from homework_api.database.migrate import upgrade
from homework_cli.broker.process import find_rabbitmq_server
from homework_shared.messaging.transport import Broker
from tests.support.api.databases import DATABASES, database_name, own_database, postgres
from tests.support.broker.brokers import (
    BrokerProcess,
    start_broker,
    start_container,
    start_installed,
    unavailable,
)
from tests.support.broker.clients import rabbit
from tests.support.broker.leftovers import clear
from tests.support.command_line import Up
from tests.support.processes import ROOT, Stack, stack


@pytest.fixture(autouse=True)
def _no_test_configures_the_logs_of_this_process() -> Iterator[None]:
    # A logger keeps the configuration of its first use. Code that a later test of the same process runs
    # beside a command would then log into the output that the test compares.
    yield
    if structlog.get_config()["cache_logger_on_first_use"]:
        structlog.reset_defaults()
        pytest.fail("this test has called logs.configure: replace it, or run the program in its own process")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL server on which the user may create databases."""
    with postgres() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A migrated database without connections, because copying it is faster than migrating."""
    with own_database(postgres_server) as url:
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file for copying."""
    file = tmp_path_factory.mktemp("sqlite") / "template.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session", autouse=True)
def a_machine_that_stands_still_is_no_outage() -> None:
    """A connection to PostgreSQL may take as long as a busy machine needs."""
    postgresql.CONNECT_SECONDS = 60.0


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database without any table."""
    with own_database(postgres_server) as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A migrated, empty PostgreSQL database."""
    with own_database(postgres_server, database_name(postgres_template)) as url:
        yield url


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated, empty SQLite database."""
    file = tmp_path / "homework.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite+aiosqlite:///{file}"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated, empty database. Each test runs once on SQLite and once on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(scope="session")
def running_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """One RabbitMQ for the whole run. A test that stops or breaks it uses `fragile_broker`."""
    yield from start_broker(tmp_path_factory.mktemp("broker"))


@pytest.fixture
def broker(running_broker: BrokerProcess) -> BrokerProcess:
    """A real RabbitMQ with empty queues, which nobody else uses."""
    clear(running_broker)
    return running_broker


@pytest.fixture(scope="module", params=["installed", "container"])
def each_broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BrokerProcess]:
    """RabbitMQ as it is installed here, and as a container, for tests of what differs between the two
    versions.
    """
    start = start_installed if request.param == "installed" else start_container
    yield from start(tmp_path_factory.mktemp("broker"))


@pytest.fixture
def as_user(broker: BrokerProcess) -> Callable[[str], Broker]:
    """A connection's settings for one of the broker's users: `as_user("api")`."""
    return lambda user: rabbit(broker, user)


@pytest.fixture(scope="module")
def fragile_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerProcess]:
    """A RabbitMQ for a single test file, which may be stopped and killed."""
    yield from start_broker(tmp_path_factory.mktemp("broker"))


@pytest.fixture
def services(broker: BrokerProcess, tmp_path: Path) -> Iterator[Stack]:
    """Our processes on SQLite. The test starts the ones that it needs, and all are stopped after it.

    They share the broker of the whole run. A file whose tests break it has a fixture `broker` of its own.
    """
    with stack(broker, tmp_path) as services:
        yield services


@pytest.fixture
def needs_rabbitmq_server() -> None:
    """For tests that start a RabbitMQ as a child process, even if Docker is available."""
    if find_rabbitmq_server() is None:
        unavailable("no rabbitmq-server on this machine")


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """`homework up`, running in an empty folder."""
    running = Up(tmp_path, LOG_LEVEL="DEBUG")
    yield running
    if running.is_running:
        running.stop(signal.SIGTERM)


@pytest.fixture(scope="session")
def verb_tool() -> ModuleType:
    """The script that builds the table of verb forms."""
    if shutil.which("lt-proc") is None:
        unavailable("no Apertium: apt-get install lttoolbox apertium-spa-ita")
    spec = importlib.util.spec_from_file_location(
        "build_verb_forms", ROOT / "shared/tools/build_verb_forms.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
