"""One reader for all tabs: it keeps the last figures and says when they are old."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import httpx
import pytest
from services.console.tests.readings import NOW, latency, overview

from homework_console import snapshot as module
from homework_console.client import connect
from homework_console.snapshot import REMEMBERED, Snapshot, Watch


@dataclass
class House:
    """An API that can go away, and what pages are shown."""

    is_away: bool = False
    watched: bool = True
    now: datetime = NOW
    asked: list[str] = field(default_factory=list)
    shown: list[Snapshot] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if self.is_away:
            raise httpx.ConnectError("refused")
        known = latency() if request.url.path.endswith("latency") else overview()
        return httpx.Response(200, content=known.model_dump_json())

    def watch(self) -> Watch:
        api = connect("http://api", transport=httpx.MockTransport(self.answer))
        return Watch(api, None, lambda: self.now, self.shown.append, lambda: self.watched)


async def test_figures_stay_with_their_time_when_the_api_goes_away_and_are_new_when_it_is_back() -> None:
    house = House()
    watch = house.watch()
    await watch.read_overview()
    house.is_away, house.now = True, NOW + timedelta(seconds=9)
    await watch.read_overview()
    assert watch.latest.overview == overview()
    assert watch.latest.read_at == NOW
    assert watch.latest.api_problem
    house.is_away = False
    await watch.read_overview()
    assert watch.latest == replace(watch.latest, api_problem=None, read_at=house.now)


async def test_depths_are_remembered_for_a_quarter_of_an_hour() -> None:
    house = House()
    watch = house.watch()
    for _ in range(3):
        await watch.read_overview()
        house.now += REMEMBERED / 2 + timedelta(seconds=1)
    assert [moment for moment, _ in watch.latest.history] == [
        NOW + REMEMBERED / 2 + timedelta(seconds=1),
        NOW + REMEMBERED + timedelta(seconds=2),
    ]


async def test_without_rabbitmqs_management_api_it_says_which_settings_give_rates() -> None:
    assert "CONSOLE_MANAGEMENT_URL" in str(House().watch().latest.rates_problem)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OVERVIEW_SECONDS", 0.01)
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.01)


@pytest.mark.usefixtures("quick")
async def test_nobodys_console_asks_once_and_then_waits_until_somebody_comes() -> None:
    house = House(watched=False)
    watch, stop = house.watch(), asyncio.Event()
    running = asyncio.create_task(watch.run(stop))
    await asyncio.sleep(0.2)
    assert house.asked.count("/api/ops/overview") == 1
    house.watched = True
    watch.look()
    await asyncio.sleep(0.2)
    assert house.asked.count("/api/ops/overview") > 3
    assert len(house.shown) > 3
    stop.set()
    await running
