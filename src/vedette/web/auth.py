"""Auth: login links, sessions and form tokens, all signed and none stored, but for links that were used.

Law: a link works once and for 15 minutes, a session for 12 hours; without `web.login_secret` sessions are anonymous,
signed with a key of this process, and only bind forms to the browser that was given them.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from itsdangerous import BadData, URLSafeTimedSerializer

from vedette.model.journal import EntryKind, NewEntry
from vedette.model.secret import Secret
from vedette.store import counters, journal
from vedette.store.database import Tx

COOKIE = "vedette_session"
LINK_FOR = timedelta(minutes=15)
SESSION_FOR = timedelta(hours=12)
_USED = "login_links"
_THIS_PROCESS = Secret((secrets.token_hex(32),), "this process")


@dataclass(frozen=True, slots=True)
class Session:
    """One browser; `form_token` belongs into each of its forms."""

    id: str
    form_token: str
    fresh: bool = False  # made for this request: its cookie is still to be set


def login_token(secret: Secret) -> str:
    """The token of a new login link."""
    return str(_serializer(secret, "login-link").dumps(secrets.token_urlsafe(12)))


def metrics_token(secret: Secret) -> str:
    """What Prometheus shows as bearer token from another machine; it does not expire."""
    return _mac(secret.reveal(), "metrics")


def is_metrics_token(given: str, secret: Secret) -> bool:
    """Whether it is, under any of the secrets."""
    matches = [hmac.compare_digest(given.encode(), _mac(value, "metrics").encode()) for value in secret.values]
    return any(matches)  # each was compared to its end


def link_is_good(token: str, secret: Secret) -> bool:
    """Whether the link is ours and young enough; it may have been used."""
    return _opened_link(token, secret) is not None


def use_link(tx: Tx, token: str, secret: Secret, *, now: datetime) -> bool:
    """Use up a login link; False where it is none of ours, too old, or was used before."""
    opened = _opened_link(token, secret)
    if opened is None:
        return False
    link, made_at = opened
    # Counted at the minute of its making, so that two uses at once meet on one row.
    counters.add(tx, _USED, {"link": link}, 1, now=made_at)
    if counters.total(tx, _USED, since=made_at - timedelta(minutes=1), labels={"link": link}) > 1:
        return False
    journal.write(tx, NewEntry(EntryKind.OPERATOR, "signed_in", "somebody signed in with a login link"), now=now)
    return True


def new_session(secret: Secret | None) -> tuple[Session, str]:
    """A session and the value of its cookie."""
    number = secrets.token_urlsafe(16)
    return _session(number, secret, fresh=True), str(_serializer(secret, "session").dumps(number))


def session_of(cookie: str | None, secret: Secret | None) -> Session | None:
    """The session that a cookie proves; None where it proves nothing."""
    number = _loads(_serializer(secret, "session"), cookie or "", SESSION_FOR)
    return None if number is None else _session(str(number[0]), secret)


def _session(number: str, secret: Secret | None, *, fresh: bool = False) -> Session:
    return Session(number, _mac((secret or _THIS_PROCESS).reveal(), f"form:{number}"), fresh)


def _opened_link(token: str, secret: Secret) -> tuple[str, datetime] | None:
    opened = _loads(_serializer(secret, "login-link"), token, LINK_FOR)
    return None if opened is None else (str(opened[0]), opened[1])


def _serializer(secret: Secret | None, salt: str) -> URLSafeTimedSerializer:
    # The library signs with the last key and accepts any; ours signs with the first. The name of the mode is part of
    # the salt, so that an anonymous session is worth nothing once a login is set up.
    values = list(reversed((secret or _THIS_PROCESS).values))
    signing = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
    return URLSafeTimedSerializer(values, salt=f"vedette-{salt}-{secret is not None}", signer_kwargs=signing)


def _loads(serializer: URLSafeTimedSerializer, text: str, age: timedelta) -> tuple[Any, datetime] | None:
    try:
        value, made_at = serializer.loads(text, max_age=int(age.total_seconds()), return_timestamp=True)
    except BadData:
        return None
    return value, made_at


def _mac(key: str, what: str) -> str:
    return hmac.new(key.encode(), f"vedette-{what}".encode(), hashlib.sha256).hexdigest()
