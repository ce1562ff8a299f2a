"""The figures as tables in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def peers(rows: Sequence[Row]) -> str:
    """A table of the peers. The ratios are relative to ours."""
    ours = next((row for row in rows if row["peer"] == "homework"), rows[0])
    return _table(
        ("peer", "jobs/s", "ours is", "CPU s per 1,000", "ours uses", "of the broker", "p50 ms", "p99 ms"),
        (
            (
                row["peer"],
                f"{row['jobs_per_s']:,.0f}",
                f"{ours['jobs_per_s'] / row['jobs_per_s']:.2f} ×",
                f"{row['cpu_s_per_1000']:.2f}",
                f"{ours['cpu_s_per_1000'] / row['cpu_s_per_1000']:.2f} ×",
                f"{row['broker_cpu_s_per_1000']:.2f}",
                row["p50_ms"],
                row["p99_ms"],
            )
            for row in sorted(rows, key=lambda row: -row["jobs_per_s"])
        ),
    )


def flat(rows: Sequence[Row]) -> str:
    """A table of rows that have the same plain fields."""
    return _table(list(rows[0]), (list(row.values()) for row in rows))


def growth(rows: Sequence[Row]) -> str:
    """One line for the jobs and one for each route, with a column for each size."""
    lines = [("jobs/s", *(row["jobs_per_s"] for row in rows))]
    lines += [(f"GET {route}", *(row["reads_ms"][route] for row in rows)) for route in rows[0]["reads_ms"]]
    return _table(("homework in the database", *(f"{row['homework']:,}" for row in rows)), lines)


def _table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [heads, ["---", *(["---:"] * (len(heads) - 1))], *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
