"""Tests of the undocumented parts of libraries that we use: each part still exists, and only tested versions
are allowed. If one of these tests fails after an upgrade, read the file that it names.
"""

import asyncio
import atexit
import inspect
import re
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aio_pika
import aiormq
import httpx
import pytest
import uvicorn
from aio_pika.abc import ConnectionParameter, UnderlayConnection
from aiormq.abc import ChannelFrame
from aiormq.channel import Channel
from fastapi import FastAPI, Request
from packaging.requirements import Requirement
from pamqp import commands, frame
from pamqp.header import ContentHeader
from pyngrok import process
from starlette.routing import Match
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState
from yarl import URL

from homework_api.http import route_matching
from homework_shared.messaging import aio_pika_internals, pipelining, properties, receiving
from homework_shared.runtime import http_connections, http_server

ROOT = Path(__file__).parents[3]
TRIED = {
    "aio-pika": ("shared", "cli"),
    "aiormq": ("shared",),
    "pamqp": ("shared",),
    "pyngrok": ("cli",),
    "starlette": ("services/api", "services/classroom"),
    "uvicorn": ("shared", "services/api", "services/console", "services/classroom"),
}


def requirements_of(folder: str) -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
    extras = project.get("optional-dependencies", {}).values()
    texts = [*project["dependencies"], *(text for extra in extras for text in extra)]
    return {each.name: each for each in map(Requirement, texts)}


