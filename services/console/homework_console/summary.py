"""Describes the state of the pipeline in words: what works, what does not, and what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from homework_client.models import Generator, Overview
from homework_console.snapshot import Snapshot
from homework_shared.messaging.topology import DEAD, FALLBACK, JOBS, RESULTS

OUTBOX_SLOW_SECONDS = 5.0
"""A relay that works needs a fraction of a second for a row."""


class Level(IntEnum):
    WELL = 0
    NOTE = 1
    TROUBLE = 2


@dataclass(frozen=True)
class Finding:
    """One sentence about one topic. `advice` is the next step, if there is one."""

    topic: str
    level: Level
    text: str
    advice: str = ""


def describe(snapshot: Snapshot) -> list[Finding]:
    """The findings: the API's own trouble, or model, queue, tunnel, mock and what is stuck."""
    if snapshot.api_problem:
        return [Finding("API", Level.TROUBLE, *_split(snapshot.api_problem))]
    if snapshot.overview is None:
        return [Finding("API", Level.NOTE, "Reading the first figures.")]
    overview = snapshot.overview
    return [
        _model(overview),
        _queue(overview),
        _tunnel(overview),
        _mock(snapshot),
        *_delivery(snapshot, overview),
    ]


def headline(findings: list[Finding]) -> Finding:
    """The worst finding, or that all is well."""
    worst = max(findings, key=lambda each: each.level)
    if worst.level is Level.TROUBLE or len(findings) == 1:
        return worst
    return Finding(
        "All", Level.WELL, "Everything works: homework is written within two seconds of its deadline."
    )


def _split(problem: str) -> tuple[str, str]:
    text, _, advice = problem.partition(". ")
    return f"{text.rstrip('.')}.", advice


def _model(overview: Overview) -> Finding:
    writing = overview.gpus()
    if not writing:
        advice = "To attach a GPU in Colab, run `homework tunnel` and `homework notebook`."
        return Finding("Model", Level.NOTE, "No model is attached, so the mock generator writes.", advice)
    tokens = sum(generator.tokens_per_second for generator in writing)
    places = ", ".join(_place(generator) for generator in writing[:3])
    attached = "A model is attached" if len(writing) == 1 else f"Models are attached in {len(writing)} places"
    return Finding("Model", Level.WELL, f"{attached} ({places}), writing {tokens:.0f} tokens a second.")


def _place(generator: Generator) -> str:
    """The engine and its place: "Ollama at http://127.0.0.1:11434", "vLLM on Tesla T4"."""
    engine = generator.engine or ""
    if generator.server:
        engine = f"{engine} at {generator.server}"
    if generator.gpu:
        engine = f"{engine} on {generator.gpu}" if engine else generator.gpu
    return engine.strip() or generator.worker_id


def _queue(overview: Overview) -> Finding:
    if not overview.broker.connected or overview.broker.queues is None:
        text = (
            "The broker accepts no messages. Requests are accepted, and their jobs are kept in the database."
        )
        advice = overview.broker.problem or "Start RabbitMQ. The jobs are then published automatically."
        return Finding("Queue", Level.TROUBLE, text, advice)
    for name, who, start in (
        (RESULTS, "results consumer", "Start `homework-api results`, or the API with `homework up`."),
        (FALLBACK, "mock generator", "Start `homework-mock-generator`, or everything with `homework up`."),
    ):
        queue = overview.queue(name)
        if queue and not queue.consumers:
            text = f"No {who} is running. Messages in {name}: {queue.ready}."
            return Finding("Queue", Level.TROUBLE, text, start)
    jobs = overview.queue(JOBS)
    if jobs and jobs.ready and not jobs.consumers:
        text = f"Jobs that wait for a model: {jobs.ready}. At the deadline the mock generator writes them."
        return Finding("Queue", Level.NOTE, text)
    if jobs and jobs.ready:
        return Finding(
            "Queue", Level.WELL, f"The queue is being worked off. It has {_count(jobs.ready, 'job')}."
        )
    return Finding("Queue", Level.WELL, "The queue is empty.")


def _tunnel(overview: Overview) -> Finding:
    tunnel = overview.tunnel
    if tunnel is None:
        return Finding("Tunnel", Level.NOTE, "There is no tunnel, so only GPUs in this network can attach.")
    if tunnel.up:
        return Finding("Tunnel", Level.WELL, f"The tunnel is up ({tunnel.address or 'address unknown'}).")
    return Finding("Tunnel", Level.TROUBLE, "The tunnel is down.", tunnel.note or "Run `homework tunnel`.")


def _mock(snapshot: Snapshot) -> Finding:
    hour = snapshot.latency.hour if snapshot.latency else None
    if hour is None or hour.fallback_share is None:
        return Finding("Mock", Level.WELL, "No homework was written in the last hour.")
    share = f"{hour.fallback_share:.0%}"
    text = f"The mock generator wrote {share} of the last hour's {hour.count} homework."
    return Finding("Mock", Level.NOTE if hour.fallback_share else Level.WELL, text)


def _delivery(snapshot: Snapshot, overview: Overview) -> Iterator[Finding]:
    found = False
    for finding in (_dead(overview), _outbox(overview), _missed(snapshot)):
        if finding:
            found = True
            yield finding
    if not found:
        yield Finding("Delivery", Level.WELL, "No dead letters, no late publishes, no missed deadlines.")


def _dead(overview: Overview) -> Finding | None:
    dead = overview.queue(DEAD)
    if not dead or not dead.ready:
        return None
    text = f"There is no decision yet about {_count(dead.ready, 'dead letter')}."
    return Finding("Delivery", Level.TROUBLE, text, "Decide about them on the page Dead letters.")


def _outbox(overview: Overview) -> Finding | None:
    outbox = overview.outbox
    if not overview.broker.connected or outbox.oldest_seconds < OUTBOX_SLOW_SECONDS:
        return None
    text = f"The outbox has {_count(outbox.waiting, 'job')}, the oldest for {outbox.oldest_seconds:.0f} s."
    return Finding("Delivery", Level.TROUBLE, text, "Search the API's log for `relay`.")


def _missed(snapshot: Snapshot) -> Finding | None:
    missed = snapshot.latency.hour.deadline_misses if snapshot.latency else 0
    if not missed:
        return None
    text = f"{missed} homework missed a deadline in the last hour."
    return Finding("Delivery", Level.TROUBLE, text, "See the page Jobs, with the status failed or pending.")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")
