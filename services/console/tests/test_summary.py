"""The summary of the status: each finding has a sentence, a level and a next step."""

from dataclasses import replace
from typing import Any

import pytest
from services.console.tests.readings import GPU, latency, overview, queues, snapshot, tunnel

from homework_console.snapshot import Snapshot
from homework_console.summary import Finding, Level, describe, headline


def about(topic: str, found: Snapshot) -> Finding:
    [finding] = [each for each in describe(found) if each.topic == topic]
    return finding


def test_a_healthy_pipeline_is_all_well() -> None:
    findings = describe(snapshot())
    assert {finding.level for finding in findings} == {Level.WELL}
    assert (
        headline(findings).text == "Everything works: homework is written within two seconds of its deadline."
    )


def test_before_the_first_figures_it_says_that_it_reads() -> None:
    assert headline(describe(Snapshot())).text == "Reading the first figures."


def test_an_api_that_is_away_is_the_only_finding_and_says_how_to_start_it() -> None:
    [finding] = describe(replace(snapshot(), api_problem="The API does not answer (refused). Start it."))
    assert (finding.level, finding.text, finding.advice) == (
        Level.TROUBLE, "The API does not answer (refused).", "Start it.",
    )  # fmt: skip


def test_without_a_model_the_mock_writes_and_nothing_is_wrong() -> None:
    finding = about("Model", snapshot(generators=[]))
    assert finding.level is Level.NOTE
    assert "homework tunnel" in finding.advice


OLDER = {"engine": None}
MAC = {"engine": "Ollama", "server": "http://127.0.0.1:11434", "gpu": None}


@pytest.mark.parametrize(
    ("said", "place"),
    [
        ({}, "vLLM on Tesla T4"),
        (OLDER, "Tesla T4"),
        (OLDER | {"gpu": None}, "colab-1"),
        (MAC, "Ollama at http://127.0.0.1:11434"),
        (MAC | {"server": None}, "Ollama"),
        (MAC | {"gpu": "M4"}, "Ollama at http://127.0.0.1:11434 on M4"),
    ],
)
def test_a_model_is_named_by_what_it_runs_on_with_its_tokens(said: dict[str, Any], place: str) -> None:
    found = about("Model", snapshot(generators=[GPU | said]))
    assert found.text == f"A model is attached ({place}), writing 812 tokens a second."


def test_two_engines_at_once_are_both_named() -> None:
    found = about("Model", snapshot(generators=[GPU, GPU | MAC | {"worker_id": "mac"}]))
    assert found.text == (
        "Models are attached in 2 places (vLLM on Tesla T4, Ollama at http://127.0.0.1:11434), "
        "writing 1625 tokens a second."
    )


@pytest.mark.parametrize(
    ("broker", "level", "words"),
    [
        ({"connected": False, "queues": None}, Level.TROUBLE, "broker accepts no messages"),
        ({"connected": True, "queues": queues(jobs=3)}, Level.WELL, "being worked off. It has 3 jobs"),
        (
            {"connected": True, "queues": queues(jobs=1) | {"generation.jobs": {"ready": 1, "consumers": 0}}},
            Level.NOTE,
            "Jobs that wait for a model: 1.",
        ),
        (
            {"connected": True, "queues": queues() | {"generation.fallback": {"ready": 2, "consumers": 0}}},
            Level.TROUBLE,
            "No mock generator is running. Messages in generation.fallback: 2.",
        ),
        (
            {"connected": True, "queues": queues() | {"generation.results": {"ready": 1, "consumers": 0}}},
            Level.TROUBLE,
            "No results consumer is running. Messages in generation.results: 1.",
        ),
    ],
)
def test_the_queues_sentence_says_what_waits_and_who_takes_it(
    broker: dict[str, Any], level: Level, words: str
) -> None:
    finding = about("Queue", snapshot(broker=broker))
    assert finding.level is level
    assert words in finding.text
    assert finding.advice or level is not Level.TROUBLE


@pytest.mark.parametrize(
    ("state", "level"),
    [
        (None, Level.NOTE),
        (tunnel(up=True, address="1.tcp.ngrok.io:1"), Level.WELL),
        (tunnel(up=False, note="run it again"), Level.TROUBLE),
    ],
)
def test_a_tunnel_that_is_down_is_trouble_and_having_none_is_not(
    state: dict[str, Any] | None, level: Level
) -> None:
    assert about("Tunnel", snapshot(tunnel=state)).level is level


def test_the_mocks_share_is_shown_in_per_cent() -> None:
    found = replace(snapshot(), latency=latency(count=8, fallback_share=0.25))
    assert about("Mock", found).text == "The mock generator wrote 25% of the last hour's 8 homework."


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (
            Snapshot(overview=overview(broker={"connected": True, "queues": queues(dead=1)})),
            "decision yet about 1 dead letter.",
        ),
        (
            Snapshot(overview=overview(outbox={"waiting": 4, "oldest_seconds": 61.0})),
            "The outbox has 4 jobs",
        ),
        (Snapshot(overview=overview(), latency=latency(deadline_misses=2)), "2 homework missed a deadline"),
    ],
)
def test_what_is_stuck_is_the_headline_and_says_where_to_look(found: Snapshot, words: str) -> None:
    worst = headline(describe(found))
    assert (worst.topic, worst.level) == ("Delivery", Level.TROUBLE)
    assert words in worst.text
    assert worst.advice
