"""Every exchange, queue, argument, policy and permission, once.

`homework broker definitions` generates `deploy/rabbitmq/definitions.json` from here, and `homework broker
apply` declares the same on a broker that is already running. docs/messages.md gives the reason for each
argument.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from homework_shared.messaging.transport import Destination

JOBS = "generation.jobs"
FALLBACK = "generation.fallback"
RESULTS = "generation.results"
DEAD = "generation.dead"
PROBE = "generation.probe"
"""Holds no work: the API publishes to it and reads it, to see that queues take messages."""

GENERATION_EXCHANGE = "generation"
RESULTS_EXCHANGE = "generation.results"
DLX_EXCHANGE = "generation.dlx"
DEAD_EXCHANGE = "generation.dead"
STATUS_EXCHANGE = "generation.status"

JOB_DESTINATION = Destination(GENERATION_EXCHANGE, "job")
FALLBACK_DESTINATION = Destination(GENERATION_EXCHANGE, "fallback")
RESULT_DESTINATION = Destination(RESULTS_EXCHANGE, "result")
# The API sends a dead result again through here. Write access to the results exchange would also let it
# unbind and bind the results queue, which has the same name.
RESULT_REPLAY_DESTINATION = Destination(GENERATION_EXCHANGE, "result")
STATUS_DESTINATION = Destination(STATUS_EXCHANGE)
PROBE_DESTINATION = Destination(GENERATION_EXCHANGE, "probe")

MAX_DEAD_BYTES = 64 * 1024 * 1024
"""What one look at the dead letters takes."""

STATUS_QUEUE_PREFIX = "generation.status."
"""Each API process makes an exclusive queue with this prefix; the user `api` may configure only those."""
LOCK_QUEUE_PREFIX = f"{STATUS_QUEUE_PREFIX}holder."
"""Whoever browses a queue owns an exclusive queue with this prefix for as long: that is the lock."""

CLAIM_EXCHANGE = f"{STATUS_QUEUE_PREFIX}claim"
"""Says which installation uses the vhost, see `claim`."""


@dataclass(frozen=True)
class Exchange:
    name: str
    type: str
    durable: bool = True


@dataclass(frozen=True)
class Queue:
    """A durable quorum queue; `arguments` are fixed for its life, `limits` can be tuned by ops."""

    name: str
    dead_letter_exchange: str | None
    limits: Mapping[str, int | str] = field(default_factory=dict)

    @property
    def arguments(self) -> dict[str, Any]:
        arguments: dict[str, Any] = {"x-queue-type": "quorum"}
        if self.dead_letter_exchange is not None:
            # at-least-once needs reject-publish: without it the broker silently drops dead letters
            # that it cannot deliver.
            arguments |= {
                "x-dead-letter-exchange": self.dead_letter_exchange,
                "x-dead-letter-strategy": "at-least-once",
                "x-overflow": "reject-publish",
            }
        return arguments


@dataclass(frozen=True)
class Binding:
    exchange: str
    queue: str
    key: str = ""


@dataclass(frozen=True)
class Permissions:
    """RabbitMQ's three patterns of a user: what it may configure, write and read."""

    configure: str
    write: str
    read: str
    tags: tuple[str, ...] = ()


EXCHANGES = (
    Exchange(GENERATION_EXCHANGE, "direct"),
    Exchange(RESULTS_EXCHANGE, "direct"),
    Exchange(DLX_EXCHANGE, "fanout"),
    Exchange(DEAD_EXCHANGE, "fanout"),
    Exchange(STATUS_EXCHANGE, "fanout"),
)

QUEUES = (
    Queue(JOBS, DLX_EXCHANGE, {"delivery-limit": 5, "max-length": 10_000}),
    Queue(FALLBACK, DEAD_EXCHANGE, {"delivery-limit": 5}),
    Queue(RESULTS, DEAD_EXCHANGE, {"delivery-limit": 20}),
    # Whoever sends unreadable results fills no disk: the oldest dead letters make room. None is refused:
    # it would stay in the queue that it comes from.
    Queue(
        DEAD,
        None,
        {"delivery-limit": 1_000_000, "max-length-bytes": MAX_DEAD_BYTES, "overflow": "drop-head"},
    ),
    Queue(PROBE, None, {"max-length": 1}),
)
WORK_QUEUES = tuple(queue for queue in QUEUES if queue.name != PROBE)
"""What the services cannot work without."""

BINDINGS = (
    Binding(GENERATION_EXCHANGE, JOBS, JOB_DESTINATION.key),
    Binding(GENERATION_EXCHANGE, FALLBACK, FALLBACK_DESTINATION.key),
    Binding(RESULTS_EXCHANGE, RESULTS, RESULT_DESTINATION.key),
    Binding(GENERATION_EXCHANGE, RESULTS, RESULT_REPLAY_DESTINATION.key),
    Binding(DLX_EXCHANGE, FALLBACK),
    Binding(DEAD_EXCHANGE, DEAD),
    Binding(GENERATION_EXCHANGE, PROBE, PROBE_DESTINATION.key),
)

FALLBACK_USER = "mock_generator"
"""The user of the generator of last resort. Users who are neither this one nor the API's are GPUs."""

_OWN_STATUS_QUEUE = r"generation\.status\..+"

PERMISSIONS = {
    "api": Permissions(
        configure=f"^{_OWN_STATUS_QUEUE}$",
        write=f"^(generation|{_OWN_STATUS_QUEUE})$",
        read=rf"^(generation\.(results|dead|status|probe)|{_OWN_STATUS_QUEUE})$",
    ),
    "generator": Permissions("^$", r"^generation\.(results|status)$", r"^generation\.jobs$"),
    FALLBACK_USER: Permissions("^$", r"^generation\.(results|status)$", r"^generation\.fallback$"),
    "console": Permissions("^$", "^$", "^$", tags=("monitoring",)),  # it reads figures and no messages
    "ops": Permissions(".*", ".*", ".*", tags=("administrator",)),
}


def queue_of(destination: Destination) -> str:
    """The queue that takes what is published to `destination`."""
    wanted = (destination.exchange, destination.key)
    return next(binding.queue for binding in BINDINGS if (binding.exchange, binding.key) == wanted)


def definitions(vhost: str = "/") -> dict[str, Any]:
    """The topology in the shape RabbitMQ imports: without users, whose passwords are local."""
    return {
        "exchanges": [_exchange_definition(exchange, vhost) for exchange in EXCHANGES],
        "queues": [
            {
                "name": queue.name,
                "vhost": vhost,
                "durable": True,
                "auto_delete": False,
                "arguments": queue.arguments,
            }
            for queue in QUEUES
        ],
        "bindings": [
            {
                "source": binding.exchange,
                "vhost": vhost,
                "destination": binding.queue,
                "destination_type": "queue",
                "routing_key": binding.key,
                "arguments": {},
            }
            for binding in BINDINGS
        ],
        "policies": policies(vhost),
    }


def policies(vhost: str = "/") -> list[dict[str, Any]]:
    """One policy per queue with its tunable limits."""
    return [
        {
            "vhost": vhost,
            "name": queue.name,
            "pattern": "^" + queue.name.replace(".", r"\.") + "$",
            "apply-to": "queues",
            "definition": dict(queue.limits),
            "priority": 0,
        }
        for queue in QUEUES
    ]


def _exchange_definition(exchange: Exchange, vhost: str) -> dict[str, Any]:
    return {
        "name": exchange.name,
        "vhost": vhost,
        "type": exchange.type,
        "durable": exchange.durable,
        "auto_delete": False,
        "internal": False,
        "arguments": {},
    }
