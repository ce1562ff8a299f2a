"""Chart options. Lines differ in dashes and bars in patterns, so nobody depends on colours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from homework_client.models import Latency, MinuteFigures
from homework_console.snapshot import REMEMBERED, Depths
from homework_shared.messaging.topology import DEAD, FALLBACK, JOBS, RESULTS
from homework_shared.runtime.clock import utc_now

# These colours are readable on the light and on the dark card.
_BLUE, _ORANGE, _GREEN, _RED = "#3b82d6", "#d07b12", "#2f9e62", "#d9534f"
_GRID = "#8a94a055"
_MINUTES = 60
_STROKES = (("solid", "circle"), ("dashed", "rect"), ("dotted", "triangle"), ("solid", "diamond"))

Options = dict[str, Any]


def latency_chart(latency: Latency) -> Options:
    """A line each for p50, p95 and p99, minute by minute."""
    minutes = _by_minute(latency)
    styles = zip(("p50", "p95", "p99"), (_BLUE, _GREEN, _ORANGE), _STROKES, strict=False)
    series = [
        _line(
            name, color, stroke, [_point(m, getattr(known, f"{name}_seconds", None)) for m, known in minutes]
        )
        for name, color, stroke in styles
    ]
    return _chart(series, "seconds", minutes[0][0], minutes[-1][0])


def written_chart(latency: Latency) -> Options:
    """How many were written each minute, by whom, and how many missed their deadline."""
    minutes = _by_minute(latency)
    model = [_point(minute, known.by_generator.vllm if known else 0) for minute, known in minutes]
    mock = [_point(minute, known.by_generator.mock if known else 0) for minute, known in minutes]
    late = [_point(minute, known.deadline_misses if known else 0) for minute, known in minutes]
    series = [
        _bar("model", _BLUE, model, "written"),
        _bar("mock", _ORANGE, mock, "written"),
        _bar("deadline missed", _RED, late, "missed"),
    ]
    return _chart(series, "homework a minute", minutes[0][0], minutes[-1][0]) | {
        "aria": {"enabled": True, "decal": {"show": True}}
    }


def depth_chart(history: Sequence[tuple[datetime, Depths]]) -> Options:
    """A line for each queue, over the last minutes."""
    names = (JOBS, FALLBACK, RESULTS, DEAD)
    styles = zip(names, (_BLUE, _ORANGE, _GREEN, _RED), _STROKES, strict=True)
    series = [
        _line(
            name.removeprefix("generation."),
            color,
            stroke,
            [_point(moment, depths.get(name)) for moment, depths in history],
        )
        for name, color, stroke in styles
    ]
    latest = history[-1][0] if history else utc_now()
    return _chart(series, "messages", latest - REMEMBERED, latest)


def _by_minute(latency: Latency) -> list[tuple[datetime, MinuteFigures | None]]:
    """All sixty minutes; one in which nothing happened has no figures."""
    known = {figures.minute.astimezone(UTC): figures for figures in latency.minutes}
    first = latency.since.astimezone(UTC)
    minutes = [first + timedelta(minutes=number) for number in range(_MINUTES)]
    return [(minute, known.get(minute)) for minute in minutes]


def _point(moment: datetime, value: float | None) -> list[Any]:
    return [_milliseconds(moment), value]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _line(name: str, color: str, stroke: tuple[str, str], data: list[list[Any]]) -> Options:
    return {
        "name": name,
        "type": "line",
        "data": data,
        "symbol": stroke[1],
        "symbolSize": 6,
        "showSymbol": len(data) <= _MINUTES,
        "color": color,
        "lineStyle": {"type": stroke[0], "width": 2},
    }


def _bar(name: str, color: str, data: list[list[Any]], stack: str) -> Options:
    return {"name": name, "type": "bar", "data": data, "color": color, "stack": stack, "barMinWidth": 5}


def _chart(series: list[Options], unit: str, first: datetime, last: datetime) -> Options:
    return {
        "animation": False,
        "aria": {"enabled": True},
        "grid": {"left": 44, "right": 12, "top": 34, "bottom": 54},
        "legend": {"bottom": 0, "itemWidth": 28},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "time",
            "min": _milliseconds(first),
            "max": _milliseconds(last),
            "splitLine": {"show": False},
            "axisLabel": {"hideOverlap": True, "formatter": "{HH}:{mm}"},
        },
        "yAxis": {
            "type": "value",
            "name": unit,
            "min": 0,
            "minInterval": 0 if unit == "seconds" else 1,
            "nameTextStyle": {"align": "left"},
            "splitLine": {"lineStyle": {"color": _GRID}},
        },
        "series": series,
    }
