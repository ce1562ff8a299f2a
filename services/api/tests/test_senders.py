"""The messages that each user of the broker may send. tests/robustness/attacks tests the same on RabbitMQ."""

from dataclasses import dataclass

import pytest
from tests.support.messages import failed, generated, job

from homework_api.pipeline.senders import may_say
from homework_shared.exercises.messages import GeneratorKind, Message

A_JOB = job()
OF_A_GPU = generated(A_JOB.job_id, GeneratorKind.VLLM)
OF_THE_MOCK = generated(A_JOB.job_id, GeneratorKind.MOCK)
FAILURE = failed(A_JOB.job_id)


@dataclass
class Sent:
    user_id: str | None
    is_from_own_user: bool = False


@pytest.mark.parametrize(
    ("sender", "allowed"),
    [
        (Sent("api", is_from_own_user=True), [A_JOB, OF_A_GPU, OF_THE_MOCK, FAILURE]),
        (Sent("mock_generator"), [OF_THE_MOCK, FAILURE]),
        (Sent("mock_generator", is_from_own_user=True), [A_JOB, OF_A_GPU, OF_THE_MOCK, FAILURE]),
        (Sent("generator"), [OF_A_GPU]),
        (Sent("somebody else"), [OF_A_GPU]),
        (Sent(None), []),
    ],
)
def test_each_user_of_the_broker_may_send_the_messages_of_its_role_only(
    sender: Sent, allowed: list[Message]
) -> None:
    every = [A_JOB, OF_A_GPU, OF_THE_MOCK, FAILURE]
    assert [message for message in every if may_say(sender, message)] == allowed
