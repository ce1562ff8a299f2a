"""The agent's own log. The agent quotes an authtoken that ngrok does not accept, so tokens are removed from
it.
"""

import logging
import os
import re
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

# In logfmt a line break is written as \\n.
_TOKEN = re.compile(r"(Your authtoken: ).*?(?=\\[rn]|[\r\n]|$)")


def log_into(file: Path) -> None:
    """Write the agent's own lines, which pyngrok hands to `logging`, to `file`."""
    log = logging.getLogger("pyngrok")
    log.setLevel(logging.INFO)
    log.addHandler(AgentLog(file, maxBytes=1_000_000, backupCount=1))


class AgentLog(RotatingFileHandler):
    """A log that only its owner can read, and that contains no token."""

    def format(self, record: logging.LogRecord) -> str:
        return _TOKEN.sub(r"\1(hidden)", super().format(record))

    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        os.fchmod(stream.fileno(), 0o600)
        return stream
