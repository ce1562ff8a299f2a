"""A private RabbitMQ: a child process with its own node name, data folder and loopback ports."""

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Self
from urllib.parse import quote

from homework_cli.broker.certificates import CertificateRenewer, ca_file
from homework_cli.broker.config import READ_CERTIFICATES_AGAIN, write_configuration
from homework_cli.broker.definitions import load_or_create_passwords
from homework_cli.broker.ports import load_or_create_ports
from homework_cli.left_over import mark
from homework_shared.runtime.clock import Clock, utc_now

# Debian's wrapper on the PATH never hands a signal on; the script behind it does.
_DEBIAN_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_SECONDS = 180.0
"""A busy machine may need minutes. A server that has ended is noticed at once."""

_STOP_SECONDS = 20.0


class BrokerDidNotStart(RuntimeError):
    """RabbitMQ did not start."""


def find_rabbitmq_server() -> Path | None:
    """The `rabbitmq-server` of this machine, if it has one."""
    if _DEBIAN_SERVER.exists():
        return _DEBIAN_SERVER
    found = shutil.which("rabbitmq-server")
    return Path(found) if found else None


class PrivateBroker:
    """RabbitMQ under `folder`, which holds its data, configuration, ports, passwords and certificates.

    It has an Erlang port mapper of its own, so nothing of it outlives `stop`, and it runs in a
    session of its own, so Ctrl-C in the terminal leaves it up until the services have drained.
    """

    def __init__(self, folder: Path, now: Clock = utc_now) -> None:
        self.folder = folder.resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._renewer = CertificateRenewer(self.folder, now)
        self._ports: dict[str, int] = {}
        self.credentials = self.folder / "credentials.json"
        self._passwords = load_or_create_passwords(self.credentials)
        self._server: subprocess.Popen[bytes] | None = None
        self._mapper: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def amqp_url(self, user: str) -> str:
        return f"amqp://{user}:{quote(self._passwords[user], safe='')}@127.0.0.1:{self._port('amqp')}/"

    @property
    def tls_port(self) -> int:
        """The port where the broker speaks AMQP over TLS, under the name `certificates.TLS_NAME`."""
        return self._port("amqps")

    @property
    def ca(self) -> str:
        """The certificate (PEM) by which a client recognises this broker, once it was started."""
        return ca_file(self.folder).read_text()

    @property
    def metrics_port(self) -> int:
        return self._port("prometheus")

    @property
    def management_url(self) -> str:
        return f"http://127.0.0.1:{self._port('management')}"

    def password(self, user: str) -> str:
        return self._passwords[user]

    @property
    def running(self) -> bool:
        return self._server is not None and self._server.poll() is None

    def start(self) -> None:
        """Start and wait until clients can connect. Raises BrokerDidNotStart with the log's end."""
        server = find_rabbitmq_server()
        if server is None:
            raise BrokerDidNotStart("this machine has no rabbitmq-server: install it")
        if not self._ports:
            names = ("amqp", "amqps", "management", "prometheus", "distribution", "mapper")
            self._ports = load_or_create_ports(self.folder / "ports.json", names)
        # `homework ticket rotate` may have changed one since the last start.
        self._passwords = load_or_create_passwords(self.credentials)
        write_configuration(self.folder, self._ports, self._passwords, self._renewer.look())
        self._start_mapper()
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [str(server)], env=self._environment(), stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        try:
            self._wait_until_it_listens()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Send SIGTERM, wait for a bounded time, send SIGKILL. Then end the port mapper in the same way."""
        if self._server is not None:
            _end(self._server, _STOP_SECONDS)
        if self._mapper is not None:
            _end(self._mapper, 2)
        self._server = self._mapper = None

    def kill(self) -> None:
        """Send SIGKILL, so that a test sees what a power cut does."""
        for process in (self._server, self._mapper):
            if process is not None:
                _signal_group(process, signal.SIGKILL)
                process.wait()
        self._server = self._mapper = None

    def renew_certificates(self) -> str | None:
        """Renew the certificates if it is time; new connections get the new one. Returns a message about it,
        or None.
        """
        if self._renewer.look_when_due():
            # If this fails, Erlang notices the new file by itself two minutes later.
            with contextlib.suppress(subprocess.SubprocessError):
                self.control(*READ_CERTIFICATES_AGAIN)
        return self._renewer.news()

    def control(self, *arguments: str) -> None:
        """Run `rabbitmqctl` against this node. Raises CalledProcessError."""
        server = find_rabbitmq_server()
        tool = server.with_name("rabbitmqctl") if server else Path("rabbitmqctl")
        subprocess.run(
            [str(tool), *arguments], env=self._environment(), check=True, capture_output=True, timeout=60
        )

    @property
    def _log(self) -> Path:
        return self.folder / "broker.log"

    def _port(self, name: str) -> int:
        if not self._ports:
            raise RuntimeError("the broker has no ports before it was started")
        return self._ports[name]

    @property
    def _node(self) -> str:
        # The data folder belongs to a node name, so the name must not follow the host's.
        return f"homework-{hashlib.sha256(str(self.folder).encode()).hexdigest()[:8]}@localhost"

    def _environment(self) -> dict[str, str]:
        here = str(self.folder)
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        return {key: value for key, value in os.environ.items() if not key.startswith("RABBITMQ_")} | {
            # Erlang makes its cookie here, and not in the user's home.
            "HOME": here,
            "RABBITMQ_NODENAME": self._node,
            "RABBITMQ_BASE": here,
            "RABBITMQ_MNESIA_BASE": f"{here}/data",
            "RABBITMQ_LOG_BASE": f"{here}/log",
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_PID_FILE": f"{here}/rabbitmq.pid",
            "RABBITMQ_CONFIG_FILE": f"{here}/rabbitmq.conf",
            "RABBITMQ_CONF_ENV_FILE": f"{here}/rabbitmq-env.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{here}/enabled_plugins",
            "RABBITMQ_GENERATED_CONFIG_DIR": f"{here}/generated",
            "RABBITMQ_FEATURE_FLAGS_FILE": f"{here}/feature_flags",
            "RABBITMQ_DIST_PORT": str(self._port("distribution")),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            "ERL_EPMD_PORT": str(self._port("mapper")),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            **mark(self.folder),
        }

    def _start_mapper(self) -> None:
        # RabbitMQ would start a daemon and leave it behind. A child of ours we can end.
        if (mapper := shutil.which("epmd")) is None:
            return
        self._mapper = subprocess.Popen(
            [mapper, "-port", str(self._port("mapper")), "-address", "127.0.0.1"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=os.environ | mark(self.folder), start_new_session=True,
        )  # fmt: skip

    def _wait_until_it_listens(self) -> None:
        # RabbitMQ imports its definitions before it opens the AMQP listener, so whoever can connect finds
        # the queues. The TLS listener opens after that one.
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline and self.running:
            with (
                contextlib.suppress(OSError),
                socket.create_connection(("127.0.0.1", self._port("amqp")), timeout=1) as client,
                socket.create_connection(("127.0.0.1", self._port("amqps")), timeout=1),
            ):
                client.sendall(b"AMQP\x00\x00\x09\x01")
                if client.recv(1):
                    return
            time.sleep(0.1)
        tail = self._log.read_text(errors="replace")[-2000:]
        raise BrokerDidNotStart(f"RabbitMQ did not start; the end of {self._log}:\n{tail}")


def _end(process: subprocess.Popen[bytes], seconds: float) -> None:
    _signal_group(process, signal.SIGTERM)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        _signal_group(process, signal.SIGKILL)
        process.wait()
    # An Erlang that was killed leaves helper processes in its group.
    _signal_group(process, signal.SIGKILL)


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
