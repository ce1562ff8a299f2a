"""REST as every command speaks it: where the API is, the key, and errors that say what to do next.

The address is --api-url or HOMEWORK_API_URL, else `api_url` of the config file, else what `homework up`
noted in .run here, else port 8000 of this machine. The key is HOMEWORK_API_KEY, else `api_key`.
"""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from homework_cli.run_folder import DEFAULT_API_PORT, RUN_FOLDER, noted_address

ANSWER_SECONDS = 30.0
CONNECT_SECONDS = 5.0
# The API sends a sign of life every 15 s.
SILENCE_SECONDS = 60.0


class CommandFailed(RuntimeError):
    """A command's end: one sentence with the next step, and its exit code."""

    exit_code = 1


class Refused(CommandFailed):
    """The API said no: not found, or not possible now."""


class Misused(CommandFailed):
    """The request itself is wrong."""

    exit_code = 2


class Unreachable(CommandFailed):
    """The API, or what it needs, does not answer."""

    exit_code = 3


class Api:
    """A connection to the API. Every method raises CommandFailed."""

    def __init__(self, url: str | None = None) -> None:
        config = _config()
        self.url, self._found_in = _address(url, config)
        key = os.environ.get("HOMEWORK_API_KEY") or config.get("api_key")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        timeout = httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS)
        try:
            self._client = httpx.Client(base_url=self.url, headers=headers, timeout=timeout)
        except (httpx.InvalidURL, UnicodeError) as error:
            raise Misused(f"{self.url!r} ({self._found_in}) is no address: http://host:port") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.send("GET", path, params={name: value for name, value in params.items() if value})

    def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return self.send("POST", path, json=body, headers=headers)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        answer = self.ask(method, path, **more)
        if answer.is_success:
            return answer
        raise self._refusal(answer)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Whatever the answer is. Raises Unreachable."""
        try:
            return self._client.request(method, path, **more)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._unreachable(error) from error

    def events(self, path: str) -> Iterator[str]:
        """The JSON of each server-sent event, until the API ends the stream."""
        try:
            with self._client.stream("GET", path, timeout=SILENCE_SECONDS) as stream:
                if not stream.is_success:
                    stream.read()
                    raise self._refusal(stream)
                yield from events_of(stream)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"the API does not answer at {self.url} ({self._found_in}; {error or type(error).__name__}): "
            "start it with `homework up`, or say where it is with --api-url"
        )

    def _refusal(self, answer: httpx.Response) -> CommandFailed:
        detail = _detail(answer)
        if detail is None:
            return Unreachable(
                f"what answers at {self.url} ({self._found_in}) is not the homework API "
                f"(HTTP {answer.status_code}): say where it is with --api-url"
            )
        match answer.status_code:
            case 401 | 403:
                return Refused(f"{detail}: set HOMEWORK_API_KEY, or api_key in {config_file()}")
            case 422:
                return Misused(detail)
            case 503:
                return Unreachable(detail)
        return Refused(detail)


def events_of(stream: httpx.Response) -> Iterator[str]:
    for line in stream.iter_lines():
        if line.startswith("data:"):
            yield line.removeprefix("data:").strip()


def config_file() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "homework" / "config.toml"


def _config() -> dict[str, str]:
    try:
        found = tomllib.loads(config_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise Misused(f"{config_file()} cannot be read: {error}") from error
    return {name: str(found[name]) for name in ("api_url", "api_key") if name in found}


def _address(given: str | None, config: dict[str, str]) -> tuple[str, str]:
    """The address, and where it was found."""
    if given:
        return given.rstrip("/"), "--api-url or HOMEWORK_API_URL"
    if "api_url" in config:
        return config["api_url"].rstrip("/"), str(config_file())
    if noted := noted_address(RUN_FOLDER):
        return noted, f"noted by `homework up` in {RUN_FOLDER}"
    return f"http://127.0.0.1:{DEFAULT_API_PORT}", "the default"


def _detail(answer: httpx.Response) -> str | None:
    """What our API says in every error; None from a stranger."""
    try:
        detail = answer.json()["detail"]
    except (ValueError, KeyError, TypeError):
        return None
    return detail if isinstance(detail, str) else "; ".join(_problem(each) for each in detail)


def _problem(found: Any) -> str:
    if not isinstance(found, dict):
        return json.dumps(found)
    where = [str(part) for part in found.get("loc", []) if part not in ("body", "query", "path", "header")]
    return f"{'.'.join(where) or 'request'}: {found.get('msg')}"
