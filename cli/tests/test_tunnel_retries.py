"""A tunnel that cannot be opened is tried again after a wait that grows, unless a person is needed."""

import time
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest
from tests.support.tunnel.supervised import FAST, Enough, House

from homework_cli.broker.address import PublicAddress
from homework_cli.tunnel.agent import Endpoint
from homework_cli.tunnel.errors import TunnelLost, TunnelRefused
from homework_cli.tunnel.supervisor import Pace, State


def test_tries_that_fail_wait_longer_and_longer_with_jitter_up_to_the_limit(house: House) -> None:
    house.agent.addresses = [TunnelLost("no")] * 60
    pace = replace(FAST, steady=60, wait_min=0.001, wait_max=0.016)
    slept = _sleeps(house, pace, lambda _: len(house.agent.opened) == 13)
    assert max(slept) <= 0.016
    assert max(slept[4:]) > 2 * slept[0]
    # The jitter prevents tunnels from trying at the same moments.
    assert len(set(slept)) > 6


def _sleeps(house: House, pace: Pace, until: Callable[[State], bool]) -> list[float]:
    house.until = until
    slept: list[float] = []
    supervisor = house.supervisor(pace)
    retrying = supervisor._retrying()

    def sleep(seconds: float) -> None:
        slept.append(seconds)

    retrying.sleep = sleep
    with pytest.raises(Enough):
        retrying(supervisor._session)
    return slept


def test_a_refusal_that_asks_for_patience_gets_it(house: House) -> None:
    house.agent.addresses = [TunnelLost("used up", wait_seconds=900)] * 9
    slept = _sleeps(house, replace(FAST, steady=60), lambda _: len(house.agent.opened) == 4)
    assert all(seconds >= 900 for seconds in slept)


def test_a_tunnel_that_breaks_at_once_counts_as_a_failed_try(house: House) -> None:
    def breaks(_: Endpoint[PublicAddress]) -> Endpoint[PublicAddress]:
        raise TunnelLost("broken at once")

    house.agent.on_look = breaks
    house.run_until(lambda state: "broken at once; trying again in" in state.note, replace(FAST, steady=60))


def test_a_tunnel_that_took_long_to_open_has_not_held_long(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(_: Endpoint[PublicAddress]) -> Endpoint[PublicAddress]:
        raise TunnelLost("broken at once")

    opened_at_once = house.agent.open

    def open_slowly(port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress:
        passed.append(90)
        return opened_at_once(port, mark, url)

    passed = [0.0]
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + sum(passed), sleep=time.sleep)
    monkeypatch.setattr("homework_cli.tunnel.supervisor.time", clock)
    house.agent.on_look = breaks
    house.agent.open = open_slowly  # type: ignore[method-assign]
    house.run_until(lambda _: len(house.agent.opened) == 2, replace(FAST, steady=60))
    assert "trying again in" in house.notes[-1]


def test_a_tunnel_without_a_ticket_to_make_is_a_failed_try(house: House) -> None:
    (house.folder / "broker/credentials.json").unlink()
    slept = _sleeps(house, replace(FAST, steady=60), lambda _: len(house.agent.opened) == 3)
    assert len(slept) == 2
    assert "run `homework up` there first; trying again in" in house.notes[-1]


def test_a_refusal_that_needs_a_person_ends_the_command(house: House) -> None:
    house.agent.addresses = [TunnelRefused("add a card")]
    with pytest.raises(TunnelRefused, match="add a card"):
        house.supervisor().run()
    assert house.agent.closed == 1
