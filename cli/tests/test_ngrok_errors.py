"""Each refusal of ngrok, as pyngrok raises it, becomes one instruction."""

import pytest
from pyngrok.exception import PyngrokError, PyngrokNgrokError, PyngrokNgrokHTTPError

from homework_cli.tunnel.errors import BadToken, TunnelLost, TunnelRefused, translated


def refused_endpoint(code: int) -> PyngrokNgrokHTTPError:
    body = (
        f'{{"error_code":103,"details":{{"err":"failed to start tunnel: no.\\r\\n\\r\\nERR_NGROK_{code}"}}}}'
    )
    error = PyngrokNgrokHTTPError("ngrok client exception, API returned 502", "u", 502, None, {}, body)
    # pyngrok does not find the code in a response, so the code must not depend on pyngrok for it.
    assert error.ngrok_error_code is None
    return error


def failed_start(code: int) -> PyngrokNgrokError:
    return PyngrokNgrokError("The ngrok process errored on start", [], f"auth failed\r\nERR_NGROK_{code}\r\n")


@pytest.mark.parametrize("as_raised", [refused_endpoint, failed_start])
@pytest.mark.parametrize(
    ("code", "kind", "instruction"),
    [
        (105, BadToken, "copy yours from https://dashboard.ngrok.com/get-started/your-authtoken"),
        (107, BadToken, "copy yours from https://dashboard.ngrok.com/get-started/your-authtoken"),
        (4018, BadToken, "copy yours from https://dashboard.ngrok.com/get-started/your-authtoken"),
        (8013, TunnelRefused, "once a card is on file (it is not charged): add it at"),
        (15002, TunnelRefused, "give it with --url tcp://host:port"),
        (108, TunnelLost, "runs another ngrok agent and its plan allows no more: end it"),
        (334, TunnelLost, "still in use by another ngrok agent: end that one"),
        (725, TunnelLost, "this month's data of your ngrok plan is used up: change the plan"),
    ],
)
def test_each_refusal_says_what_to_do(
    as_raised: type[PyngrokError], code: int, kind: type[Exception], instruction: str
) -> None:
    error = translated(as_raised(code))
    assert type(error) is kind
    assert instruction in str(error)
    assert f"(ERR_NGROK_{code})" in str(error)


def test_used_up_data_is_not_asked_for_every_second() -> None:
    error = translated(refused_endpoint(725))
    assert isinstance(error, TunnelLost)
    assert error.wait_seconds >= 600


def test_an_unknown_refusal_names_its_page_and_is_tried_again() -> None:
    error = translated(refused_endpoint(9999))
    assert isinstance(error, TunnelLost)
    assert "https://ngrok.com/docs/errors/err_ngrok_9999" in str(error)


def test_a_failure_without_a_code_keeps_its_first_line() -> None:
    error = translated(PyngrokError("The ngrok process was unable to start.\nmore"))
    assert isinstance(error, TunnelLost)
    assert str(error) == "the ngrok agent failed: The ngrok process was unable to start."
