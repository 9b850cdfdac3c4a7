"""Signing in: a token as it is, or an App's installation token, fetched anew before it ends.

The law: tokens live in memory only. An App signs a short RS256 statement with its key and gets a token of one hour:
https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app
"""

import importlib
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from vedette.errors import Unauthorised, Unavailable
from vedette.integrations.github.config import Config
from vedette.integrations.github.outcomes import GitHubTalker
from vedette.ports.http import Talker

# GitHub refuses a statement from the future and one that lasts above ten minutes; its clock and ours differ a little.
_BACKDATED, _LASTS = 60, 540
_RENEWED_BEFORE = timedelta(minutes=5)
_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}


@dataclass(slots=True)
class _Session:
    """A token, the talker that bears it, and its end."""

    talker: Talker
    ends: datetime
    permissions: Mapping[str, str] = field(default_factory=dict)


class SignIn:
    """Talkers that are signed in to one GitHub."""

    def __init__(self, name: str, config: Config, *, timeout: float, now: Callable[[], datetime]) -> None:
        self._name, self._config, self._timeout, self._now = name, config, timeout, now
        self._lock = threading.Lock()
        self._session: _Session | None = None
        self._before: Talker | None = None

    def talker(self) -> Talker:
        """A talker whose token is good for some minutes more; may fetch one, and raises what that raises."""
        return self._current().talker

    def permissions(self) -> Mapping[str, str]:
        """What the installation was granted, such as `{"issues": "write"}`; empty for a token."""
        return self._current().permissions

    def forget(self) -> None:
        """Fetch the next token anew: this one was refused."""
        with self._lock:
            if self._config.is_app and self._session is not None:
                self._session.ends = datetime.min.replace(tzinfo=UTC)

    def as_app(self) -> Talker:
        """A talker that speaks for the App itself; to be closed by whoever asks for it."""
        return self._bearing(statement(self._config))

    def close(self) -> None:
        """Let the connections go."""
        for talker in (self._session.talker if self._session else None, self._before):
            if talker is not None:
                talker.close()

    def _current(self) -> _Session:
        with self._lock:
            if self._session is None or self._session.ends - self._now() < _RENEWED_BEFORE:
                renewed = self._begin()
                # Another thread may be in the midst of a call with the last one; the one before it is long idle.
                if self._before is not None:
                    self._before.close()
                self._before = self._session.talker if self._session else None
                self._session = renewed
            return self._session

    def _begin(self) -> _Session:
        if self._config.token is not None:
            return _Session(self._bearing(self._config.token.reveal()), datetime.max.replace(tzinfo=UTC))
        path = f"/app/installations/{self._config.installation_id}/access_tokens"
        with closing(self.as_app()) as talker:
            answer = talker.read(path, method="POST")
        try:
            given = answer.json()
            token, ends = str(given["token"]), datetime.fromisoformat(given["expires_at"])
        except (msgspec.DecodeError, KeyError, TypeError, ValueError):
            raise Unavailable(f"{self._name}: POST {path} was answered without a token") from None
        return _Session(self._bearing(token), ends, permissions=dict(given.get("permissions") or {}))

    def _bearing(self, token: str) -> Talker:
        secrets = (token, *(self._config.token.values if self._config.token else ()))
        headers = {**_HEADERS, "Authorization": f"Bearer {token}"}
        return GitHubTalker(
            self._name, base_url=self._config.url, headers=headers, timeout=self._timeout, secrets=secrets
        )


def statement(config: Config) -> str:
    """The App's statement about itself, signed."""
    jwt: Any = importlib.import_module("jwt")  # an extra: only Apps need it
    now = int(time.time())
    claims = {"iat": now - _BACKDATED, "exp": now + _LASTS, "iss": config.app_id}
    key = config.private_key.reveal() if config.private_key else ""
    try:
        return str(jwt.encode(claims, key, algorithm="RS256"))
    except (ValueError, TypeError, jwt.PyJWTError):
        raise Unauthorised("the App's private key cannot be read: give the PEM file that GitHub generated") from None
