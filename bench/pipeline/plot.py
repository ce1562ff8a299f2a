"""Draws `bench/results/peers.json` as a picture: `.venv-bench/bin/python -m bench.pipeline.plot`."""

import json

import matplotlib as mpl
from bench.pipeline.running import ROOT

mpl.use("Agg")

import matplotlib.pyplot as plt

OURS, THEIRS, FLOOR = "#1b6b4a", "#9aa5a0", "#d8a23a"


def main() -> None:
    told = json.loads((ROOT / "bench/results/peers.json").read_text())
    rows = sorted(told["peers"], key=lambda row: row["jobs_per_s"])
    colours = [
        {"homework": OURS, "queue alone": OURS, "floor": FLOOR}.get(row["peer"], THEIRS) for row in rows
    ]
    names = [row["peer"] for row in rows]
    figure, axes = plt.subplots(1, 2, figsize=(10, 3.6), sharey=True)
    for axis, field, title in (
        (axes[0], "jobs_per_s", "jobs a second (more is better)"),
        (axes[1], "cpu_s_per_1000", "CPU seconds for 1,000 jobs (less is better)"),
    ):
        bars = axis.barh(names, [row[field] for row in rows], color=colours)
        axis.bar_label(bars, fmt="%.4g", padding=3)
        axis.set_title(title, fontsize=10)
        axis.margins(x=0.15)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(f"{told['jobs']:,} jobs, {told['machine']}; one run", fontsize=9)
    figure.tight_layout()
    figure.savefig(ROOT / "docs/pipeline.png", dpi=120)


if __name__ == "__main__":
    main()
