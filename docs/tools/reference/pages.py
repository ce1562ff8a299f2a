"""All generated pages by their file names."""

from pathlib import Path

from docs.tools.reference import alerts, commands, configuration, messages, metrics, rest

FOLDER = Path(__file__).parents[2] / "reference"
_WRITERS = {
    "configuration.md": configuration.write,
    "rest.md": rest.write,
    "command-line.md": commands.write,
    "messages.md": messages.write,
    "metrics.md": metrics.write,
    "alerts.md": alerts.write,
}


def pages() -> dict[str, str]:
    return {name: write() for name, write in _WRITERS.items()}
