"""The errors of a tunnel, each with the next step for the user."""

import re
from dataclasses import dataclass

_CODE = re.compile(r"ERR_NGROK_(\d+)")
_COPY = "copy yours from https://dashboard.ngrok.com/get-started/your-authtoken and set NGROK_AUTHTOKEN"


class TunnelLost(Exception):
    """The tunnel failed, and another try may succeed after `wait_seconds`. The text says why it failed."""

    def __init__(self, text: str, wait_seconds: float = 0) -> None:
        super().__init__(text)
        self.wait_seconds = wait_seconds


class TunnelRefused(Exception):
    """The tunnel failed, and another try would fail the same way. The text says what to do."""


class BadToken(TunnelRefused):
    """ngrok does not accept the authtoken."""


@dataclass(frozen=True, slots=True)
class _Advice:
    text: str
    wait_seconds: float | None = None
    """The wait before the next try. None if only a person can solve the problem."""


_BAD_TOKEN = {
    105: f"this is not an ngrok authtoken: {_COPY}",
    107: f"ngrok does not accept this authtoken, it was reset or belongs to a closed account: {_COPY}",
    4018: f"ngrok needs an account: {_COPY}",
}
_ADVICE = {
    108: _Advice(
        "your account runs another ngrok agent and its plan allows no more: end it, "
        "see https://dashboard.ngrok.com/agents", 60,
    ),
    334: _Advice("this address is still in use by another ngrok agent: end that one, or wait", 60),
    725: _Advice(
        "this month's data of your ngrok plan is used up: change the plan at "
        "https://dashboard.ngrok.com/billing, or use another way in with --public", 900,
    ),
    8013: _Advice(
        "free ngrok accounts open TCP tunnels only once a card is on file (it is not charged): add it at "
        "https://dashboard.ngrok.com/settings#id-verification, or use another way in with --public"
    ),
    15002: _Advice(
        "your ngrok plan wants a registered TCP address: register one at "
        "https://dashboard.ngrok.com/tcp-addresses and give it with --url tcp://host:port"
    ),
}  # fmt: skip


def translated(error: Exception) -> TunnelLost | TunnelRefused:
    """The error for a refusal of ngrok or a failure of its agent. Its codes: https://ngrok.com/docs/errors/."""
    # pyngrok finds the code of an agent that failed to start, but not one in the body of a refused request.
    said = " ".join(
        str(part) for part in (error, getattr(error, "body", ""), getattr(error, "ngrok_error", ""))
    )
    if (found := _CODE.search(said)) is None:
        return TunnelLost(f"the ngrok agent failed: {_short(error)}")
    code = int(found[1])
    name = found[0]
    if code in _BAD_TOKEN:
        return BadToken(f"{_BAD_TOKEN[code]} ({name})")
    advice = _ADVICE.get(code)
    if advice is None:
        page = f"https://ngrok.com/docs/errors/{name.lower()}"
        return TunnelLost(f"ngrok refused the tunnel ({name}), what to do is at {page}", 60)
    if advice.wait_seconds is None:
        return TunnelRefused(f"{advice.text} ({name})")
    return TunnelLost(f"{advice.text} ({name})", advice.wait_seconds)


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
