"""What `homework up` leaves in its folder for the other commands to find."""

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
    """Keep the API's address for as long as it runs."""
    write_atomically(_api_url_file(folder), url.encode(), 0o644)


def remove_api_url(folder: Path) -> None:
    _api_url_file(folder).unlink(missing_ok=True)


def load_api_url(folder: Path) -> str | None:
    """The address of the API that the `homework up` of this folder runs."""
    return _load(_api_url_file(folder))


def shared_url_file(folder: Path) -> Path:
    """Where the address that students open is kept, for as long as `homework share` runs."""
    return folder / "shared-url"


def save_shared_url(folder: Path, url: str) -> None:
    """Keep the address that students open, for as long as `homework share` runs."""
    write_atomically(shared_url_file(folder), url.encode(), 0o644)


def remove_shared_url(folder: Path) -> None:
    shared_url_file(folder).unlink(missing_ok=True)


def load_shared_url(folder: Path) -> str | None:
    """The address that students open."""
    return _load(shared_url_file(folder))


def save_classroom_url(folder: Path, url: str) -> None:
    """Keep the classroom's address, which the links of students begin with, for as long as it runs."""
    write_atomically(_classroom_url_file(folder), url.encode(), 0o644)


def remove_classroom_url(folder: Path) -> None:
    _classroom_url_file(folder).unlink(missing_ok=True)


def load_classroom_url(folder: Path) -> str | None:
    """The address of the classroom that the `homework up` of this folder runs."""
    return _load(_classroom_url_file(folder))


def owner_key_file(folder: Path) -> Path:
    """Where the key of whoever runs `homework up` is kept. It stays: sessions that began with it go on."""
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
    """Where the console keeps the address at which somebody can sign in next."""
    return folder / "sign-in"


def load_sign_in_address(folder: Path) -> str | None:
    return _load(sign_in_file(folder))


def save_generator_url(folder: Path, url: str) -> Path:
    """Keep the broker's address for a generator on this machine, with its password, for the owner alone."""
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
