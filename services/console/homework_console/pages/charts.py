"""The charts of the overview, and their figures as a table for whoever cannot see them."""

from datetime import UTC, datetime, timedelta

from nicegui import ui

from homework_client.models import Latency, MinuteFigures
from homework_console.charts import Options, depth_chart, latency_chart, written_chart
from homework_console.snapshot import Snapshot
from homework_console.widgets import Cell, Moment, Table, block, number, section, words

DRAWN_EVERY = timedelta(seconds=5)
"""Nobody sees the difference to a chart of each second, but a phone is slowed by it."""


class Charts:
    def __init__(self) -> None:
        self._latency_shown: Latency | None = None
        self._depths_drawn_at = datetime.min.replace(tzinfo=UTC)
        with block("div", "columns"):
            self._depths = _chart("Messages waiting, last 15 minutes")
            self._latency = _chart("From request to homework, last hour")
            self._written = _chart("Homework written, last hour")
        with section("The last hour in figures"), block("details"):
            words("summary", "Show as a table")
            self._table = Table(
                "The figures of each minute, the latest first",
                ("Minute", "Written", "by a model", "by the mock", "p50", "p95", "p99", "Missed"),
                "No homework was written in the last hour. Teachers give homework in the classroom.",
            )

    def show(self, snapshot: Snapshot) -> None:
        if snapshot.latency and snapshot.latency != self._latency_shown:
            self._latency_shown = snapshot.latency
            _redraw(self._latency, latency_chart(snapshot.latency))
            _redraw(self._written, written_chart(snapshot.latency))
            self._table.show([*reversed(snapshot.latency.minutes)], _minute_cells)
        if snapshot.read_at and snapshot.read_at - self._depths_drawn_at >= DRAWN_EVERY:
            self._depths_drawn_at = snapshot.read_at
            _redraw(self._depths, depth_chart(snapshot.history))


def _chart(title: str) -> ui.echart:
    with section(title):
        # In an SVG the text takes the page's colours, in light and in dark.
        chart = ui.echart({}, renderer="svg").classes("chart")
    chart.props["role"], chart.props["aria-label"] = "img", f"Chart: {title}. Its figures are in the table."
    return chart


def _redraw(chart: ui.echart, options: Options) -> None:
    chart.options.clear()
    chart.options.update(options)
    chart.update()


def _minute_cells(figures: MinuteFigures) -> list[Cell]:
    return [
        lambda: Moment(figures.minute),
        str(figures.count),
        str(figures.by_generator.vllm),
        str(figures.by_generator.mock),
        number(figures.p50_seconds, " s", 1),
        number(figures.p95_seconds, " s", 1),
        number(figures.p99_seconds, " s", 1),
        str(figures.deadline_misses),
    ]
