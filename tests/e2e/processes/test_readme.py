"""The REST examples of docs/rest.md work when they are pasted into a shell."""

import re
import shutil
import subprocess
from pathlib import Path

from tests.support.broker.brokers import unavailable
from tests.support.processes import Stack

PAGE = Path(__file__).parents[3] / "docs/rest.md"


def test_the_rest_examples_work_when_pasted(services: Stack, tmp_path: Path) -> None:
    if shutil.which("curl") is None:
        unavailable("no curl on this machine")
    services.api()
    services.mock()
    services.wait_until_up()
    section = PAGE.read_text().split("## REST in a minute")[1]
    [example] = re.findall(r"```bash\n(API=.*?)```", section, re.DOTALL)
    pasted = example.replace("http://127.0.0.1:8000", str(services.client.base_url).rstrip("/"))
    done = subprocess.run(
        ["bash", "-euc", pasted], cwd=tmp_path, capture_output=True, text=True, timeout=110, check=True
    ).stdout
    assert '"name":"Ada"' in done
    assert '"status":"pending"' in done
    assert "event: progress" in done
    assert '"generated_by":"mock"' in done
    assert '"status":"in_progress"' in done
    assert '"summary":' in done
    assert "student_id,name,email,status" in done
    assert '"detail"' not in done
    assert (tmp_path / "homework.pdf").read_bytes().startswith(b"%PDF")
    samples = re.findall(r"^# (\{.*)$", example, re.MULTILINE)
    assert len(samples) == 4
    for sample in samples:
        assert re.search(_pattern(sample), done), sample


def _pattern(sample: str) -> str:
    """A sample of JSON as a regular expression. `…` stands for what the page omits."""
    return ".*".join(re.escape(part) for part in sample.split("…"))
