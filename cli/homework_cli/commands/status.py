"""`homework status`: shows health and backlog, and the next steps."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Self

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from homework_cli.client import ApiUrl, api_at
from homework_cli.output import AsJson, ago, cell, print_json, stdout, table
from homework_client import requests
from homework_client.client import Client, Reply
from homework_client.models import (
    Generator,
    HomeworkStatus,
    Mode,
    Overview,
    Ready,
    ReadyStatus,
    TunnelState,
)
from homework_client.refusals import ApiError
from homework_shared.runtime.terminal import sanitize

EXIT = {ReadyStatus.READY: 0, ReadyStatus.DEGRADED: 1, ReadyStatus.UNAVAILABLE: 3}
EVERY_SECONDS = 2.0
DEAD_LETTERS = "generation.dead"

Watch = Annotated[bool, typer.Option("--watch", "-w", help="refresh every two seconds, until Ctrl-C")]


@dataclass(frozen=True)
class StatusSnapshot:
    """The responses of two routes. If the database is down, there is no overview."""

    ready: Reply[Ready]
    overview: Reply[Overview] | None

    @classmethod
    def at(cls, api: Client) -> Self:
        """Ask the API for both. Raises ApiError."""
        ready = api.fetch(requests.ready())
        has_database = "database" not in ready.value.down
        return cls(ready, api.fetch(requests.get_overview()) if has_database else None)

    def as_json(self) -> str:
        overview = json.loads(self.overview.text) if self.overview else None
        return json.dumps({"ready": json.loads(self.ready.text), "overview": overview}, ensure_ascii=False)


def status(watch: Watch = False, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show health and backlog, and what to do about them.

    The exit code is 0 if all is well, 1 if something is down but homework is accepted, and 3 if it is not.
    """
    with api_at(api_url) as api:
        if watch:
            return _watch(api, as_json)
        snapshot = StatusSnapshot.at(api)
    print_json(snapshot.as_json()) if as_json else stdout().print(page(snapshot))
    raise typer.Exit(EXIT[snapshot.ready.value.status])


def page(snapshot: StatusSnapshot) -> RenderableType:
    ready = snapshot.ready.value
    parts: list[RenderableType] = [
        table(f"Status: {ready.status}", ("part", "state"), list(ready.checks.items()))
    ]
    if snapshot.overview is not None:
        parts += _tables(snapshot.overview.value)
    parts += [Text(f"→ {sanitize(step)}") for step in next_steps(snapshot)]
    return Group(*parts)


def next_steps(snapshot: StatusSnapshot) -> Iterator[str]:
    """What to do, the most urgent first."""
    if snapshot.overview is None:
        yield "nothing is accepted without the database: the check above and the API's log say why"
        return
    overview = snapshot.overview.value
    if "broker" in snapshot.ready.value.down:
        what_to_do = overview.broker.problem or "start RabbitMQ, with `homework up` for instance"
        yield f"homework is accepted and kept ({overview.outbox.waiting} wait): {what_to_do}"
    elif not overview.generators:
        yield "no generator is running: start `homework-mock-generator`, or run everything with `homework up`"
    elif overview.mode is Mode.MOCK:
        yield "no model is online, so the mock generator writes: `homework tunnel` attaches a GPU"
    if overview.tunnel and not overview.tunnel.up:
        yield f"the tunnel does not lead to the broker: {overview.tunnel.note}"
    if (dead := overview.queue(DEAD_LETTERS)) and dead.ready:
        yield f"dead letters: {dead.ready}; `homework dead list`"
    if failed := overview.homework.by_status.get(HomeworkStatus.FAILED):
        yield f"failed homework: {failed}; `homework teacher assignments`, then `homework teacher retry ID`"


def _tables(overview: Overview) -> Iterator[RenderableType]:
    columns = ("generator", "engine", "model", "runs on", "in flight", "done", "tokens/s", "usable", "seen")
    yield table("Generators", columns, [_generator(each) for each in overview.generators])
    queues = overview.broker.queues
    depths = [(name, queue.ready, queue.consumers) for name, queue in (queues or {}).items()]
    yield table("Queues" if queues else "Queues: not known", ("queue", "ready", "consumers"), depths)
    if overview.tunnel:
        yield table("Tunnel", ("address", "state", "connections this month"), [_tunnel(overview.tunnel)])
    yield table("Homework", ("what", "how many"), _counts(overview))


def _counts(overview: Overview) -> Iterator[tuple[str, int]]:
    homework, outbox = overview.homework, overview.outbox
    yield from homework.by_status.items()
    yield from ((f"written by {kind}", count) for kind, count in homework.by_generator.items())
    yield "waiting for the broker", outbox.waiting
    if outbox.waiting:
        yield "… the oldest, seconds", round(outbox.oldest_seconds)


def _generator(each: Generator) -> tuple[Any, ...]:
    share = None if each.usable_share is None else f"{each.usable_share:.0%}"
    work = (each.in_flight, each.done, round(each.tokens_per_second), share)
    runs_on = ", ".join(filter(None, (each.gpu, each.server))) or None
    return each.worker_id, each.engine or each.kind, each.model, runs_on, *work, ago(each.last_seen)


def _tunnel(tunnel: TunnelState) -> tuple[Any, ...]:
    used = f"{tunnel.connections_used} of {cell(tunnel.connections_limit)}"
    return tunnel.address, tunnel.note, used


def _watch(api: Client, as_json: bool) -> None:
    try:
        if as_json:
            for snapshot in _snapshots(api):
                print_json(
                    snapshot.as_json()
                    if isinstance(snapshot, StatusSnapshot)
                    else json.dumps({"error": str(snapshot)})
                )
            return
        with Live(console=stdout(), auto_refresh=False) as live:
            for snapshot in _snapshots(api):
                live.update(
                    page(snapshot) if isinstance(snapshot, StatusSnapshot) else Text(sanitize(str(snapshot))),
                    refresh=True,
                )
    except KeyboardInterrupt:
        return


def _snapshots(api: Client) -> Iterator[StatusSnapshot | ApiError]:
    """Poll again and again. If the API does not answer, keep polling until it does."""
    while True:
        try:
            yield StatusSnapshot.at(api)
        except ApiError as error:
            yield error
        time.sleep(EVERY_SECONDS)
