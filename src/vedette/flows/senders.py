"""Senders: which tracker a hook at the door comes from, and what proves it.

Law: whatever is wrong, the same work is done and one answer given, so that nobody learns which trackers exist.
"""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from vedette.errors import Rejected
from vedette.flows.context import Context, log
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.secret import Secret
from vedette.model.settings import Settings, TrackerSettings
from vedette.ports.hooks import Hooks
from vedette.ports.signatures import sealed, token_matches, unsealed, verify_hex_hmac_sha256
from vedette.store import handshakes, journal
from vedette.store.database import Tx

# It goes back in a header of the answer, so it must not be able to end one.
_OFFER = re.compile(r"[\x21-\x7e]{8,200}")

# Unknown senders are weighed against this, so that the time taken does not tell who is known.
NOBODY = Secret((secrets.token_hex(32),), "nobody")


@dataclass(frozen=True, slots=True)
class TrackerKnock:
    """A hook of a tracker at the door: what its path names (kind, name, token), and what came."""

    kind: str
    name: str = ""
    token: str = ""
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Proven:
    """The tracker that a hook comes from; `greeting`: the secret of a handshake, which is to be sent back."""

    tracker: TrackerSettings
    hooks: Hooks
    greeting: str = ""


def refusal(reason: str, message: str) -> Rejected:
    """What a sender that proves nothing gets, whatever is wrong."""
    return Rejected(message, reason=reason, status=401)


def tracker_of(settings: Settings, kind: str, name: str) -> TrackerSettings | None:
    """The tracker that a path names; without a name the only one of that kind."""
    alike = [tracker for tracker in settings.trackers.values() if tracker.kind == kind]
    if name:
        return next((tracker for tracker in alike if tracker.name == name), None)
    return alike[0] if len(alike) == 1 else None


def headers_of(context: Context, kind: str) -> frozenset[str]:
    """The headers that matter of a hook of that kind of tracker."""
    hooks = context.hooks.get(kind)
    return hooks.headers if hooks else frozenset()


def prove(context: Context, knock: TrackerKnock) -> Proven:
    """The tracker that the request proves to come from: by its signature, or by the secret of its path.

    A vendor that begins with a handshake proves both: the path's secret first, and by that the one it chose itself.
    Raises `Rejected` (401). Reads the store, where a handshake was, so it has no place in an event loop.
    """
    tracker, hooks = tracker_of(context.settings, knock.kind, knock.name), context.hooks.get(knock.kind)
    is_under_token = token_matches(knock.token, (tracker.path_tokens if tracker else None) or NOBODY)
    signature = _signature(knock.headers, hooks)
    is_signed = verify_hex_hmac_sha256(knock.body, signature, (tracker.webhook_secret if tracker else None) or NOBODY)
    if tracker is None or hooks is None:
        raise refusal("unknown_tracker", "no tracker of the settings has the kind and the name in the path")
    if (knock.token or hooks.handshake) and not is_under_token:
        raise refusal("unknown_token", f"the path's token is none of tracker {tracker.name}'s path_tokens")
    if hooks.handshake:
        return _shaken(context, knock, tracker, hooks, signature=signature, is_signed=is_signed)
    if not knock.token and not is_signed:
        raise _unsigned(tracker, signature, any_secret=tracker.webhook_secret is not None)
    return Proven(tracker, hooks)


def _shaken(
    context: Context, knock: TrackerKnock, tracker: TrackerSettings, hooks: Hooks, *, signature: str, is_signed: bool
) -> Proven:
    """One under the path's secret: the handshake itself, or what is signed with a secret of an earlier one."""
    offered = knock.headers.get(hooks.handshake, "")
    if offered:
        if _OFFER.fullmatch(offered) is None:
            raise refusal("bad_handshake", f"tracker {tracker.name} was offered a secret that is none")
        _keep(context, tracker, offered, token=knock.token)
        return Proven(tracker, hooks, greeting=offered)
    kept = context.store.read(lambda tx: handshakes.of(tx, tracker.name))
    secrets_ = Secret(tuple(unsealed(each, key=knock.token) for each in kept), "handshake")
    if not (verify_hex_hmac_sha256(knock.body, signature, secrets_) or is_signed):
        raise _unsigned(tracker, signature, any_secret=bool(kept or tracker.webhook_secret))
    return Proven(tracker, hooks)


def _keep(context: Context, tracker: TrackerSettings, offered: str, *, token: str) -> None:
    """Sealed under the path's secret, so that whoever reads the store, or a backup of it, cannot sign with it."""

    def work(tx: Tx) -> None:
        now = context.clock()
        handshakes.keep(tx, tracker.name, sealed(offered, key=token), now=now)
        sentence = f"{tracker.name} shook hands: its webhooks come here from now on"
        journal.write(tx, NewEntry(EntryKind.OPERATOR, "handshake", sentence), now=now)

    context.store.write(work)
    log.info("handshake", tracker=tracker.name)


def _unsigned(tracker: TrackerSettings, signature: str, *, any_secret: bool) -> Rejected:
    if not any_secret:
        return refusal("no_webhook_secret", f"tracker {tracker.name} has no webhook_secret to verify with")
    reason = "bad_signature" if signature else "no_signature"
    return refusal(reason, f"the signature is not one of tracker {tracker.name}'s webhook_secret")


def _signature(headers: Mapping[str, str], hooks: Hooks | None) -> str:
    given = headers.get(hooks.signature, "").strip() if hooks else ""
    return given.removeprefix(hooks.prefix) if hooks and given.startswith(hooks.prefix) else ""
