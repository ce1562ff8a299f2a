"""`homework console` prints the sign-in address that the console wrote."""

from pathlib import Path

from typer.testing import CliRunner

from homework_cli.main import app
from homework_cli.run_folder import sign_in_file

ADDRESS = "http://127.0.0.1:8080/sign-in?token=t"


def test_the_address_is_printed_alone_so_that_a_script_can_use_it(tmp_path: Path) -> None:
    sign_in_file(tmp_path).write_text(f"{ADDRESS}\n")
    done = CliRunner().invoke(app, ["console", "--folder", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (0, f"{ADDRESS}\n")


def test_without_a_console_it_says_how_to_start_one(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["console", "--folder", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "homework up" in done.stderr
