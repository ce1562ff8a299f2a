"""Open pages show changes at once: a GPU, a dead letter, the broker's figures, the API itself."""

import asyncio
import signal
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from playwright.sync_api import expect

from homework_shared.exercises.messages import GeneratorKind, GeneratorStatus
from homework_shared.messaging.topology import DEAD, FALLBACK, RESULT_DESTINATION, STATUS_DESTINATION
from homework_shared.messaging.transport import Envelope, envelop
from homework_shared.runtime.clock import utc_now
from tests.e2e.browser.chromium import WAIT_MS, Visit
from tests.support.broker.clients import rabbit, reject, send
from tests.support.processes import Stack


def run(work: Coroutine[None, None, None]) -> None:
    # Playwright runs an event loop in this thread, so the work needs a thread of its own.
    with ThreadPoolExecutor(1) as elsewhere:
        elsewhere.submit(asyncio.run, work).result(60)


def bury(services: Stack, body: bytes) -> None:
    """Send an unreadable result, which the API parks among the dead letters."""
    letter = Envelope(type="HomeworkGenerated", message_id=str(uuid4()), body=body)
    run(send(rabbit(services.broker, "mock_generator"), RESULT_DESTINATION, letter))
    services.wait(lambda: ready(services, DEAD) > 0, 60)


def bury_a_job(services: Stack) -> int:
    """Make a homework whose job the mock generator has rejected too. Gives its assignment's id."""
    [mock] = [each for each in services.processes if each.log.name.startswith("mock")]
    mock.stop()
    assignment: int = services.assign(1, deadline_seconds=5)["id"]
    # The deadline net sends the job once more while nobody takes it.
    services.wait(lambda: ready(services, FALLBACK) >= 1, 60)
    run(reject(rabbit(services.broker, "mock_generator"), FALLBACK))
    services.wait(lambda: ready(services, DEAD) == 1, 60)
    mock.start()
    return assignment


def ready(services: Stack, queue: str) -> int:
    queues = services.client.get("/api/ops/overview").json()["broker"]["queues"]
    count: int = queues[queue]["ready"]
    return count


def test_the_overview_shows_a_gpu_arriving_and_leaving(console: Visit, services: Stack) -> None:
    page = console.open()
    status, generators, models = (
        page.get_by_role("region", name=name) for name in ("Status", "Generators", "Models")
    )
    expect(status).to_contain_text("No model is attached")
    expect(models).to_be_hidden()
    gpu = services.gpu_like(0.2)
    expect(status).to_contain_text("A model is attached")
    expect(generators).to_contain_text("gpu-like")
    expect(generators.locator("td[data-label=Engine]").first).to_have_text("vLLM")
    services.wait_for_completion(services.assign(6, deadline_seconds=600)["id"], 60)
    expect(page.get_by_role("row").filter(has_text="gpu-like").locator("td[data-label=Done]")).to_have_text(
        "6"
    )
    expect(models.locator("tbody td div")).to_have_text(["gpu-like", "75 %", "24", "1.3", "options close 6"])
    assert console.accessibility_findings() == []
    console.screenshot("overview")
    gpu.kill()
    expect(status).to_contain_text("No model is attached", timeout=WAIT_MS)
    expect(generators).not_to_contain_text("gpu-like")
    expect(models).to_be_hidden()


def announce(services: Stack, status: GeneratorStatus) -> None:
    async def say() -> None:
        async with rabbit(services.broker, "generator").publisher() as publisher:
            await publisher.announce(STATUS_DESTINATION, envelop(status, status.worker_id))

    run(say())


def test_the_engine_name_in_a_forged_status_is_shown_as_text(console: Visit, services: Stack) -> None:
    page = console.open()
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    announce(
        services,
        GeneratorStatus(
            worker_id="stranger", kind=GeneratorKind.VLLM, model=markup, engine=markup, gpu=markup,
            server="http://ada:secret@127.0.0.1:11434/v1", in_flight=0, done=0, tokens_per_second=0,
            version="0", started_at=utc_now(),
        ),
    )  # fmt: skip
    row = page.get_by_role("row").filter(has_text="stranger")
    for column, text in {"Engine": markup + "http://127.0.0.1:11434", "Model": markup, "GPU": markup}.items():
        expect(row.locator(f"td[data-label={column}]")).to_have_text(text)
    expect(page.get_by_role("region", name="Status")).to_contain_text(f"{markup} at http://127.0.0.1:11434")
    expect(page.locator("img[src=x]")).to_have_count(0)
    expect(row).to_have_count(0, timeout=WAIT_MS)  # The next test finds no generator.


def test_a_job_among_the_dead_letters_is_replayed_and_written(console: Visit, services: Stack) -> None:
    assignment = bury_a_job(services)
    page = console.open("/dead")
    row = page.get_by_role("row").filter(has_text="GenerateHomework")
    expect(row).to_contain_text("rejected")
    row.get_by_role("button", name="Replay letter").click()
    expect(page.get_by_role("status").filter(has_text="was sent to generation.fallback")).to_be_visible()
    expect(page.get_by_text("No dead letters.")).to_be_visible()
    assert services.wait_for_completion(assignment, 60)["status"] == "completed"


def test_an_unreadable_dead_letter_is_shown_and_deleted(console: Visit, services: Stack) -> None:
    bury(services, b'{"no": "homework", "markup": "<b>bold</b>"}')
    page = console.open()
    expect(page.get_by_role("region", name="Status")).to_contain_text(
        "There is no decision yet about 1 dead letter."
    )
    page.get_by_role("link", name="Dead letters").click()
    row = page.get_by_role("row").filter(has_text="HomeworkGenerated")
    expect(row).to_contain_text("rejected")
    console.screenshot("dead-letter")
    row.get_by_role("button", name="Show letter").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("<b>bold</b>")
    expect(dialog).to_contain_text("generation.results: rejected")
    assert console.accessibility_findings(".q-dialog") == []
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)

    row.get_by_role("button", name="Replay letter").click()
    expect(page.get_by_role("status").filter(has_text="This cannot be sent again")).to_be_visible()
    row.get_by_role("button", name="Delete letter").click()
    dialog.get_by_role("button", name="Keep it").click()
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Delete letter").click()
    dialog.get_by_role("button", name="Delete it").click()
    expect(page.get_by_text("No dead letters.")).to_be_visible()
    services.wait(lambda: ready(services, DEAD) == 0, 60)


def test_without_the_api_the_last_figures_stay_and_are_marked_as_old(console: Visit, services: Stack) -> None:
    page = console.open()
    status = page.get_by_role("region", name="Status")
    expect(status).to_contain_text("The queue is empty.")
    [api] = [each for each in services.processes if each.log.name.startswith("api")]
    api.stop()
    expect(status).to_contain_text("The API does not answer")
    expect(status).to_contain_text("homework up")
    expect(status).to_contain_text("They are old")
    expect(page.get_by_role("region", name="Queues")).to_contain_text("generation.jobs")
    api.start()
    expect(status).not_to_contain_text("They are old")
    expect(status).to_contain_text("The queue is empty.")


def test_a_page_waits_for_an_api_that_stands_still_for_some_seconds(console: Visit, services: Stack) -> None:
    [api] = [each for each in services.processes if each.log.name.startswith("api")]

    def go_on() -> None:
        time.sleep(5)
        api.send(signal.SIGCONT)

    api.send(signal.SIGSTOP)
    with ThreadPoolExecutor(1) as beside:
        going_on = beside.submit(go_on)
        page = console.open("/dead")
        going_on.result()
    expect(page.get_by_text("No dead letters.")).to_be_visible()
