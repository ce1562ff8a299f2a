"""The processes of `homework up` and `homework demo`: a broker, the API, the mock generator, console and
classroom, and the generator for an engine that is given.
"""

import secrets
import socket
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

import httpx

from homework_cli.broker.choice import StackBroker, choose_broker
from homework_cli.broker.ports import listen_as_before, load_or_create_ports
from homework_cli.folder_lock import Taken, lock
from homework_cli.interrupts import uninterruptible
from homework_cli.left_over import end_left_over, mark
from homework_cli.parts import missing
from homework_cli.run_folder import (
    DEFAULT_API_PORT,
    DEFAULT_CLASSROOM_PORT,
    TUNNEL_STATE_FILE,
    load_or_create_owner_key,
    load_sign_in_address,
    owner_key_file,
    remove_api_url,
    remove_classroom_url,
    save_api_url,
    save_classroom_url,
    shared_url_file,
    sign_in_file,
)
from homework_cli.stack.engine import Engine
from homework_cli.stack.generator import GeneratorChild
from homework_cli.stack.log_files import rotate_when_large
from homework_cli.stack.processes import Child
from homework_cli.stack.prometheus_targets import write_targets
from homework_client import requests, teacher_sessions
from homework_client.client import Client
from homework_client.models import Mode, ReadyStatus
from homework_client.refusals import ApiError
from homework_shared.runtime.files import private_folder

READY_SECONDS = 180.0
"""A busy machine may need minutes. A service that has ended is noticed at once."""
DEFAULT_CONSOLE_PORT = 8080


class StackFailed(RuntimeError):
    """The services did not come up."""


