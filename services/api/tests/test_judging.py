"""Results that are judged together."""

from uuid import uuid4

from tests.support.messages import generated

from homework_api.database.queries.results import ResultRequest
from homework_api.pipeline.judging import judge, judge_all
from homework_shared.exercises.checks import Check
from homework_shared.exercises.exercise import ExerciseType
from homework_shared.exercises.messages import GeneratorKind, HomeworkGenerated

TOKEN = "0" * 32
REQUEST = ResultRequest(
    delivery_token=TOKEN, cefr_level="A2", grammar_focus=None, topic=None, quantity=1,
    exercise_types=[ExerciseType.FILL_IN_BLANK],
)  # fmt: skip


def result(
    text: str = "Ciao.", by: GeneratorKind = GeneratorKind.VLLM, token: str = TOKEN
) -> HomeworkGenerated:
    return generated(uuid4(), by=by, text=text, token=token)


def test_each_of_several_results_gets_its_own_verdict() -> None:
    results = [
        result(),
        result("xciao"),
        result(token="1" * 32),
        result("xciao", GeneratorKind.MOCK),
        result(),
    ]
    judged = judge_all([(each, REQUEST) for each in results])
    assert [each.result for each in judged] == results
    assert [list(each.usable) for each in judged] == [[0], [], [], [0], [0]]
    assert Check.UNKNOWN_WORD in {problem.check for problem in judged[1].problems}
    assert judged == [judge(each, REQUEST) for each in results]


def test_a_result_without_a_request_has_no_verdict_beside_others_that_have_one() -> None:
    unknown, known = judge_all([(result(), None), (result(), REQUEST)])
    assert not unknown.usable
    assert not unknown.problems
    assert known.usable


def test_no_results_have_no_verdicts() -> None:
    assert judge_all([]) == []
