"""For the tests of every package: the shared fixtures, one marker for each folder of slow tests, and the
order of files that run side by side.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.broker.brokers import NO_DOCKER
from tests.support.scheduling import LateScheduling, never_run
from xdist.remote import Producer

pytest_plugins = ["tests.support.fixtures"]

_ROOT = Path(__file__).parent
_END_TO_END = _ROOT / "tests" / "e2e"
# What the tests of a folder need, and how long one of them may take where four minutes are too few.
_MARKERS = {
    "browser": [pytest.mark.browser, pytest.mark.timeout(400)],
    "cluster": [pytest.mark.e2e, pytest.mark.timeout(600)],
    "compose": [pytest.mark.compose, pytest.mark.timeout(600)],
    "monitoring": [pytest.mark.e2e, pytest.mark.timeout(400)],
    "processes": [pytest.mark.e2e, pytest.mark.timeout(400)],
    "vllm": [pytest.mark.vllm, pytest.mark.timeout(900)],
}

# The files that take longest, the longest first. Begun last, one would keep a process busy while the others
# have nothing left to do.
_LONGEST = {
    file: place
    for place, file in enumerate((
        "tests/e2e/processes/test_command_line.py",
        "tests/e2e/processes/test_years_of_homework.py",
        "tests/e2e/processes/test_nothing_is_lost.py",
        "tests/e2e/processes/test_backup.py",
        "tests/e2e/cluster/test_three_nodes.py",
        "tests/robustness/abuse/test_messages.py",
        "tests/e2e/processes/test_installed.py",
        "tests/e2e/vllm/test_model_servers.py",
        "tests/e2e/vllm/test_engine.py",
        "tests/e2e/vllm/test_notebook.py",
        "tests/e2e/vllm/test_small_model.py",
        "tests/e2e/vllm/test_engine_life.py",
        "tests/e2e/browser/test_classroom.py",
        "tests/e2e/browser/test_pages.py",
        "tests/e2e/browser/test_live.py",
        "tests/integration/test_full_disk.py",
        "tests/robustness/abuse/test_openapi.py",
        "services/mock_generator/tests/test_generate.py",
        "tests/eval/test_grading_of_answers.py",
        "tests/eval/test_checks_of_the_language.py",
        "tests/static/patterns/test_patterns.py",
        "tests/integration/test_homework_machine.py",
        "cli/tests/test_private_broker.py",
        "tests/contract/test_the_self_check_agrees_with_grading.py",
        "tests/static/monitoring/test_files.py",
        "services/api/tests/test_served_addresses.py",
        "services/mock_generator/tests/test_italian.py",
        "cli/tests/test_compose_broker.py",
    ))
}  # fmt: skip
# Of these, each test starts what it needs itself, so their tests need not stay together.
_TEST_BY_TEST = {
    "tests/e2e/vllm/test_engine_life.py",
    "tests/integration/test_full_disk.py",
    "tests/robustness/abuse/test_openapi.py",
    "services/api/tests/test_served_addresses.py",
}


def pytest_configure() -> None:
    gone = [file for file in (*_LONGEST, *_TEST_BY_TEST) if not (_ROOT / file).is_file()]
    if gone:
        raise pytest.UsageError(f"take out of the lists in conftest.py what is not there: {', '.join(gone)}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LateScheduling | None:
    return LateScheduling(config, log, _TEST_BY_TEST) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _LONGEST.get(item.path.relative_to(_ROOT).as_posix(), len(_LONGEST)))
    for item in items:
        if item.path.is_relative_to(_END_TO_END):
            for marker in _MARKERS[item.path.relative_to(_END_TO_END).parts[0]]:
                item.add_marker(marker)
    if lost := never_run(items, _ROOT):
        raise pytest.UsageError(f"no command runs these: move them to FOLDERS: {', '.join(lost)}")


# What a machine of CI may lack without failing its run, unless this run has started it.
_MAY_LACK = ("no other address", *(() if os.environ.get("HOMEWORK_CI_DOCKER") else (NO_DOCKER,)))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    """In CI a test that skips itself for a reason nobody has allowed makes the run fail."""
    yield
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not os.environ.get("CI"):
        return
    reasons = {str(report.longrepr[2]) for report in reporter.stats.get("skipped", ())}
    silent = sorted(each for each in reasons if not any(known in each for known in _MAY_LACK))
    if silent:
        reporter.write_line(f"skipped in CI: {'; '.join(silent)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
