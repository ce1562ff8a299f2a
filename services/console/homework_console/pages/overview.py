"""Overview: health and backlog, the generators, and how long homework took."""

from typing import Protocol

from nicegui import Event
from nicegui.elements.mixins.text_element import TextElement

from homework_client.models import Generator, HomeworkStatus, LatencyFigures, Mode
from homework_console.pages.charts import Charts
from homework_console.quality import ModelQuality, quality_by_model
from homework_console.snapshot import Snapshot
from homework_console.summary import Finding, Level, describe, headline
from homework_console.widgets import UNKNOWN, WRITERS, Cell, Moment, Table, block, number, section, words
from homework_shared.messaging.topology import DEAD, FALLBACK, JOBS, RESULTS

QUEUES = {
    JOBS: "jobs for a model",
    FALLBACK: "jobs for the mock",
    RESULTS: "homework to be stored",
    DEAD: "dead letters",
}
_LEVELS = {Level.WELL: "✓ well", Level.NOTE: "○ note", Level.TROUBLE: "! trouble"}
_CLASSES = {Level.WELL: "well", Level.NOTE: "note", Level.TROUBLE: "trouble"}


class Part(Protocol):
    def show(self, snapshot: Snapshot) -> None: ...


def overview_page(snapshot: Snapshot, changed: Event[Snapshot]) -> None:
    parts: list[Part] = [Status(), Tiles(), Queues(), Generators(), Models(), Charts()]

    def show(latest: Snapshot) -> None:
        for part in parts:
            part.show(latest)

    show(snapshot)
    changed.subscribe(show)


class Status:
    """The state in words. A screen reader reads it aloud only when the headline's topic changes."""

    def __init__(self) -> None:
        self._shown: list[Finding] = []
        with section("Status") as self._card:
            self._headline = words("p", "", "headline")
            self._findings = block("ul", "findings")
            with block("p", "muted small"):
                words("span", "Figures read at ")
                self._read_at = Moment(none="never")
                self._old = words("span", "")
        self._heard = words("p", "", "hidden-text")
        self._heard.props["role"] = "status"
        self._topic = ""

    def show(self, snapshot: Snapshot) -> None:
        findings = describe(snapshot)
        if findings != self._shown:
            self._shown = findings
            self._draw(findings)
        is_old = snapshot.api_problem is not None
        self._card.classes(add="is-old" if is_old else "", remove="" if is_old else "is-old")
        self._old.text = ". They are old: the page shows the last known figures." if is_old else "."
        self._read_at.show(snapshot.read_at)

    def _draw(self, findings: list[Finding]) -> None:
        worst = headline(findings)
        self._headline.text = worst.text
        if self._topic != f"{worst.topic}{worst.level}":
            self._topic = f"{worst.topic}{worst.level}"
            self._heard.text = f"{worst.text} {worst.advice}"
        self._findings.clear()
        with self._findings:
            for finding in findings:
                with block("li"):
                    words("span", _LEVELS[finding.level], f"level {_CLASSES[finding.level]}")
                    words("span", f"{finding.topic}: {finding.text} {finding.advice}".strip())


