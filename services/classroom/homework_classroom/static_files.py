"""The static files of the pages. They are read once, and sent compressed if the browser supports it."""

import gzip
import hashlib
from dataclasses import dataclass
from importlib.resources import files

_MEDIA_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
_LOADED = ("classroom.css", "classroom.js", "htmx.min.js")


@dataclass(frozen=True)
class StaticFile:
    """One file. `path` changes with the content, so a browser may cache it without a time limit."""

    path: str
    media_type: str
    content: bytes
    packed: bytes


def read_static_files() -> dict[str, StaticFile]:
    """The files by name."""
    return {name: _read(name) for name in _LOADED}


def _read(name: str) -> StaticFile:
    content = (files("homework_classroom") / "static" / name).read_bytes()
    stem, _, ending = name.rpartition(".")
    version = hashlib.sha256(content).hexdigest()[:12]
    packed = gzip.compress(content, mtime=0)
    return StaticFile(f"/static/{stem}-{version}.{ending}", _MEDIA_TYPES[ending], content, packed)
