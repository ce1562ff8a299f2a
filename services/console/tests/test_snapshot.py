"""One loop reads for all tabs, keeps the last figures and marks them as old."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx
import pytest
from services.console.tests.readings import NOW, latency, overview
from tests.support.waiting import eventually

from homework_console import snapshot as module
from homework_console.client import connect
from homework_console.snapshot import REMEMBERED, Snapshot, Watch


@dataclass
class FakeApi:
    """An API that can become unavailable, and the snapshots that pages were shown."""

    is_away: bool = False
    watched: bool = True
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)
    shown: list[Snapshot] = field(default_factory=list)

    def respond(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.is_away:
            raise httpx.ConnectError("refused")
        known = latency() if request.url.path.endswith("latency") else overview()
        return httpx.Response(200, content=known.model_dump_json())

    def watch(self) -> Watch:
        api = connect("http://api", transport=httpx.MockTransport(self.respond))
        return Watch(api, None, lambda: self.now, self.shown.append, lambda: self.watched)


async def test_figures_stay_with_their_time_when_the_api_goes_away_and_are_new_when_it_is_back() -> None:
    fake = FakeApi()
    watch = fake.watch()
    await watch.read_overview()
    fake.is_away, fake.now = True, NOW + timedelta(seconds=9)
    await watch.read_overview()
    assert watch.latest.overview == overview()
    assert watch.latest.read_at == NOW
    assert watch.latest.api_problem
    fake.is_away = False
    await watch.read_overview()
    assert watch.latest == replace(watch.latest, api_problem=None, read_at=fake.now)


async def test_depths_are_remembered_for_a_quarter_of_an_hour() -> None:
    fake = FakeApi()
    watch = fake.watch()
    for _ in range(3):
        await watch.read_overview()
        fake.now += REMEMBERED / 2 + timedelta(seconds=1)
    assert [moment for moment, _ in watch.latest.history] == [
        NOW + REMEMBERED / 2 + timedelta(seconds=1),
        NOW + REMEMBERED + timedelta(seconds=2),
    ]


async def test_without_rabbitmqs_management_api_it_says_which_settings_give_rates() -> None:
    assert "CONSOLE_MANAGEMENT_URL" in str(FakeApi().watch().latest.rates_problem)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OVERVIEW_SECONDS", 0)
    monkeypatch.setattr(module, "SLOW_SECONDS", 0)


@pytest.mark.usefixtures("quick")
async def test_a_console_that_nobody_watches_asks_once_and_then_waits_until_somebody_comes() -> None:
    fake = FakeApi(watched=False)
    watch, stop = fake.watch(), asyncio.Event()
    running = asyncio.create_task(watch.run(stop))
    await eventually(lambda: len(fake.shown) == 2)
    for _ in range(1000):  # Without a wait it would ask again within a few turns of the event loop.
        await asyncio.sleep(0)
    assert fake.asked.count("/api/ops/overview") == 1
    fake.watched = True
    watch.look()
    await eventually(lambda: fake.asked.count("/api/ops/overview") > 3 and len(fake.shown) > 5)
    stop.set()
    await running
