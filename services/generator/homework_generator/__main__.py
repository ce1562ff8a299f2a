"""`homework-generator`: will serve jobs with vLLM; this version has no engine and says so."""

import sys

import structlog

from homework_generator.settings import GeneratorSettings
from homework_shared.logs import configure

EXIT_NO_ENGINE = 3


def main() -> None:
    settings = GeneratorSettings()
    configure("generator", settings.logs.format, settings.logs.level)
    structlog.get_logger(__name__).error(
        "no_engine",
        model=settings.model,
        hint="this version has no GPU engine yet; the mock generator writes all homework meanwhile",
    )
    sys.exit(EXIT_NO_ENGINE)


if __name__ == "__main__":
    main()
