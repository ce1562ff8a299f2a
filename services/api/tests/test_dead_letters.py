"""The routes for dead letters, with the in-memory broker. tests/integration tests them with RabbitMQ."""

from typing import Any
from uuid import UUID

import pytest
from prometheus_client import REGISTRY
from tests.support.api.application import Api
from tests.support.broker.clients import reject, send
from tests.support.messages import failed, job

from homework_shared.errors import BrokerClaimed
from homework_shared.exercises.messages import GenerateHomework, HomeworkFailed
from homework_shared.messaging import topology
from homework_shared.messaging.topology import (
    DEAD,
    DEAD_EXCHANGE,
    FALLBACK,
    FALLBACK_DESTINATION,
    JOBS,
    RESULT_DESTINATION,
    RESULTS,
)
from homework_shared.messaging.transport import Destination, Envelope, envelop

PATH = "/api/ops/dead"


def late_job(api: Api, seconds_left: float = -5) -> GenerateHomework:
    return job(seconds_left, created_at=api.clock())


async def bury(
    api: Api, envelope: Envelope, destination: Destination = FALLBACK_DESTINATION, queue: str = FALLBACK
) -> None:
    """Publish a message and reject it, so that it ends up in generation.dead."""
    await send(api.broker, destination, envelope)
    await reject(api.broker, queue)


def sent(message: GenerateHomework | HomeworkFailed) -> Envelope:
    return envelop(message, str(message.job_id), headers={"traceparent": "00-ab-cd-01", "x-own": "1"})


async def listed(api: Api, **params: Any) -> dict[str, Any]:
    answer = await api.client.get(PATH, params=params)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def only_letter(api: Api) -> dict[str, Any]:
    [letter] = (await listed(api))["letters"]
    return dict(letter)


async def arrived(api: Api, queue: str) -> list[Envelope]:
    async with api.broker.browse(queue, 100) as deliveries:
        return [delivery.envelope for delivery in deliveries]


def settled(action: str) -> float:
    return REGISTRY.get_sample_value("homework_dead_letters_settled_total", {"action": action}) or 0.0


async def test_a_dead_job_is_listed_with_where_and_why_it_died(sqlite_api: Api) -> None:
    envelope = sent(late_job(sqlite_api))
    await bury(sqlite_api, envelope)
    letter = await only_letter(sqlite_api)
    assert (letter["type"], letter["job_id"]) == ("GenerateHomework", envelope.message_id)
    assert (letter["queue"], letter["reason"], letter["deaths"]) == (FALLBACK, "rejected", 1)
    assert (letter["copies"], letter["size"]) == (1, len(envelope.body))
    assert letter["first_death_at"] == letter["last_death_at"]
    assert 0 < len(letter["preview"]) <= 200
    assert envelope.body.decode().startswith(letter["preview"])


async def test_the_newest_letter_comes_first_and_the_limit_does_not_change_the_total(sqlite_api: Api) -> None:
    jobs = [sent(late_job(sqlite_api)) for _ in range(3)]
    for each in jobs:
        await bury(sqlite_api, each)
    found = await listed(sqlite_api, limit=2)
    assert [letter["message_id"] for letter in found["letters"]] == [jobs[2].message_id, jobs[1].message_id]
    assert found["total"] == 3
    assert (await listed(sqlite_api))["total"] == 3


async def test_copies_of_one_job_are_one_letter_and_are_sent_once(sqlite_api: Api) -> None:
    envelope = sent(late_job(sqlite_api))
    for _ in range(3):
        await bury(sqlite_api, envelope)
    letter = await only_letter(sqlite_api)
    assert (letter["copies"], letter["deaths"]) == (3, 3)
    assert (await sqlite_api.client.post(f"{PATH}/{letter['id']}/replay")).status_code == 200
    assert (await listed(sqlite_api))["total"] == 0
    assert len(await arrived(sqlite_api, FALLBACK)) == 1


async def test_a_letter_is_shown_whole_but_without_terminal_control_characters(sqlite_api: Api) -> None:
    await bury(sqlite_api, Envelope("Odd\x1b]0;", "", b"\xff{\x1b[2J}", {"note\x07": "a\x1bb"}))
    letter = await only_letter(sqlite_api)
    detail = (await sqlite_api.client.get(f"{PATH}/{letter['id']}")).json()
    assert detail["body"] == "\ufffd{\ufffd[2J}"
    assert (detail["type"], detail["job_id"]) == ("Odd\ufffd]0;", None)
    assert detail["headers"] == {"note\ufffd": "a\ufffdb"}
    assert [(death["queue"], death["reason"]) for death in detail["history"]] == [(FALLBACK, "rejected")]


@pytest.mark.parametrize(("seconds_left", "queue"), [(-5, FALLBACK), (0, FALLBACK), (30, JOBS)])
async def test_a_replayed_job_keeps_its_id_and_goes_where_its_deadline_says(
    sqlite_api: Api, seconds_left: float, queue: str
) -> None:
    envelope, before = sent(late_job(sqlite_api, seconds_left)), settled("replay")
    await bury(sqlite_api, envelope)
    letter = await only_letter(sqlite_api)
    answer = await sqlite_api.client.post(f"{PATH}/{letter['id']}/replay")
    assert answer.json() == {"id": letter["id"], "sent_to": queue}
    [again] = await arrived(sqlite_api, queue)
    assert (again.type, again.message_id, again.body) == (envelope.type, envelope.message_id, envelope.body)
    assert again.headers == {"traceparent": "00-ab-cd-01"}
    assert again.expires_in_ms == (30_000 if queue == JOBS else None)
    assert await arrived(sqlite_api, DEAD) == []
    assert settled("replay") == before + 1


