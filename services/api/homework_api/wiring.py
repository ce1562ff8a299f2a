"""Everything one process may run, wired once."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from homework_api.database.engine import Database
from homework_api.http.app import create_app
from homework_api.http.middleware.origin import LOOPBACK_NAMES
from homework_api.http.middleware.rate_limits import Rates
from homework_api.http.server import serve
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.pipeline.deadline_net import DeadlineNet
from homework_api.pipeline.housekeeping import Housekeeping
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.pipeline.presence import GeneratorPresence
from homework_api.pipeline.relay import Relay
from homework_api.pipeline.results import ResultsConsumer
from homework_api.services.api_keys import ApiKeys
from homework_api.services.assignments import HomeworkService
from homework_api.services.dead_letters import DeadLetters
from homework_api.services.homework import Submissions
from homework_api.services.tunnel_file import TunnelFile
from homework_api.settings import ApiSettings
from homework_shared.messaging.broker import RabbitBroker


@dataclass(frozen=True)
class Roles:
    """Everything one process may run, wired once."""

    settings: ApiSettings
    database: Database
    handoff: OutboxHandoff
    changes: AssignmentEvents
    presence: GeneratorPresence
    relay: Relay
    results: ResultsConsumer
    net: DeadlineNet
    dead: DeadLetters
    housekeeping: Housekeeping
    keys: ApiKeys

    def work_of(self, role: str, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        match role:
            case "http":
                return [self.presence.run(stop), self.keys.run(stop), self._serve_http(stop)]
            case "relay":
                return [self.relay.run(stop), self.net.run(stop), self.housekeeping.run(stop)]
            case _:
                return [self.results.run(stop)]

    async def _serve_http(self, stop: asyncio.Event) -> None:
        service = HomeworkService(
            self.database,
            clock=now,
            gpu_online=self.presence.gpu_online,
            rescue_grace=timedelta(seconds=self.settings.rescue_grace_seconds),
            handoff=self.handoff,
            changes=self.changes,
        )
        rates = Rates(self.settings.rate_limit, self.settings.rate_limit_storage)
        application = create_app(
            service,
            Submissions(self.database, now),
            self.presence,
            self.dead,
            stop,
            self.keys,
            self.settings.reveal_answers,
            TunnelFile(self.settings.tunnel_state_file, now),
            self.settings.open_metrics,
            LOOPBACK_NAMES if self.settings.is_on_this_machine_only else None,
            rates,
        )
        try:
            await serve(application, self.settings, stop)
        finally:
            await rates.close()


def now() -> datetime:
    return datetime.now(UTC)


def wire(settings: ApiSettings, name: str) -> Roles:
    database = Database(settings.database_url.get_secret_value())
    broker = RabbitBroker(settings.broker, name)
    backoff = settings.broker.backoff
    handoff, changes = OutboxHandoff(now), AssignmentEvents()
    return Roles(
        settings,
        database,
        handoff,
        changes,
        GeneratorPresence(broker, now, backoff),
        Relay(broker, database, now, handoff, backoff, changes.notify),
        ResultsConsumer(broker, database, now, backoff, changes.notify),
        DeadlineNet(database, now, handoff.wake, changes.notify),
        DeadLetters(broker, now),
        Housekeeping(database, now),
        ApiKeys(database, now, settings.admin_key),
    )