def tried_version(library: str) -> str:
    pinned = re.search(rf"^{library}==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert pinned is not None, library
    return pinned[1]


@pytest.mark.parametrize(
    ("library", "folder"), [(library, folder) for library, folders in TRIED.items() for folder in folders]
)
def test_only_the_minor_version_that_was_tried_may_be_installed(library: str, folder: str) -> None:
    version = tried_version(library)
    major, minor = (int(part) for part in version.split(".")[:2])
    allowed = requirements_of(folder)[library].specifier
    earlier = f"{major}.{minor - 1}.99" if minor else f"{major - 1}.99"
    assert allowed.contains(version)
    for untried in (earlier, f"{major}.{minor + 1}.0"):
        assert not allowed.contains(untried), f"{folder} allows {library} {untried}, which was not tried"


@pytest.mark.parametrize("library", TRIED)
def test_every_package_that_asks_for_such_a_library_is_in_the_list(library: str) -> None:
    folders = {str(file.parent.relative_to(ROOT)) for file in ROOT.glob("*/pyproject.toml")}
    folders |= {str(file.parent.relative_to(ROOT)) for file in ROOT.glob("*/*/pyproject.toml")}
    asking = {
        folder
        for folder in folders
        if "project" in tomllib.loads((ROOT / folder / "pyproject.toml").read_text())
        and library in requirements_of(folder)
    }
    assert asking == set(TRIED[library])


def must_have(owner: object, names: set[str], user: Any) -> None:
    """Fail if the library lacks one of `names`, and report which of our files relies on it."""
    lost = {name for name in names if not hasattr(owner, name)}
    assert not lost, f"{owner!r} no longer has {sorted(lost)}, which {user.__name__} uses"


def parameters_of(function: Any) -> set[str]:
    return set(inspect.signature(function).parameters)


async def test_aiormq_still_has_the_channel_on_which_frames_are_written_together() -> None:
    connection = aiormq.Connection(URL("amqp://127.0.0.1/"))
    connection.connection_tune = SimpleNamespace(frame_max=131072)  # type: ignore[assignment]
    connection.server_properties = {"capabilities": {"publisher_confirms": True}}
    channel = Channel(connection, number=1)
    try:
        must_have(
            channel,
            {
                "confirmations", "create_future", "delivery_tag", "is_closed", "lock", "max_content_size",
                "message_id_delivery_tag", "number", "on_consumer_cancel_callbacks", "write_queue",
            },
            pipelining,
        )  # fmt: skip
        assert isinstance(channel.write_queue, asyncio.Queue)
        assert channel.delivery_tag == 0
        async with channel.lock:
            drained = channel.create_future()
        written = ChannelFrame.marshall(1, [commands.Basic.Ack(1)], drained)
        payload = frame.marshal(commands.Basic.Ack(1), 1)
        assert written == ChannelFrame(payload, should_close=False, drain_future=drained)
        drained.cancel()
    finally:
        await channel.close()


def test_pamqp_still_looks_its_properties_up_where_they_are_replaced() -> None:
    must_have(commands.Basic, {"Properties"}, properties)
    must_have(commands.Basic.Properties, {"unmarshal", "__slots__", "delivery_mode"}, properties)
    assert parameters_of(commands.Basic.Properties.unmarshal) == {"self", "flags", "data"}
    properties.read_forgivingly()
    written = commands.Basic.Properties(message_id="1", delivery_mode=2)
    bytes_of_a_header = frame.marshal(ContentHeader(body_size=2, properties=written), 1)
    _, _, header = frame.unmarshal(bytes_of_a_header)
    assert isinstance(header, ContentHeader)
    assert type(header.properties) is properties.ForgivingProperties
    assert header.properties.message_id == "1"


async def test_aio_pika_still_hands_on_what_its_parameters_name() -> None:
    must_have(aio_pika.Connection, {"PARAMETERS", "connect"}, aio_pika_internals)
    must_have(aio_pika.Channel, {"get_underlay_channel"}, aio_pika_internals)
    must_have(UnderlayConnection, {"ready"}, aio_pika_internals)
    assert {"name", "parser", "is_kwarg"} <= parameters_of(ConnectionParameter)
    named = aio_pika_internals.OurConnection(URL("amqps://127.0.0.1/"), server_hostname="broker")
    assert named.kwargs["server_hostname"] == "broker"
    assert named.transport is None
    mine = aio_pika_internals.OurConnection(URL("amqps://ad%40a:secret@127.0.0.1/"))
    assert (aio_pika_internals.user_of(mine), aio_pika_internals.user_of(named)) == ("ad@a", "guest")


async def test_aiormq_still_reads_from_the_transport_that_takes_the_deliveries() -> None:
    must_have(asyncio.StreamReader, {"feed_data", "set_exception"}, receiving)
    assert parameters_of(aiormq.TransportFactory.create) == {"self", "url", "kwargs"}
    mine = aio_pika_internals.OurConnection(URL("amqp://127.0.0.1/"))
    assert mine.kwargs["transport_factory"] is aio_pika_internals.receiving_of(mine)
    asked: list[URL] = []

    class Refusing(aiormq.TransportFactory):
        async def create(self, url: URL, **kwargs: Any) -> Any:
            asked.append(url)
            assert set(kwargs) == {"ssl_context_provider"}
            raise ConnectionRefusedError

    mine.kwargs["transport_factory"] = Refusing()
    with pytest.raises(ConnectionRefusedError):
        await mine.connect()
    assert asked == [URL("amqp://127.0.0.1:5672/")]


def test_uvicorn_still_takes_the_signals_in_the_one_place_that_is_overridden() -> None:
    must_have(uvicorn.Server, {"capture_signals", "serve"}, http_server)
    assert "capture_signals" in inspect.getsource(uvicorn.Server.serve)
    assert parameters_of(uvicorn.Server.capture_signals) == {"self"}


@pytest.mark.parametrize("protocol", [H11Protocol, HttpToolsProtocol])
async def test_uvicorns_connections_still_say_whether_they_answer_a_request(protocol: Any) -> None:
    config = uvicorn.Config(FastAPI(), http=http_connections.BoundedHttpProtocol, log_config=None)
    config.load()
    assert config.http_protocol_class is http_connections.BoundedHttpProtocol
    connection = protocol(config=config, server_state=ServerState(), app_state={})
    must_have(connection, {"connections", "cycle", "loop", "transport"}, http_connections)
    assert connection.cycle is None
    cycle = inspect.getmodule(protocol).RequestResponseCycle  # type: ignore[union-attr]
    assert "response_complete" in inspect.getsource(cycle.__init__)


async def test_starlette_still_tells_the_route_of_a_request() -> None:
    app, seen = FastAPI(), list[Any]()

    @app.get("/students/{student_id}")
    async def student(request: Request) -> None:
        seen.append(route_matching.route_template(request.scope))
        seen.append(route_matching.allowed_methods(request))

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as client:
        await client.get("/students/1")
    assert seen == ["/students/{student_id}", ["GET"]], f"look at {route_matching.__name__}"
    [route] = [each for each in app.routes if getattr(each, "path", "").startswith("/students")]
    match, _ = route.matches({"type": "http", "method": "GET", "path": "/students/1", "headers": []})
    assert match is Match.FULL


def test_pyngrok_still_ends_its_agents_at_exit_by_the_function_that_is_unregistered() -> None:
    user = SimpleNamespace(__name__="homework_cli.tunnel.agent")
    must_have(process, {"_terminate_process", "is_process_running"}, user)
    assert f"{atexit.__name__}.register(_terminate_process" in inspect.getsource(process)
