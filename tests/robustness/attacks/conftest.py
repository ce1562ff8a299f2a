"""An API that asks for keys, to be attacked."""

from collections.abc import AsyncIterator

import pytest

from homework_api.domain.access import Scope
from tests.support.api.application import Api, api_over


@pytest.fixture
async def api(sqlite_url: str) -> AsyncIterator[Api]:
    async with api_over(sqlite_url) as api:
        yield api


@pytest.fixture
async def administrator(api: Api) -> str:
    """A key with every right, which no process has seen yet."""
    return (await api.keys.create("administrator", frozenset(Scope), None, None)).text
