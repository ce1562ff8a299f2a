"""`homework status`: what is up, what waits, and what to do about it."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from homework_cli.client import Api, CommandFailed
from homework_cli.output import ApiUrl, AsJson, ago, api_at, cell, print_json, sanitize, stdout, table

EXIT = {"ready": 0, "degraded": 1, "unavailable": 3}
EVERY_SECONDS = 2.0

Watch = Annotated[bool, typer.Option("--watch", "-w", help="snapshot again every two seconds, until Ctrl-C")]


@dataclass(frozen=True)
class StatusSnapshot:
    """What two routes answered; without a database there is no overview."""

    ready: dict[str, Any]
    overview: dict[str, Any] | None

    @classmethod
    def at(cls, api: Api) -> "StatusSnapshot":
        ready = api.ask("GET", "/ready")
        if ready.status_code not in (200, 503) or "checks" not in ready.text:
            api.get("/ready")  # a stranger, or no key: told apart there
        answered: dict[str, Any] = ready.json()
        overview = None if "database" in answered["down"] else api.get("/api/ops/overview").json()
        return cls(answered, overview)

    def as_json(self) -> str:
        return json.dumps({"ready": self.ready, "overview": self.overview}, ensure_ascii=False)


def status(watch: Watch = False, api_url: ApiUrl = None, as_json: AsJson = False) -> None:
    """Show what is up, what waits and what to do. Exits with 0 if all is well, 1 if something is down
    but work is accepted, 3 if it is not."""
    with api_at(api_url) as api:
        if watch:
            return _watch(api, as_json)
        snapshot = StatusSnapshot.at(api)
    print_json(snapshot.as_json()) if as_json else stdout().print(page(snapshot))
    raise typer.Exit(EXIT.get(snapshot.ready["status"], 1))


def page(snapshot: StatusSnapshot) -> RenderableType:
    checks = snapshot.ready["checks"].items()
    parts: list[RenderableType] = [table("Status: " + snapshot.ready["status"], ("part", "state"), checks)]
    if snapshot.overview is not None:
        parts += _tables(snapshot.overview)
    parts += [Text(f"→ {sanitize(step)}") for step in next_steps(snapshot)]
    return Group(*parts)


def next_steps(snapshot: StatusSnapshot) -> Iterator[str]:
    """What to do, the most urgent first."""
    if snapshot.overview is None:
        yield "nothing is accepted without the database: the check above and the API's log say why"
        return
    overview = snapshot.overview
    waiting, queues = overview["outbox"]["waiting"], overview["broker"]["queues"] or {}
    if "broker" in snapshot.ready["down"]:
        yield (
            f"homework is accepted and kept ({waiting} wait): start RabbitMQ, with `homework up` for "
            "instance, or correct the API's AMQP_URL"
        )
    elif not overview["generators"]:
        yield "nobody writes homework: start `homework-mock-generator`, or run everything with `homework up`"
    elif overview["mode"] == "mock":
        yield "no GPU is online, so the mock generator writes: `homework tunnel` attaches one"
    if (tunnel := overview.get("tunnel")) and not tunnel["up"]:
        yield f"the tunnel does not lead to the broker: {tunnel['note']}"
    if dead := queues.get("generation.dead", {}).get("ready"):
        yield f"dead letters: {dead}; `homework dead list`"
    if failed := overview["homework"]["by_status"]["failed"]:
        yield f"failed homework: {failed}; `homework teacher assignments`, then `homework teacher retry ID`"


def _tables(overview: dict[str, Any]) -> Iterator[RenderableType]:
    columns = ("generator", "kind", "model", "GPU", "in flight", "done", "tokens/s", "seen")
    yield table("Generators", columns, [_generator(each) for each in overview["generators"]])
    queues = overview["broker"]["queues"]
    depths = [(name, queue["ready"], queue["consumers"]) for name, queue in (queues or {}).items()]
    yield table("Queues" if queues else "Queues: not known", ("queue", "ready", "consumers"), depths)
    if tunnel := overview.get("tunnel"):  # an older API names none
        yield table("Tunnel", ("address", "state", "connections this month"), [_tunnel(tunnel)])
    homework, outbox = overview["homework"], overview["outbox"]
    counts = [*homework["by_status"].items()]
    counts += [(f"written by {kind}", count) for kind, count in homework["by_generator"].items()]
    counts += [("waiting for the broker", outbox["waiting"])]
    counts += [("… the oldest, seconds", round(outbox["oldest_seconds"]))] if outbox["waiting"] else []
    yield table("Homework", ("what", "how many"), counts)


def _generator(each: dict[str, Any]) -> tuple[Any, ...]:
    names = ("worker_id", "kind", "model", "gpu", "in_flight", "done")
    return (*(each[name] for name in names), round(each["tokens_per_second"]), ago(each["last_seen"]))


def _tunnel(tunnel: dict[str, Any]) -> tuple[Any, ...]:
    used = f"{tunnel['connections_used']} of {cell(tunnel['connections_limit'])}"
    return tunnel["address"], tunnel["note"], used


def _watch(api: Api, as_json: bool) -> None:
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


def _snapshots(api: Api) -> Iterator[StatusSnapshot | CommandFailed]:
    """An API that is away is waited for: that is what one watches."""
    while True:
        try:
            yield StatusSnapshot.at(api)
        except CommandFailed as error:
            yield error
        time.sleep(EVERY_SECONDS)
