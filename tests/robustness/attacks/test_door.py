"""Attacks on the API's authentication: invalid keys, and forged client addresses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import yaml

from homework_api.domain.access import Scope
from homework_api.settings import ApiSettings
from tests.robustness.attacks.knocking import MORE_THAN_ALLOWED, guess, knock
from tests.support.api.application import Api
from tests.support.api.server import served_as_shipped

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"


@asynccontextmanager
async def door(api: Api, **settings: str) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        served_as_shipped(api.services, api.stop, **settings) as url,
        httpx.AsyncClient(base_url=url, timeout=60) as client,
    ):
        yield client


async def test_a_pupils_wrong_keys_do_not_lock_out_the_administrator_at_the_same_address(
    api: Api, administrator: str
) -> None:
    async with door(api) as client:
        assert (await guess(client))[-1] == 429
        assert await knock(client, administrator) == 200  # This process has never seen the key.


async def test_a_forged_forwarded_address_gives_a_guesser_no_more_tries(api: Api, administrator: str) -> None:
    async with door(api) as client:
        claimed = [f"192.0.2.{number}" for number in range(MORE_THAN_ALLOWED)]
        assert (await guess(client, claimed))[-1] == 429


async def test_a_trusted_proxy_sets_the_clients_address(api: Api, administrator: str) -> None:
    async with door(api, trusted_proxies="127.0.0.1") as client:
        assert (await guess(client, ["192.0.2.1"]))[-1] == 429
        assert await knock(client, "mistyped", **{"X-Forwarded-For": "192.0.2.2"}) == 401


@pytest.mark.parametrize("path", ["/metrics", "/%6detrics", "/metrics/", "/%6Detrics?x=1"])
async def test_the_port_that_others_reach_shows_no_metrics_to_anybody(
    api: Api, administrator: str, path: str
) -> None:
    for headers in ({}, {"Authorization": f"Bearer {administrator}"}):
        assert (await api.client.get(path, headers=headers)).status_code == 404


async def test_an_operators_key_cannot_create_a_key_with_a_teachers_right(
    api: Api, administrator: str
) -> None:
    operator = (await api.keys.create("console", frozenset({Scope.OPS}), None, None)).text
    api.client.headers["Authorization"] = f"Bearer {operator}"
    for gained in ({"rights": ["teacher"]}, {"rights": ["ops", "teacher"]}, {"student_id": 1}):
        assert (await api.client.post("/api/ops/keys", json={"name": "x", **gained})).status_code == 403
    assert (await api.client.post("/api/ops/keys", json={"name": "x", "rights": ["ops"]})).status_code == 201


def test_the_api_processes_of_compose_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    services = yaml.safe_load(COMPOSE.read_text())["services"]
    counted_at = set()
    for name in ("api-1", "api-2"):
        storage = services[name]["environment"].get("API_RATE_LIMIT_STORAGE", "memory://")
        monkeypatch.setenv("API_RATE_LIMIT_STORAGE", storage)
        counted_at.add(ApiSettings().rate_limit_storage)
    [storage] = counted_at
    assert httpx.URL(storage).host in services, f"each process counts for itself in {storage}"
