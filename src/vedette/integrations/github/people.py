"""People: the public addresses of GitHub's logins, https://docs.github.com/en/rest/users/users#get-a-user.

The law: GitHub shows an address to callers with a token only, so that without one nobody is asked and nobody seems to
hide theirs. Answers are kept for a while: an hour where there is an address, ten minutes where there is none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from vedette.errors import Unauthorised, Unavailable
from vedette.integrations.github.client import GitHubClient, or_none
from vedette.integrations.github.config import Config
from vedette.model.settings import TrackerSettings
from vedette.ports.access import Address, unpaced
from vedette.ports.clock import elapsed

_KEPT_S, _KEPT_WITHOUT_S = 3600.0, 600.0
_NOBODYS = "@users.noreply.github.com"
_NO_TOKEN = "GitHub shows addresses only to callers with a token: name a tracker of kind github in access.github"  # noqa: S105


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer, and the moment on `elapsed()` after which it is asked for anew."""

    address: Address
    until: float


class GitHubPeople:
    """One GitHub in the role that knows people. See `vedette.ports.access.People`."""

    def __init__(
        self,
        name: str,
        config: Config,
        *,
        timeout: timedelta = timedelta(seconds=20),
        clock: Callable[[], float] = elapsed,
    ) -> None:
        self._client = GitHubClient(name, config, timeout=timeout)
        self._clock = clock
        self._kept: dict[str, _Kept] = {}

    @classmethod
    def from_settings(cls, settings: TrackerSettings | None) -> "GitHubPeople":
        """With address and token of a tracker; raises `Unauthorised` without one."""
        if settings is None:
            raise Unauthorised(_NO_TOKEN)
        return cls(settings.name, settings.config, timeout=settings.timeout)

    def address(self, login: str, *, pace: Callable[[], None] = unpaced) -> Address:
        """The public address of the login's profile."""
        key = login.casefold()
        kept = self._kept.get(key)
        if kept is None or kept.until <= self._clock():
            pace()
            found = self._look(login)
            kept = _Kept(found, self._clock() + (_KEPT_S if found.email else _KEPT_WITHOUT_S))
            self._kept[key] = kept
        return kept.address

    def _look(self, login: str) -> Address:
        profile = or_none(lambda: self._client.get(f"/users/{quote(login, safe='')}"))
        if profile is not None and not isinstance(profile, dict):
            # Nothing may be read into it: it would make people seem to hide their addresses.
            raise Unavailable(f"{self._client.name}: the profile of {login} is of another form than GitHub's")
        return told(login, profile)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()


def told(login: str, profile: dict[str, Any] | None) -> Address:
    """What a profile says of the address; None is a login that is not there."""
    if profile is None:
        return Address(
            "",
            f"there is no login {login} on GitHub, or the token may not see it "
            "(accounts that a company manages are shown to callers from that company only)",
        )
    if profile.get("type") == "Organization":
        return Address("", f"{login} is an organisation on GitHub, and no person")
    email = str(profile.get("email") or "").strip()
    if "@" in email and not email.casefold().endswith(_NOBODYS):
        return Address(email)
    return Address(
        "",
        f"{login} shows no address on GitHub: in Settings, take the tick from Emails → Keep my email addresses "
        "private, and choose the primary address at Public profile → Public email",
    )
