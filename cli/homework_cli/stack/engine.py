"""The model server that writes the homework under `homework up --engine`."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from homework_cli.parts import missing


class BadEngine(ValueError):
    """The given value is not the address of a server. The text says what to give, and repeats nothing that
    may be secret.
    """


@dataclass(frozen=True)
class Engine:
    """A model server. `url` is the base URL of an OpenAI-compatible server; without `model`, its only model
    is used.
    """

    url: str
    model: str | None = None

    def __str__(self) -> str:
        return f"{self.model or 'the model'} on {self.url}"

    def environment(self) -> dict[str, str]:
        """Variables for `homework-generator`. It inherits a key from the environment."""
        return {"ENGINE_URL": self.url} | ({"MODEL": self.model} if self.model else {})


def checked_engine(url: str, model: str | None) -> Engine:
    """Raises BadEngine."""
    example = "give an address such as http://127.0.0.1:11434/v1"
    if not url.isprintable() or " " in url:
        raise BadEngine(f"it contains a character that no address can have: {example}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadEngine(f"it is not an address: {example}") from error
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise BadEngine(
            "others on this machine can read a command line, so no password or key belongs there: give the "
            "address alone, and the key as ENGINE_API_KEY or in a file that ENGINE_API_KEY_FILE names"
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        raise BadEngine(f"it is not an http or https address: {example}")
    if model is not None and not (model and model.isprintable()):
        raise BadEngine("--model is not a model's name: `ollama list` or the server's own pages list them")
    if problem := missing("homework_generator"):
        raise BadEngine(problem)
    # The generator does the same, because all these servers have their routes there.
    return Engine(url.rstrip("/") if parts.path.strip("/") else f"{url.rstrip('/')}/v1", model)
