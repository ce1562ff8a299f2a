"""The table of which result may replace which homework, and the properties that must follow from it."""

from itertools import permutations

import pytest

from homework_api.domain.statuses import TRANSITIONS, AssignmentStatus, HomeworkStatus, accepts_homework
from homework_shared.exercises.messages import GeneratorKind

MOCK, VLLM = GeneratorKind.MOCK, GeneratorKind.VLLM
WRITTEN_BY: tuple[GeneratorKind | None, ...] = (None, MOCK, VLLM)


@pytest.mark.parametrize("status", HomeworkStatus)
@pytest.mark.parametrize("written_by", WRITTEN_BY)
@pytest.mark.parametrize("offered_by", GeneratorKind)
def test_every_accepted_result_is_an_allowed_transition(
    status: HomeworkStatus, written_by: GeneratorKind | None, offered_by: GeneratorKind
) -> None:
    if accepts_homework(status, written_by, offered_by):
        assert HomeworkStatus.AVAILABLE in TRANSITIONS[status]


@pytest.mark.parametrize("status", [HomeworkStatus.IN_PROGRESS, HomeworkStatus.COMPLETED])
@pytest.mark.parametrize("offered_by", GeneratorKind)
def test_nothing_replaces_homework_that_a_student_has_started(
    status: HomeworkStatus, offered_by: GeneratorKind
) -> None:
    assert not any(accepts_homework(status, written_by, offered_by) for written_by in WRITTEN_BY)


def test_only_a_gpus_homework_replaces_and_only_the_mocks_is_replaced() -> None:
    available = HomeworkStatus.AVAILABLE
    pairs = [(by, offer) for by in (MOCK, VLLM) for offer in (MOCK, VLLM)]
    accepted = {(by, offer) for by, offer in pairs if accepts_homework(available, by, offer)}
    assert accepted == {(MOCK, VLLM)}


def test_what_a_teacher_keeps_is_not_replaced_and_what_is_missing_is_still_written() -> None:
    accepted = {status for status in HomeworkStatus if accepts_homework(status, MOCK, VLLM, is_kept=True)}
    assert accepted == {HomeworkStatus.PENDING, HomeworkStatus.FAILED}


@pytest.mark.parametrize("arrivals", sorted(set(permutations([MOCK, VLLM, None, MOCK, VLLM])), key=str))
def test_the_outcome_does_not_depend_on_the_order_of_arrival(
    arrivals: tuple[GeneratorKind | None, ...],
) -> None:
    status, written_by = HomeworkStatus.PENDING, None
    for offered_by in arrivals:  # None is a failure.
        if offered_by is None:
            status = HomeworkStatus.FAILED if status is HomeworkStatus.PENDING else status
        elif accepts_homework(status, written_by, offered_by):
            status, written_by = HomeworkStatus.AVAILABLE, offered_by
    assert (status, written_by) == (HomeworkStatus.AVAILABLE, VLLM)


def test_every_status_has_its_transitions_and_the_final_ones_are_final() -> None:
    assert set(TRANSITIONS) == set(HomeworkStatus)
    assert not TRANSITIONS[HomeworkStatus.COMPLETED]
    assert {status for status in AssignmentStatus if status.is_final} == {"completed", "failed"}
    written = {status for status in HomeworkStatus if status.is_written}
    assert written == {"available", "in_progress", "completed"}
