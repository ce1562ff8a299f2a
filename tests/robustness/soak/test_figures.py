"""The rule for what counts as growth."""

import gc
import os
import socket
from collections.abc import Iterator

import pytest

from tests.robustness.soak.figures import Sample, growth, increase, sample

MB = 1_000_000


@pytest.fixture
def nothing_is_collected() -> Iterator[None]:
    """What earlier tests left open is closed before the test counts descriptors, and nothing meanwhile."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_growth_while_warming_up_does_not_count() -> None:
    samples = [Sample(size * MB, 20, 4) for size in [50, 80, 100, 100, 101, 99, 102, 101]]
    assert growth(samples).is_flat


@pytest.mark.parametrize(
    "last", [Sample(106 * MB, 20, 4), Sample(100 * MB, 21, 4), Sample(100 * MB, 20, 5)],
    ids=["memory", "descriptors", "threads"],
)  # fmt: skip
def test_growth_after_the_warm_up_counts(last: Sample) -> None:
    assert not growth([Sample(100 * MB, 20, 4)] * 6 + [last] * 2).is_flat


def test_a_single_sample_in_the_middle_of_a_request_is_not_taken_for_growth() -> None:
    steady = Sample(100 * MB, 20, 4)
    assert growth([steady] * 10 + [Sample(200 * MB, 90, 9), steady]).is_flat


def test_connections_that_are_opened_again_are_no_growth_and_connections_that_stay_open_are() -> None:
    assert increase([9, 9, 9, 9, 9, 8, 7, 9, 9, 9, 9, 10]) == 0
    assert increase([9, 9, 9, 9, 9, 9, 9, 9, 9, 10, 10, 10]) == 1


@pytest.mark.usefixtures("nothing_is_collected")
def test_a_process_is_sampled_as_the_kernel_counts_it() -> None:
    before = sample(os.getpid())
    held = [open(os.devnull) for _ in range(5)]  # noqa: PTH123, SIM115
    assert sample(os.getpid()).descriptors == before.descriptors + 5
    for each in held:
        each.close()
    assert before.resident > MB


@pytest.mark.usefixtures("nothing_is_collected")
def test_connections_from_callers_do_not_count_as_growth_but_the_processs_own_do() -> None:
    before = sample(os.getpid()).descriptors
    with socket.create_server(("127.0.0.1", 0)) as listening:
        assert sample(os.getpid()).descriptors == before + 1
        with socket.create_connection(listening.getsockname()):
            assert sample(os.getpid()).descriptors == before + 2
            caller, _ = listening.accept()
            assert sample(os.getpid()).descriptors == before + 2
            caller.close()