async def test_a_job_can_be_sent_to_the_mock_before_its_deadline(sqlite_api: Api) -> None:
    await bury(sqlite_api, sent(late_job(sqlite_api, 30)))
    letter = await only_letter(sqlite_api)
    answer = await sqlite_api.client.post(f"{PATH}/{letter['id']}/mock")
    assert answer.json()["sent_to"] == FALLBACK
    [again] = await arrived(sqlite_api, FALLBACK)
    assert again.expires_in_ms is None


async def test_a_result_goes_back_to_the_results_and_never_to_the_mock(sqlite_api: Api) -> None:
    result = failed(UUID(int=1))
    await bury(sqlite_api, sent(result), RESULT_DESTINATION, RESULTS)
    path = f"{PATH}/{(await only_letter(sqlite_api))['id']}"
    refused = await sqlite_api.client.post(f"{path}/mock")
    assert refused.status_code == 409
    assert "expected a GenerateHomework message" in refused.json()["detail"]
    assert (await listed(sqlite_api))["total"] == 1
    assert (await sqlite_api.client.post(f"{path}/replay")).json()["sent_to"] == RESULTS
    assert [envelope.type for envelope in await arrived(sqlite_api, RESULTS)] == ["HomeworkFailed"]


@pytest.mark.parametrize(
    "envelope", [Envelope("GenerateHomework", "1", b"{}"), Envelope("Novel", "2", b"{}")]
)
async def test_an_unreadable_letter_is_not_sent_again_but_can_be_dropped(
    sqlite_api: Api, envelope: Envelope
) -> None:
    await bury(sqlite_api, envelope)
    path = f"{PATH}/{(await only_letter(sqlite_api))['id']}"
    refused = await sqlite_api.client.post(f"{path}/replay")
    assert refused.status_code == 409
    assert "DELETE drops it" in refused.json()["detail"]
    assert (await sqlite_api.client.delete(path)).status_code == 204
    assert (await listed(sqlite_api)) == {"letters": [], "total": 0}


async def test_dropping_one_letter_leaves_the_others(sqlite_api: Api) -> None:
    first, second = sent(late_job(sqlite_api)), sent(late_job(sqlite_api))
    await bury(sqlite_api, first)
    await bury(sqlite_api, second)
    newest = (await listed(sqlite_api))["letters"][0]
    before = settled("drop")
    assert (await sqlite_api.client.delete(f"{PATH}/{newest['id']}")).status_code == 204
    assert (await only_letter(sqlite_api))["message_id"] == first.message_id
    assert settled("drop") == before + 1


async def test_a_message_put_there_by_hand_has_no_deaths(sqlite_api: Api) -> None:
    async with sqlite_api.broker.publisher() as publisher:
        await publisher.publish(Destination(DEAD_EXCHANGE), sent(late_job(sqlite_api)))
    letter = await only_letter(sqlite_api)
    assert (letter["queue"], letter["deaths"], letter["last_death_at"]) == (None, 0, None)


ON_ONE = [("GET", ""), ("DELETE", ""), ("POST", "/replay"), ("POST", "/mock")]


@pytest.mark.parametrize(("method", "path"), ON_ONE)
async def test_an_unknown_letter_is_not_found(sqlite_api: Api, method: str, path: str) -> None:
    await bury(sqlite_api, sent(late_job(sqlite_api)))
    answer = await sqlite_api.client.request(method, f"{PATH}/feedfeedfeed{path}")
    assert answer.status_code == 404
    assert "GET /api/ops/dead lists" in answer.json()["detail"]
    assert (await listed(sqlite_api))["total"] == 1


@pytest.mark.parametrize(("method", "path"), ON_ONE)
async def test_without_the_broker_the_answer_says_what_to_do(sqlite_api: Api, method: str, path: str) -> None:
    sqlite_api.broker.up = False
    answer = await sqlite_api.client.request(method, f"{PATH}/feedfeedfeed{path}")
    assert (await sqlite_api.client.get(PATH)).status_code == answer.status_code
    assert answer.status_code == 503
    assert "Start it or wait, see GET /ready" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "2"


@pytest.mark.parametrize(("method", "path"), ON_ONE)
async def test_on_a_broker_of_another_installation_the_answer_says_what_to_do(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    def claimed(*_: object) -> None:
        raise BrokerClaimed("give each installation its own vhost")

    monkeypatch.setattr(sqlite_api.broker, "browse", claimed)
    monkeypatch.setattr(sqlite_api.broker, "publisher", claimed)
    answer = await sqlite_api.client.request(method, f"{PATH}/feedfeedfeed{path}")
    assert (await sqlite_api.client.get(PATH)).status_code == answer.status_code
    assert answer.status_code == 503
    assert answer.json()["detail"] == "give each installation its own vhost"


async def test_a_letter_that_the_broker_refuses_stays_dead(
    sqlite_api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bury(sqlite_api, sent(late_job(sqlite_api)))
    letter = await only_letter(sqlite_api)
    with monkeypatch.context() as without:
        without.setattr(topology, "BINDINGS", ())
        answer = await sqlite_api.client.post(f"{PATH}/{letter['id']}/mock")
    assert answer.status_code == 503
    assert "homework broker apply" in answer.json()["detail"]
    assert await only_letter(sqlite_api) == letter
