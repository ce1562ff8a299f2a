"""The supervisor of a tunnel: it opens another one when the tunnel is lost, and keeps the tickets
up to date.
"""

import math
import random
import time
from dataclasses import dataclass, field, replace
from typing import Protocol

from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from homework_cli.broker.address import PublicAddress
from homework_cli.broker.running import BrokerPresence, ManagedBroker, NoBroker
from homework_cli.broker.tickets import Tickets
from homework_cli.tunnel.agent import Endpoint
from homework_cli.tunnel.errors import TunnelLost
from homework_cli.tunnel.usage import Usage, UsageBook

OPEN = "open"


class Agent(Protocol):
    """A program that opens tunnels, such as `agent.NgrokAgent`."""

    def open(self, port: int, mark: str, url: PublicAddress | None = None) -> PublicAddress: ...

    def look(self) -> Endpoint[PublicAddress]: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Pace:
    """Waiting times in seconds."""

    look: float = 5.0
    wait_min: float = 1.0
    wait_max: float = 300.0
    steady: float = 60.0
    """A tunnel that is lost sooner than this counts as a failed try."""
    offline: float = 180.0
    """The time that an agent has to reach ngrok again by itself before another one is started."""


@dataclass(frozen=True, slots=True)
class State:
    """The state of the tunnel, as its user sees it."""

    note: str
    usage: Usage
    address: PublicAddress | None = None
    problems: tuple[str, ...] = field(default=())

    @property
    def is_open(self) -> bool:
        return self.note == OPEN


class Screen(Protocol):
    def show(self, state: State) -> None: ...


class Supervisor:
    """Supervises one tunnel, until an exception ends `run`."""

    def __init__(
        self, broker: ManagedBroker, tickets: Tickets, agent: Agent, usage: UsageBook, screen: Screen,
        url: PublicAddress | None = None, pace: Pace = Pace(),
    ) -> None:  # fmt: skip
        self._broker = broker
        self._tickets = tickets
        self._agent = agent
        self._usage = usage
        self._screen = screen
        self._url = url
        self._pace = pace
        self._state = State("starting", usage.now)

    def run(self) -> None:
        """Keep the tunnel open. Raises TunnelRefused if only the user can solve the problem."""
        while True:
            self._retrying()(self._session)

    def _session(self) -> None:
        """Open one tunnel and watch it. Returns when it is lost after it was stable, or when the broker's
        port has changed. Raises TunnelLost, and NoBroker if there is no broker to make a ticket for.
        """
        port = self._wait_for_the_broker()
        opened_at = math.inf
        try:
            self._usage.begin(self._broker.traffic())
            self._agent.open(port, self._tickets.mark, self._url)
            opened_at = time.monotonic()
            self._watch(port)
        except (TunnelLost, NoBroker) as error:
            if time.monotonic() - opened_at < self._pace.steady:
                raise
            self._show(f"the tunnel is gone ({error}), opening another", None)
        finally:
            self._agent.close()

    def _wait_for_the_broker(self) -> int:
        # Another program that listens on this port must not be reachable from the internet.
        while True:
            port = self._broker.tls_port
            presence = self._presence(port)
            if port is not None and presence is BrokerPresence.ANSWERS:
                return port
            self._show(f"waiting for `homework up` in {self._broker.folder.parent}: {presence.value}", None)
            time.sleep(self._pace.look)

    def _presence(self, port: int | None) -> BrokerPresence:
        try:
            return self._broker.presence(port=port)
        except NoBroker:
            # `homework up` writes its ports before it makes its certificates.
            return BrokerPresence.SILENT

    def _watch(self, port: int) -> None:
        online_at = time.monotonic()
        while True:
            endpoint = self._agent.look()
            if endpoint.online:
                online_at = time.monotonic()
            elif time.monotonic() - online_at > self._pace.offline:
                raise TunnelLost("the ngrok agent cannot reach ngrok: is this computer online?")
            traffic = self._broker.traffic()
            if self._broker.tls_port not in (None, port):
                self._show("the broker has moved to another port, opening another tunnel", None)
                return
            if traffic is None and self._presence(port) is BrokerPresence.STRANGER:
                self._show(f"{BrokerPresence.STRANGER.value} at port {port}: the tunnel is closed", None)
                return
            self._report(endpoint, traffic)
            time.sleep(self._pace.look)

    def _report(self, endpoint: Endpoint[PublicAddress], traffic: dict[str, int] | None) -> None:
        self._usage.count(endpoint.connections, traffic)
        problems = self._tickets.issue(endpoint.address, self._tickets.mark)
        if self._usage.problem:
            problems.append(self._usage.problem)
        if not endpoint.online:
            note = "the ngrok agent has lost its connection to ngrok and reconnects"
        elif traffic is None:
            note = "open, but `homework up` does not run: jobs wait in its database"
        else:
            note = OPEN
        self._show(note, endpoint.address, problems)

    def _show(self, note: str, address: PublicAddress | None, problems: list[str] | None = None) -> None:
        self._state = replace(
            self._state, note=note, address=address, usage=self._usage.now, problems=tuple(problems or ())
        )
        self._screen.show(self._state)

    def _retrying(self) -> Retrying:
        jittered = wait_random_exponential(
            multiplier=self._pace.wait_min, min=self._pace.wait_min, max=self._pace.wait_max
        )

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            at_least = error.wait_seconds if isinstance(error, TunnelLost) else 0
            return max(jittered(state), at_least * random.uniform(1, 1.2))

        def say(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            seconds = state.next_action.sleep if state.next_action else 0
            self._show(f"{error}; trying again in {seconds:.0f} s", None)

        again = retry_if_exception_type((TunnelLost, NoBroker))
        return Retrying(retry=again, wait=wait, before_sleep=say)
