"""Settings of the console, from the environment. Built once in `__main__` and handed down."""

from pydantic import AnyHttpUrl, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from homework_shared.settings import LogSettings


class ConsoleSettings(BaseSettings):
    """Without `management_url` there are no rates. `management_link` is what a browser opens, where that
    is another address than the console's own."""

    model_config = SettingsConfigDict(env_prefix="CONSOLE_", env_ignore_empty=True, extra="ignore")

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    api_url: AnyHttpUrl = AnyHttpUrl("http://127.0.0.1:8000")
    api_key: SecretStr | None = None
    management_url: AnyHttpUrl | None = None
    management_user: str = "ops"
    management_password: SecretStr | None = None
    management_link: AnyHttpUrl | None = None
    logs: LogSettings = Field(default_factory=LogSettings)

    @property
    def rabbitmq_link(self) -> str | None:
        link = self.management_link or self.management_url
        return str(link) if link else None
