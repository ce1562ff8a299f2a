"""The HTTP application's settings: visibility of solutions, allowed host names, rate limits and time zone."""

from dataclasses import dataclass
from datetime import tzinfo

from homework_api.domain.access import Caller, Scope
from homework_api.http.middleware.rate_limits import RateLimiter
from homework_api.settings import ApiSettings, RevealAnswers
from homework_shared.runtime.origin import LOOPBACK_NAMES


@dataclass(frozen=True)
class HttpPolicy:
    """The settings that routes and middleware read.

    `reveal` says when students see the right answers; with None it depends on the caller. `host_names` are
    the only host names that browsers may use while there is no API key; None allows any. `rates` None means
    no rate limits. `zone` is the time zone of times in files; None means this machine's.
    """

    reveal: RevealAnswers | None = None
    host_names: frozenset[str] | None = None
    rates: RateLimiter | None = None
    zone: tzinfo | None = None

    def reveals_to(self, caller: Caller) -> bool:
        """Whether this caller sees the right answers before the homework is submitted."""
        if self.reveal is None:
            return caller.may(Scope.TEACHER)
        return self.reveal is RevealAnswers.ALWAYS


def policy_of(settings: ApiSettings) -> HttpPolicy:
    return HttpPolicy(
        reveal=settings.reveal_answers,
        host_names=LOOPBACK_NAMES if settings.is_on_this_machine_only else None,
        rates=RateLimiter(settings.rate_limit, settings.rate_limit_storage),
        zone=settings.timezone,
    )
