"""The files that `homework up` writes into its folder for the other commands."""

import secrets
from pathlib import Path

from homework_shared.runtime.files import write_atomically

RUN_FOLDER = Path(".run")
DEFAULT_API_PORT = 8000
DEFAULT_CLASSROOM_PORT = 8002
API_KEY = "HOMEWORK_API_KEY"
TEACHER_ID = "HOMEWORK_TEACHER_ID"
TUNNEL_STATE_FILE = "state.json"


def save_api_url(folder: Path, url: str) -> None:
    """Store the API's address while it runs."""
    write_atomically(_api_url_file(folder), url.encode(), 0o644)


def remove_api_url(folder: Path) -> None:
    _api_url_file(folder).unlink(missing_ok=True)


def load_api_url(folder: Path) -> str | None:
    """The address of the API that the `homework up` of this folder runs."""
    return _load(_api_url_file(folder))


def shared_url_file(folder: Path) -> Path:
    """The file with the address that students open, which exists while `homework share` runs."""
    return folder / "shared-url"


def save_shared_url(folder: Path, url: str) -> None:
    """Store the address that students open, while `homework share` runs."""
    write_atomically(shared_url_file(folder), url.encode(), 0o644)


def remove_shared_url(folder: Path) -> None:
    shared_url_file(folder).unlink(missing_ok=True)


def load_shared_url(folder: Path) -> str | None:
    """The address that students open."""
    return _load(shared_url_file(folder))


def save_classroom_url(folder: Path, url: str) -> None:
    """Store the classroom's address, with which students' links begin, while it runs."""
    write_atomically(_classroom_url_file(folder), url.encode(), 0o644)


def remove_classroom_url(folder: Path) -> None:
    _classroom_url_file(folder).unlink(missing_ok=True)


def load_classroom_url(folder: Path) -> str | None:
    """The address of the classroom that the `homework up` of this folder runs."""
    return _load(_classroom_url_file(folder))


def owner_key_file(folder: Path) -> Path:
    """The file with the key of the user who runs `homework up`. It is kept between runs, so that sessions
    that began with it stay valid.
    """
    return folder / "owner-key"


def load_or_create_owner_key(folder: Path) -> str:
    if (known := load_owner_key(folder)) is not None:
        return known
    key = secrets.token_urlsafe(32)
    write_atomically(owner_key_file(folder), key.encode(), 0o600)
    return key


def load_owner_key(folder: Path) -> str | None:
    return _load(owner_key_file(folder))


def sign_in_file(folder: Path) -> Path:
    """The file with the console's next sign-in address."""
    return folder / "sign-in"


def load_sign_in_address(folder: Path) -> str | None:
    return _load(sign_in_file(folder))


def save_generator_url(folder: Path, url: str) -> Path:
    """Store the broker's address for a generator on this machine. It contains the password, so only the owner
    can read it.
    """
    file = folder / "generator-amqp-url"
    write_atomically(file, url.encode(), 0o600)
    return file


def _classroom_url_file(folder: Path) -> Path:
    return folder / "classroom-url"


def _api_url_file(folder: Path) -> Path:
    return folder / "api-url"


def _load(file: Path) -> str | None:
    try:
        return file.read_text().strip() or None
    except OSError:
        return None
