"""A response that is built from plain values and not from a model. The route names a model for the OpenAPI
document."""

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


class PlainJson(Response):
    """Serialises plain values to JSON in one step. `given` is the response that FastAPI passes to the route,
    and the headers that dependencies have set on it are copied."""

    media_type = "application/json"

    def __init__(self, content: Any, given: Response) -> None:
        super().__init__(content, headers=dict(given.headers))

    def render(self, content: Any) -> bytes:
        return to_json(content)
