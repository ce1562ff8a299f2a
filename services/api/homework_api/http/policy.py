"""How the service meets its callers."""

from dataclasses import dataclass
from datetime import tzinfo

from homework_api.domain.access import Caller, Scope
from homework_api.http.middleware.rate_limits import RateLimiter
from homework_api.settings import ApiSettings, RevealAnswers
from homework_shared.runtime.origin import LOOPBACK_NAMES


@dataclass(frozen=True)
class HttpPolicy:
    """`reveal`: when students are shown the right answers; None: who asks decides.
    `host_names`: while there is no API key, browsers may ask under these only; None: under any.
    `rates` None: nobody is held up. `zone`: whose days and hours stand in files; None: this machine's."""

    reveal: RevealAnswers | None = None
    host_names: frozenset[str] | None = None
    rates: RateLimiter | None = None
    zone: tzinfo | None = None

    def reveals_to(self, caller: Caller) -> bool:
        """Whether this caller sees right answers before they are sent."""
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
