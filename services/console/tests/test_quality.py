"""The counts of the generators, summed by model."""

from typing import Any

import pytest
from services.console.tests.readings import GPU, overview

from homework_console.quality import ModelQuality, quality_by_model

_OLDER = {name: value for name, value in GPU.items() if name not in {"tries", "usable", "faults"}}
"""The status as an older API passes it on, which does not know tries."""


def quality(*generators: dict[str, Any]) -> list[ModelQuality]:
    return quality_by_model(overview(generators=list(generators)).generators)


def test_generators_that_run_one_model_are_summed() -> None:
    second = {"tries": 150, "usable": 120, "faults": [{"name": "unsolved", "count": 30}]}
    [model] = quality(GPU, GPU | second | {"worker_id": "colab-2"})
    assert (model.model, model.tries, model.usable_percent, model.tries_per_usable) == (
        "italian-3b", 200, 80.0, 1.25,
    )  # fmt: skip
    assert model.faults_in_words() == "unsolved 33, answer visible 7"


def test_each_model_has_its_own_figures_in_the_order_of_the_names() -> None:
    assert [model.model for model in quality(GPU, GPU | {"model": "aya"})] == ["aya", "italian-3b"]


def test_only_the_most_frequent_faults_are_named() -> None:
    faults = [{"name": f"check_{letter}", "count": ord(letter)} for letter in "abcdef"]
    [model] = quality(GPU | {"tries": 1_000, "faults": faults})
    assert model.faults_in_words() == "check f 102, check e 101, check d 100, check c 99"


@pytest.mark.parametrize("generator", [GPU | {"tries": 0, "usable": 0, "faults": []}, _OLDER])
def test_a_generator_without_tries_gives_no_figures(generator: dict[str, Any]) -> None:
    assert quality(generator) == []


def test_a_model_that_wrote_nothing_usable_has_no_tries_per_exercise() -> None:
    [model] = quality(GPU | {"usable": 0, "faults": []})
    assert (model.usable_percent, model.tries_per_usable, model.faults_in_words()) == (0, None, "none")
