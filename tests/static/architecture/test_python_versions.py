"""The code that Colab's kernel imports has to run on Python 3.13 too, to which Colab moved from 3.12."""

from pathlib import Path

import docker

from tests.support.broker.brokers import need_docker

PACKAGE = Path(__file__).parents[3] / "services/colab/homework_colab"
IMPORT = """
import pkgutil, homework_colab as colab
for module in pkgutil.iter_modules(colab.__path__):
    __import__(f"{colab.__name__}.{module.name}")
"""


def test_the_notebooks_helpers_load_on_python_3_13_with_nothing_installed() -> None:
    need_docker()
    docker.from_env().containers.run(
        "python:3.13-slim", ["python", "-W", "error", "-c", IMPORT], remove=True,
        environment={"PYTHONPATH": "/source", "PYTHONDONTWRITEBYTECODE": "1"},
        volumes={str(PACKAGE): {"bind": "/source/homework_colab", "mode": "ro"}},
    )  # fmt: skip