class Stack:
    """The services and their broker. The broker starts first, so that no service waits for it, and stops
    last, so that the services can finish their work.
    """

    def __init__(
        self,
        folder: Path,
        database: Path,
        say: Callable[[str], None],
        *,
        with_pages: bool = False,
        engine: Engine | None = None,
    ) -> None:
        _check_installed(with_pages)
        self._folder = folder.resolve()
        self._database = database.resolve()
        self._say = say
        self._engine = engine
        self._lock = _lock(self._folder)
        # This comes first: left-over processes hold the ports, and two brokers would damage the same data.
        self._end_left_over()
        self.broker: StackBroker = choose_broker(self._folder / "broker")
        # They listen before the broker starts, which takes seconds: another run may start beside this one.
        pages = {"console": DEFAULT_CONSOLE_PORT, "classroom": DEFAULT_CLASSROOM_PORT} if with_pages else {}
        sockets = listen_as_before(self._folder / "ports.json", {"api": DEFAULT_API_PORT} | pages)
        self._api_socket = sockets["api"]
        self._console_socket, self._classroom_socket = sockets.get("console"), sockets.get("classroom")
        self.port, self.url = _port(self._api_socket), _url(self._api_socket)
        self.console_url = _url(self._console_socket) if self._console_socket else None
        self.classroom_url = _url(self._classroom_socket) if self._classroom_socket else None
        self._console_key = secrets.token_urlsafe(32)
        self._owner_key = load_or_create_owner_key(self._folder)
        self._children: list[Child] = []
        self._told: str | None = None

    def sign_in_address(self) -> str | None:
        """An address that signs in to the console once."""
        return load_sign_in_address(self._folder)

    def teacher_link(self, key: str | None = None, teacher_id: int | None = None) -> str:
        """A link that signs a teacher in to the classroom once: the teacher of `key`, or the named one, else
        the first. Raises ApiError.
        """
        with Client(self.url, key or self._owner_key, teacher_id=teacher_id) as api:
            token = api.send(teacher_sessions.make_link(), seconds=5).token
        return f"{self.classroom_url}/teacher/in/{token}"

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Request the end of all services, wait for each, then stop the broker."""
        # A second Ctrl-C would leave a broker that nobody stops.
        uninterruptible()
        try:
            # Otherwise a client that connects while the services stop would wait until the broker stops.
            for listening in filter(None, (self._api_socket, self._console_socket, self._classroom_socket)):
                listening.close()
            for child in self._children:
                child.terminate()
            for child in self._children:
                child.join()
        finally:
            remove_api_url(self._folder)
            remove_classroom_url(self._folder)
            self.broker.stop()
            self._lock.close()

    def supervise(self) -> None:
        """Restart services that have died, and limit the size of the logs."""
        parts: list[StackBroker | Child] = [self.broker, *self._children]
        for part in parts:
            if news := self._revived(part):
                self._say(news)
        for log in [self._folder / "broker" / "broker.log", *(child.log for child in self._children)]:
            rotate_when_large(log)

    def _revived(self, part: StackBroker | Child) -> str | None:
        try:
            return part.revive()
        except OSError as error:
            # No process can be made now, or a folder is gone. The other services must not end with this one.
            problem = f"a service that has ended could not be started again, and is tried again: {error}"
            news, self._told = None if problem == self._told else problem, problem
            return news

    def mode(self) -> Mode:
        """The line that says which generator writes homework now."""
        try:
            with Client(self.url, self._owner_key) as api:
                return api.send(requests.get_overview(), seconds=5).mode
        except ApiError:  # A failure to do this is no reason to stop.
            return Mode.MOCK

    def log_tails(self) -> str:
        return "\n".join(f"--- the end of {child.log}\n{child.tail()}" for child in self._children)

    def _end_left_over(self) -> None:
        # The services stop first, so that they can finish the work that they have begun.
        ended = end_left_over(self._folder) + end_left_over(self._folder / "broker")
        if ended:
            self._say(
                f"an earlier run in {self._folder} was killed: ended {ended} processes that it had left"
            )

    def _start(self) -> None:
        self._say("starting RabbitMQ …")
        self.broker.start()
        logs = self._folder / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        names = ("mock", "api", "generator") if self._engine else ("mock", "api")
        ports = load_or_create_ports(self._folder / "metrics-ports.json", names)
        mock_environment = self._environment("mock_generator") | {"METRICS_PORT": str(ports["mock"])}
        mock = Child("mock", ["homework_mock_generator"], mock_environment, logs)
        api_environment = self._environment("api") | {
            "DATABASE_URL": f"sqlite+aiosqlite:///{self._database}",
            "API_HOST": "127.0.0.1",
            "API_PORT": str(self.port),
            "API_LISTEN_FD": str(self._api_socket.fileno()),
            "API_CONSOLE_KEY": self._console_key,
            "API_OWNER_KEY_FILE": str(owner_key_file(self._folder)),
            "METRICS_PORT": str(ports["api"]),
            "API_TUNNEL_STATE_FILE": str(self._folder / "tunnel" / TUNNEL_STATE_FILE),
        }
        api = Child("api", ["homework_api.main", "serve"], api_environment, logs, self._api_socket)
        self._children = [mock, api]
        self._children += self._pages(logs)
        self._say("starting the API and the mock generator …")
        for child in self._children:
            child.start()
        self._wait_until_ready()
        save_api_url(self._folder, self.url)
        if self.classroom_url:
            save_classroom_url(self._folder, self.classroom_url)
        if self._engine:
            self._start_generator(self._engine, ports["generator"], logs)
        targets = {**ports, "broker": self.broker.metrics_port}
        write_targets(self._folder / "prometheus", targets)

    def _start_generator(self, engine: Engine, metrics_port: int, logs: Path) -> None:
        # The generator starts last: no service needs it, and loading a model may take minutes or fail.
        environment = self._environment("generator") | {
            "METRICS_PORT": str(metrics_port),
            # The broker is on this machine and not behind a metered tunnel.
            "BROKER_RECONNECT_MAX_SECONDS": "1",
        }
        generator = GeneratorChild(engine, environment, logs)
        self._children.append(generator)
        generator.start()

    def _environment(self, user: str) -> dict[str, str]:
        return {"AMQP_URL": self.broker.amqp_url(user)} | mark(self._folder)

    def _pages(self, logs: Path) -> list[Child]:
        """Console and classroom, if they are enabled."""
        if not (self._console_socket and self._classroom_socket):
            return []
        console = self._console_environment(self._console_socket) | {
            "CONSOLE_CLASSROOM_LINK": f"http://127.0.0.1:{_port(self._classroom_socket)}"
        }
        classroom = mark(self._folder) | {
            "CLASSROOM_HOST": "127.0.0.1",
            "CLASSROOM_PORT": str(_port(self._classroom_socket)),
            "CLASSROOM_LISTEN_FD": str(self._classroom_socket.fileno()),
            "CLASSROOM_API_URL": self.url,
            "CLASSROOM_SHARED_URL_FILE": str(shared_url_file(self._folder)),
        }
        return [
            Child("console", ["homework_console"], console, logs, self._console_socket),
            Child("classroom", ["homework_classroom"], classroom, logs, self._classroom_socket),
        ]

    def _console_environment(self, listening: socket.socket) -> dict[str, str]:
        rabbitmq = self.broker.management
        return mark(self._folder) | {
            "CONSOLE_HOST": "127.0.0.1",
            "CONSOLE_PORT": str(_port(listening)),
            "CONSOLE_LISTEN_FD": str(listening.fileno()),
            "CONSOLE_API_URL": self.url,
            "CONSOLE_API_KEY": self._console_key,
            "CONSOLE_SIGN_IN_FILE": str(sign_in_file(self._folder)),
            "CONSOLE_MANAGEMENT_URL": rabbitmq.url,
            "CONSOLE_MANAGEMENT_USER": rabbitmq.user,
            "CONSOLE_MANAGEMENT_PASSWORD": rabbitmq.password,
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            dead = next((child for child in self._children if not child.running), None)
            if dead is not None:
                raise StackFailed(f"{dead.name} ended at once:\n{dead.tail()}")
            if time.monotonic() > deadline:
                raise StackFailed(f"not ready within {READY_SECONDS:.0f} s\n{self.log_tails()}")
            time.sleep(0.1)

    def _is_ready(self) -> bool:
        try:
            with Client(self.url) as api:
                ready = api.send(requests.ready(), seconds=2)
            for pages in filter(None, (self.console_url, self.classroom_url)):
                httpx.get(f"{pages}/health", timeout=2)
        except (ApiError, httpx.HTTPError):
            return False
        return ready.status is ReadyStatus.READY


def _port(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


def _url(listening: socket.socket) -> str:
    return f"http://127.0.0.1:{_port(listening)}"


def _check_installed(with_pages: bool) -> None:
    """Raises StackFailed."""
    pages = ("homework_console", "homework_classroom") if with_pages else ()
    if problem := missing("homework_api", "homework_mock_generator", *pages):
        raise StackFailed(problem)


def _lock(folder: Path) -> TextIO:
    """Lock the folder for as long as the returned file is open. Raises StackFailed."""
    try:
        return lock(private_folder(folder) / "lock")
    except Taken as error:
        raise StackFailed(
            f"another 'homework up' runs in {folder}: stop it, or use another folder"
        ) from error