class Tiles:
    """The figures that most people look for first."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[TextElement, TextElement]] = {}
        with block("dl", "tiles", aria_label="Figures"):
            for name in ("Mode", "In the outbox", "Open homework", "Failed", "Mock, last hour",
                         "Deadlines missed", "p50", "p95"):  # fmt: skip
                with block("div", "tile"):
                    words("dt", name)
                    self._values[name] = (words("dd", UNKNOWN), words("dd", ""))

    def show(self, snapshot: Snapshot) -> None:
        hour = snapshot.latency.hour if snapshot.latency else None
        for name, (value, more) in (_of_overview(snapshot) | _of_hour(hour)).items():
            self._values[name][0].text = value
            self._values[name][1].text = more


def _of_overview(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    overview = snapshot.overview
    if overview is None:
        return {}
    counts = overview.homework.by_status
    pending, failed = counts.get(HomeworkStatus.PENDING, 0), counts.get(HomeworkStatus.FAILED, 0)
    oldest = f"oldest {overview.outbox.oldest_seconds:.0f} s" if overview.outbox.waiting else ""
    return {
        "Mode": ("Model", "a model writes") if overview.mode is Mode.GPU else ("Mock", "no model attached"),
        "In the outbox": (number(overview.outbox.waiting), oldest),
        "Open homework": (number(pending), "not written yet"),
        "Failed": (number(failed), "since the start"),
    }


def _of_hour(hour: LatencyFigures | None) -> dict[str, tuple[str, str]]:
    if hour is None:
        return {}
    share = None if hour.fallback_share is None else hour.fallback_share * 100
    return {
        "Mock, last hour": (number(share, " %"), f"of {hour.count} homework"),
        "Deadlines missed": (number(hour.deadline_misses), "last hour"),
        "p50": (number(hour.p50_seconds, " s", 1), "request to stored, last hour"),
        "p95": (number(hour.p95_seconds, " s", 1), "request to stored, last hour"),
    }


class Queues:
    def __init__(self) -> None:
        with section("Queues"):
            self._table = Table(
                "Messages at the broker",
                ("Queue", "Ready", "Being worked on", "Consumers", "In", "Done"),
                "The figures of the broker's queues are not known now.",
            )
            self._no_rates = words("p", "", "muted small")

    def show(self, snapshot: Snapshot) -> None:
        rows = []
        for name, what in QUEUES.items():
            queue = snapshot.overview.queue(name) if snapshot.overview else None
            if queue:
                rate = (snapshot.rates or {}).get(name)
                worked_on = number(rate.unacknowledged if rate else None)
                incoming, done = (rate.incoming, rate.done) if rate else (None, None)
                moving = (number(incoming, " /s", 1), number(done, " /s", 1))
                rows.append((name, what, str(queue.ready), worked_on, str(queue.consumers), *moving))
        self._table.show(rows, _queue_cells)
        self._no_rates.text = snapshot.rates_problem or ""


def _queue_cells(row: tuple[str, ...]) -> list[Cell]:
    name, what, *figures = row
    return [lambda: (words("span", what), words("code", name, "since")), *figures]


class Generators:
    def __init__(self) -> None:
        with section("Generators"):
            self._table = Table(
                "Generators that sent their status in the last 15 seconds",
                ("Generator", "Engine", "Model", "GPU", "Tokens/s", "In work", "Done", "Last seen"),
                "No generator is running. `homework up` starts the mock, `homework tunnel` lets a GPU in.",
            )

    def show(self, snapshot: Snapshot) -> None:
        generators = snapshot.overview.generators if snapshot.overview else []
        ordered = sorted(generators, key=lambda each: (each.kind, each.worker_id), reverse=True)
        self._table.show(ordered, _generator_cells)


def _generator_cells(generator: Generator) -> list[Cell]:
    memory = f", {generator.gpu_memory_gb:.0f} GB" if generator.gpu_memory_gb else ""
    return [
        lambda: (words("span", generator.worker_id), words("span", WRITERS[generator.kind], "since")),
        lambda: _engine(generator),
        generator.model,
        f"{generator.gpu}{memory}" if generator.gpu else UNKNOWN,
        number(generator.tokens_per_second),
        str(generator.in_flight),
        str(generator.done),
        lambda: Moment(generator.last_seen),
    ]


def _engine(generator: Generator) -> None:
    words("span", generator.engine or UNKNOWN)
    if generator.server:
        words("code", generator.server, "since")


class Models:
    """Hidden while no generator counts tries, as without a model."""

    def __init__(self) -> None:
        with section("Models") as self._card:
            self._table = Table(
                "How well each model writes, since its generators started",
                ("Model", "Usable", "Tries", "Tries per usable exercise", "Most frequent faults"),
                "",
            )

    def show(self, snapshot: Snapshot) -> None:
        models = quality_by_model(snapshot.overview.generators if snapshot.overview else [])
        self._card.set_visibility(bool(models))
        self._table.show(models, _model_cells)


def _model_cells(quality: ModelQuality) -> list[Cell]:
    return [
        quality.model,
        number(quality.usable_percent, " %"),
        number(quality.tries),
        number(quality.tries_per_usable, digits=1),
        quality.faults_in_words(),
    ]
