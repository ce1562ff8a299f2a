"""What `homework up` leaves in its folder for the other commands to find."""

from pathlib import Path

RUN_FOLDER = Path(".run")
DEFAULT_API_PORT = 8000
API_KEY = "HOMEWORK_API_KEY"
TUNNEL_STATE_FILE = "state.json"


def note_address(folder: Path, url: str) -> None:
    """Keep the API's address for as long as it runs."""
    _note(folder).write_text(url)


def forget_address(folder: Path) -> None:
    _note(folder).unlink(missing_ok=True)


def noted_address(folder: Path) -> str | None:
    """Where the API of the `homework up` in this folder listens."""
    try:
        return _note(folder).read_text().strip() or None
    except OSError:
        return None


def _note(folder: Path) -> Path:
    return folder / "api-url"
