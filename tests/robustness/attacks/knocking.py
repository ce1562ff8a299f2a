"""Requests of a caller without a valid key."""

from collections.abc import Sequence

import httpx

from tests.support.waiting import early_in_the_minute

MORE_THAN_ALLOWED = 40
"""The number of invalid keys that are tried within a minute."""


async def knock(client: httpx.AsyncClient, key: str, **headers: str) -> int:
    headers["Authorization"] = f"Bearer {key}"
    return (await client.get("/api/ops/keys", headers=headers)).status_code


async def guess(client: httpx.AsyncClient, addresses: Sequence[str] = ()) -> list[int]:
    """Try one wrong key after the other within one minute, each with another X-Forwarded-For."""
    await early_in_the_minute()
    said = [{"X-Forwarded-For": address} for address in addresses] or [dict[str, str]()]
    return [
        await knock(client, f"wrong{number}", **said[number % len(said)])
        for number in range(MORE_THAN_ALLOWED)
    ]
