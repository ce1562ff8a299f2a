"""Console and classroom over the real API, RabbitMQ and mock generator, in a real browser."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.e2e.browser.chromium import Visit, chromium, visit
from tests.support.broker.brokers import BrokerProcess
from tests.support.broker.leftovers import clear
from tests.support.processes import Stack, stack


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for each test file. While it is open, no test of this thread can run an event loop."""
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def services(running_broker: BrokerProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One API, mock generator and console for each test file."""
    clear(running_broker)
    with stack(running_broker, tmp_path_factory.mktemp("services")) as services:
        services.api()
        services.mock()
        services.console()
        services.classroom()
        services.wait_until_up()
        services.wait(lambda: console_answers(services), 60)
        services.wait(lambda: httpx.get(f"{services.classroom_url}/health", timeout=60).is_success, 60)
        yield services


@pytest.fixture
def console(browser: Browser, services: Stack) -> Iterator[Visit]:
    """A fresh desktop page. After the test, it must have raised no error and requested nothing from another
    host.
    """
    with visit(browser, services) as one:
        yield one
        assert one.errors == []
        assert one.hosts <= {f"127.0.0.1:{services.console_port}"}


def console_answers(services: Stack) -> bool:
    return httpx.get(f"{services.console_url}/health", timeout=60).is_success
