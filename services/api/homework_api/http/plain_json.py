"""Answers that no model is made of. The route names its model for the OpenAPI document."""

from typing import Any

from pydantic_core import to_json
from starlette.responses import Response


class PlainJson(Response):
    """Plain values as JSON, in one step. `given` is the response that the route got: the headers that its
    dependencies have set are on this one too."""

    media_type = "application/json"

    def __init__(self, content: Any, given: Response) -> None:
        super().__init__(content, headers=dict(given.headers))

    def render(self, content: Any) -> bytes:
        return to_json(content)
