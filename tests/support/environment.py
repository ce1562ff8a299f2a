"""The environment variables that each of our commands reads."""

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic_settings import BaseSettings

from homework_api.settings import ApiSettings
from homework_classroom.settings import ClassroomSettings
from homework_console.settings import ConsoleSettings
from homework_generator.settings import GeneratorSettings
from homework_mock_generator.settings import MockSettings

SETTINGS: dict[str, type[BaseSettings]] = {
    "homework-api": ApiSettings,
    "homework-mock-generator": MockSettings,
    "homework-generator": GeneratorSettings,
    "homework-console": ConsoleSettings,
    "homework-classroom": ClassroomSettings,
}
OF_OPENTELEMETRY = {
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
}
"""The variables that OpenTelemetry reads itself."""
NOT_PASSED_ON = {
    "AMQP_URL": "it holds a password; BROKER_TICKET_FILE is read first",
    "BROKER_TICKET": "it holds a password; BROKER_TICKET_FILE is read first",
    "DATABASE_URL": "it holds a password; DATABASE_URL_FILE is read",
    "API_ADMIN_KEY": "a secret; API_ADMIN_KEY_FILE is read",
    "API_CONSOLE_KEY": "a secret; API_CONSOLE_KEY_FILE is read",
    "API_OWNER_KEY": "of `homework up`",
    "API_OWNER_KEY_FILE": "of `homework up`",
    "API_PORT": "the container's own port; the published one is API_PORT of Compose",
    "API_LISTEN_FD": "of `homework up`, which hands the socket over",
    "API_TUNNEL_STATE_FILE": "a tunnel needs one machine; in Compose the services share the file",
    "CONSOLE_API_KEY": "a secret; CONSOLE_API_KEY_FILE is read",
    "CONSOLE_MANAGEMENT_PASSWORD": "a secret; CONSOLE_MANAGEMENT_PASSWORD_FILE is read",
    "CONSOLE_MANAGEMENT_USER": "`homework setup` makes the user `console`",
    "CONSOLE_PORT": "the container's own port",
    "CONSOLE_LISTEN_FD": "of `homework up`, which hands the socket over",
    "CONSOLE_SIGN_IN_FILE": "it is in the container's own /tmp, where `homework console` looks",
    "CLASSROOM_PORT": "the container's own port",
    "CLASSROOM_LISTEN_FD": "of `homework up` and `homework share`, which hand the socket over",
    "CLASSROOM_SHARED_URL_FILE": "of `homework share`, which runs beside `homework up`",
    "CLASSROOM_TLS_CERTIFICATE": "Caddy or the Ingress speaks https in front of it",
    "CLASSROOM_TLS_KEY": "Caddy or the Ingress speaks https in front of it",
    "MOCK_WORKER_ID": "each process has one of its own",
    "GENERATOR_WORKER_ID": "each process has one of its own",
    "GENERATOR_STATUS_FILE": "of the notebook, which reads it",
    "ENGINE_API_KEY": "a secret; from a file in Compose, from a Secret in Kubernetes",
    "ENGINE_API_KEY_FILE": "in Kubernetes the key is a Secret",
    "NGROK_API_KEY": "a secret of the notebook, which looks its tunnel up",
    "NGROK_API_URL": "of the notebook, which looks its tunnel up",
    "METRICS_HOST": "only processes that Prometheus scrapes",
    "METRICS_PORT": "only processes that Prometheus scrapes",
}
"""Variables that Compose or Kubernetes does not pass to a service, with the reason."""
OF_THE_PLATFORM = {"HOME", "SSL_CERT_FILE"}


@cache
def variables(settings: type[BaseModel]) -> frozenset[str]:
    """The environment variables of these settings, including nested settings."""
    prefix = str(settings.model_config.get("env_prefix", ""))
    found: set[str] = set()
    for name, field in settings.model_fields.items():
        kind: Any = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseSettings):
            found |= variables(kind)
        else:
            found.add(str(field.validation_alias or f"{prefix}{name}".upper()))
    return frozenset(found)
