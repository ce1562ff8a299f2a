"""The holder of a stolen ticket publishes many unreadable results."""

from collections.abc import Callable

from prometheus_client import REGISTRY

from homework_api.database.engine import Database
from homework_shared.exercises.messages import MAX_BODY_BYTES, HomeworkGenerated
from homework_shared.messaging.topology import DEAD, MAX_DEAD_BYTES, RESULT_DESTINATION
from homework_shared.messaging.transport import Broker, Envelope
from tests.support.api.pipeline import Pipeline, running
from tests.support.broker.clients import send
from tests.support.waiting import eventually

TOO_MANY = MAX_DEAD_BYTES // MAX_BODY_BYTES + 20


def parked() -> float:
    return REGISTRY.get_sample_value("homework_results_total", {"outcome": "malformed"}) or 0


async def test_unreadable_results_fill_no_disk_and_the_newest_are_kept(
    sqlite_url: str, as_user: Callable[[str], Broker]
) -> None:
    database = Database(sqlite_url)
    pipeline = Pipeline(database, as_user)
    flood = [
        Envelope(HomeworkGenerated.__name__, f"{number}", bytes(MAX_BODY_BYTES)) for number in range(TOO_MANY)
    ]
    parked_before = parked()
    async with running(pipeline.results.run):
        for sent in range(0, TOO_MANY, 20):
            await send(as_user("generator"), RESULT_DESTINATION, *flood[sent : sent + 20])
        await eventually(lambda: parked() - parked_before == TOO_MANY, 60)
    async with as_user("api").monitor() as monitor:

        async def newest_are_kept() -> bool:
            return 0 < (await monitor.depths())[DEAD].ready <= MAX_DEAD_BYTES // MAX_BODY_BYTES

        await eventually(newest_are_kept)
    async with as_user("api").browse(DEAD, TOO_MANY) as dead:
        assert f"{TOO_MANY - 1}" in {each.envelope.message_id for each in dead}
    await database.close()
