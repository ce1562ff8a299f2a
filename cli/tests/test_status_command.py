"""`homework status` shows the health of a running service, its generators and the next steps."""

import json
import re
import time

import pytest
from tests.support.api.live import Live
from tests.support.commands import Homework

from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus
from homework_shared.messaging.transport import Envelope, envelop
from homework_shared.runtime.clock import utc_now


def status_when(homework: Homework, condition: str) -> str:
    """The output of `homework status` once it contains `condition`. The API looks for
    generators each second.
    """
    deadline = time.monotonic() + 60
    while condition not in (shown := homework("status").output):
        assert time.monotonic() < deadline, shown
        time.sleep(0.1)
    return shown


def test_the_status_shows_health_and_the_next_steps(live_on_the_mock: Live) -> None:
    homework = Homework(live_on_the_mock.url)
    shown = status_when(homework, "so the mock generator writes")
    assert "Status: ready" in shown
    assert "generation.dead" in shown
    assert homework("status").exit_code == 0
    found = homework.json("status")
    assert (found["ready"]["status"], found["overview"]["mode"]) == ("ready", "mock")


def test_the_status_shows_a_generators_usable_share(live_alone: Live) -> None:
    status = GeneratorStatus(
        worker_id="gpu-1", kind=GeneratorKind.VLLM, model="marco", in_flight=0, done=0, tokens_per_second=0,
        version="1", started_at=utc_now(), tries=8, usable=6,
    )  # fmt: skip
    live_alone.announce(envelop(status, "gpu-1"))
    shown = status_when(Homework(live_alone.url), "gpu-1")
    assert re.search(r"marco .* 75% ", shown)


def test_the_status_names_engine_server_and_model_of_each_generator(live_alone: Live) -> None:
    known = {"kind": GeneratorKind.VLLM, "in_flight": 0, "done": 0, "tokens_per_second": 0, "version": "1",
             "started_at": utc_now()}  # fmt: skip
    for said in (
        {"worker_id": "mac", "model": "gemma", "engine": "Ollama", "server": "http://mac:11434"},
        {"worker_id": "colab", "model": "marco", "engine": "vLLM", "gpu": "Tesla T4"},
        {"worker_id": "old", "model": "older"},
        {"worker_id": "liar", "model": "m", "engine": "[red]\u202e[/red]", "server": "http://h:1"},
    ):
        status = GeneratorStatus.model_validate(known | said)
        live_alone.announce(envelop(status, status.worker_id))
    homework = Homework(live_alone.url, COLUMNS="160")
    shown = status_when(homework, "liar")
    assert re.search(r"mac .* Ollama .* gemma .* http://mac:11434 ", shown)
    assert re.search(r"colab .* vLLM .* marco .* Tesla T4 ", shown)
    assert re.search(r"old .* vllm .* older .* – ", shown)
    assert "[red]\N{REPLACEMENT CHARACTER}[/red]" in shown


def test_the_status_of_a_service_without_a_generator(live_alone: Live) -> None:
    live_alone.bury(Envelope("Novel", "1", b"{}"))
    shown = status_when(Homework(live_alone.url), "dead letters: 1; `homework dead list`")
    assert "no generator is running: start `homework-mock-generator`" in shown


def test_watching_prints_one_line_each_time_and_waits_for_a_service_that_is_away(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses = iter([None, KeyboardInterrupt])

    def pause(_: float) -> None:
        if error := next(pauses):
            raise error

    monkeypatch.setattr("homework_cli.commands.status.time.sleep", pause)
    lines = Homework(live.url).done("status", "--watch", "--json").splitlines()
    assert [json.loads(line)["ready"]["status"] for line in lines] == ["ready"] * 2
    pauses = iter([None, KeyboardInterrupt])
    away = Homework("http://127.0.0.1:1").done("status", "--watch", "--json").splitlines()
    assert ["does not answer" in json.loads(line)["error"] for line in away] == [True] * 2
