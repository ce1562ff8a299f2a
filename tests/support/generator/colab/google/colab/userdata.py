"""Reads secrets from secrets.json. A null is a secret that this notebook may not read.

If the file is missing, this behaves like a browser page that does not answer.
"""

import json
import os
from pathlib import Path


class SecretNotFoundError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(f"Secret {key} does not exist.")


class NotebookAccessError(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(f"Notebook does not have access to secret {key}")


class TimeoutException(Exception):
    def __init__(self, key: str) -> None:
        super().__init__(f"Requesting secret {key} timed out. Secrets can only be fetched from the Colab UI.")


def get(key: str) -> str:
    try:
        secrets = json.loads(Path(os.environ["COLAB_STANDIN"], "secrets.json").read_text())
    except OSError:
        raise TimeoutException(key) from None
    if key not in secrets:
        raise SecretNotFoundError(key)
    if secrets[key] is None:
        raise NotebookAccessError(key)
    return str(secrets[key])
