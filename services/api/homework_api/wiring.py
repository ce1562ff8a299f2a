"""Builds everything that one process may run."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from homework_api.database.engine import Database
from homework_api.grading.grade import load as load_grading
from homework_api.http.app import create_app
from homework_api.http.gauges import gauges_shown
from homework_api.http.policy import policy_of
from homework_api.http.server import serve
from homework_api.pipeline.assignment_events import AssignmentEvents
from homework_api.pipeline.clock_watch import ClockWatch
from homework_api.pipeline.deadline_net import DeadlineNet
from homework_api.pipeline.housekeeping import Housekeeping
from homework_api.pipeline.installation import Installation
from homework_api.pipeline.outbox_handoff import OutboxHandoff
from homework_api.pipeline.presence import GeneratorPresence
from homework_api.pipeline.relay import Relay
from homework_api.pipeline.relay_notifier import RelayNotifier
from homework_api.pipeline.results import ResultsConsumer
from homework_api.services.registry import Services
from homework_api.settings import ApiSettings
from homework_shared.messaging.broker import RabbitBroker
from homework_shared.runtime.clock import SteadyClock, utc_now


@dataclass(frozen=True)
class Roles:
    """The roles of one process, over one database and one broker. `database` is for requests, and
    `pipeline_database` for everything else."""

    settings: ApiSettings
    database: Database
    pipeline_database: Database
    services: Services
    presence: GeneratorPresence
    relay: Relay
    net: DeadlineNet
    housekeeping: Housekeeping
    results: ResultsConsumer
    clock_watch: ClockWatch
    notifier: RelayNotifier

    async def close(self) -> None:
        for database in {self.database, self.pipeline_database}:
            await database.close()

    def work_of_every_process(self, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        """What runs beside the roles, whichever they are."""
        return [self.clock_watch.run(stop), self.notifier.run(stop)]

    def work_of(self, role: str, stop: asyncio.Event) -> list[Coroutine[Any, Any, None]]:
        match role:
            case "http":
                return [self.presence.run(stop), self.services.api_keys.run(stop), self._serve_http(stop)]
            case "relay":
                return [self.relay.run(stop), self.net.run(stop), self.housekeeping.run(stop)]
            case _:
                return [self.results.run(stop)]

    async def _serve_http(self, stop: asyncio.Event) -> None:
        policy = policy_of(self.settings)
        loading = asyncio.create_task(asyncio.to_thread(load_grading))
        try:
            with gauges_shown(self.services):
                await serve(create_app(self.services, policy, stop), self.settings, stop)
        finally:
            await loading
            if policy.rates is not None:
                await policy.rates.close()


def wire(settings: ApiSettings, name: str) -> Roles:
    """Build the roles. `name` is the name that the broker shows for the connections."""
    url = settings.database_url.get_secret_value()
    database = Database(url)
    # Many requests at once must not keep the pipeline waiting for a connection. On SQLite it is the writer's
    # thread that all wait for, and a second one would only wait for the file.
    own = database if database.dialect == "sqlite" else Database(url)
    broker = RabbitBroker(settings.broker, name, installation=Installation(own).id)
    backoff, clock = settings.broker.backoff, SteadyClock()
    handoff, events = OutboxHandoff(clock), AssignmentEvents()
    presence = GeneratorPresence(broker, clock, backoff)
    return Roles(
        settings,
        database,
        own,
        Services.over(
            database,
            broker,
            presence,
            clock=clock,
            machine_clock=utc_now,
            handoff=handoff,
            events=events,
            admin_key=settings.admin_key,
            console_key=settings.console_key,
            owner_key=settings.owner_key,
            tunnel_state_file=settings.tunnel_state_file,
        ),
        presence,
        Relay(broker, own, clock, handoff, backoff, events.notify),
        DeadlineNet(own, clock, handoff.wake, events.notify),
        Housekeeping(own, clock, settings.retention),
        ResultsConsumer(broker, own, clock, backoff, events.notify),
        ClockWatch(own, clock),
        RelayNotifier(own, handoff),
    )
