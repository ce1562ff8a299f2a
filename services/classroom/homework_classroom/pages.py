"""Renders the templates. Every value that a template is given is escaped."""

from collections.abc import Mapping
from datetime import datetime, tzinfo

from jinja2 import Environment, PackageLoader, StrictUndefined

from homework_classroom.language import LANGUAGES, Language
from homework_classroom.static_files import StaticFile


class Pages:
    """The templates. `zone` is the time zone of the dates on the pages; None means this machine's zone."""

    def __init__(self, static: Mapping[str, StaticFile], zone: tzinfo | None) -> None:
        self.zone = zone
        self._templates = Environment(
            loader=PackageLoader("homework_classroom"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals["static"] = {name: file.path for name, file in static.items()}
        self._templates.globals["languages"] = list(LANGUAGES.values())

    def render(self, template: str, language: Language, values: Mapping[str, object]) -> str:
        """The page of a template. The context may contain `path`, to which the language switch leads back,
        `name`, the name of the student who is signed in, and `signed_in`, if a teacher is.
        """

        def moment(when: datetime) -> str:
            return language.moment(when, self.zone)

        shown = {"t": language, "moment": moment, "path": "/", "name": None, "signed_in": False, **values}
        return self._templates.get_template(template).render(shown)
