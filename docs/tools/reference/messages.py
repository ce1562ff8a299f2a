"""The messages between the services, and the broker's exchanges, queues, bindings and users."""

from docs.tools.reference.markdown import code, codes, page, table
from docs.tools.reference.schemas import Schema, sections
from pydantic import TypeAdapter

from homework_shared.exercises.messages import (
    GenerateHomework,
    GeneratorStatus,
    HomeworkFailed,
    HomeworkGenerated,
)
from homework_shared.messaging import topology

MESSAGES = (GenerateHomework, HomeworkGenerated, HomeworkFailed, GeneratorStatus)
_INTRODUCTION = """[messages.md](../messages.md) says what each message is for, who may send it, and why each
argument of a queue is there. A field that a reader does not know is ignored."""
_OF_QUEUES = """Every queue is a durable quorum queue. Its arguments cannot be changed. The limits are a
policy, which can be changed."""


def write() -> str:
    definitions = schemas()
    of_messages = {message.__name__ for message in MESSAGES}
    parts = [
        "## Messages",
        *sections(definitions, "###", of_messages.__contains__),
        "## Parts of messages",
        *sections(definitions, "###", lambda name: name not in of_messages),
        "## Exchanges",
        table(["exchange", "type"], ([code(each.name), each.type] for each in topology.EXCHANGES)),
        "## Queues",
        _OF_QUEUES,
        table(["queue", "arguments", "limits"], map(_queue, topology.QUEUES)),
        "## Bindings",
        table(["exchange", "routing key", "queue"], map(_binding, topology.BINDINGS)),
        "## Users",
        "Each pattern is a regular expression over names of exchanges and queues.",
        table(["user", "configure", "write", "read", "tags"], map(_user, topology.PERMISSIONS)),
    ]
    return page("Messages and topology", _INTRODUCTION, parts)


def schemas() -> dict[str, Schema]:
    """The JSON Schema of each message and of its parts, by name."""
    _, document = TypeAdapter.json_schemas(
        [(message, "validation", TypeAdapter(message)) for message in MESSAGES]
    )
    definitions: dict[str, Schema] = document["$defs"]
    return definitions


def _queue(queue: topology.Queue) -> list[str]:
    return [code(queue.name), _pairs(queue.arguments), _pairs(queue.limits)]


def _pairs(values: object) -> str:
    return codes(f"{name}: {value}" for name, value in dict(values).items())  # type: ignore[call-overload]


def _binding(binding: topology.Binding) -> list[str]:
    return [code(binding.exchange), code(binding.key) if binding.key else "", code(binding.queue)]


def _user(user: str) -> list[str]:
    rights = topology.PERMISSIONS[user]
    return [code(user), code(rights.configure), code(rights.write), code(rights.read), codes(rights.tags)]
