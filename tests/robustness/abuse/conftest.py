"""What nobody sends who means well."""

from tests.e2e.processes.conftest import fragile_broker, services
from tests.integration.conftest import as_user
from tests.support.api.databases import (
    postgres_server,
    postgres_template,
    postgres_url,
    sqlite_template,
    sqlite_url,
)

__all__ = [
    "as_user",
    "fragile_broker",
    "postgres_server",
    "postgres_template",
    "postgres_url",
    "services",
    "sqlite_template",
    "sqlite_url",
]
