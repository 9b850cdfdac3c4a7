"""Senders: which tracker a hook at the door comes from, and what proves it.

Law: whatever is wrong, the same work is done and one answer given, so that nobody learns which trackers exist.
"""

import secrets
from collections.abc import Mapping

from vedette.errors import Rejected
from vedette.flows.context import Context
from vedette.model.secret import Secret
from vedette.model.settings import Settings, TrackerSettings
from vedette.ports.hooks import Hooks
from vedette.ports.signatures import token_matches, verify_hex_hmac_sha256

# Unknown senders are weighed against this, so that the time taken does not tell who is known.
NOBODY = Secret((secrets.token_hex(32),), "nobody")


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


def prove(
    context: Context, kind: str, *, name: str, token: str, body: bytes, headers: Mapping[str, str]
) -> tuple[TrackerSettings, Hooks]:
    """The tracker that the request proves to come from: by its signature, or by the secret of its path.

    Raises `Rejected` (401).
    """
    tracker, hooks = tracker_of(context.settings, kind, name), context.hooks.get(kind)
    signature = _signature(headers, hooks)
    secret = tracker.webhook_secret if tracker else None
    tokens = tracker.path_tokens if tracker else None
    is_signed = verify_hex_hmac_sha256(body, signature, secret or NOBODY)
    is_under_token = token_matches(token, tokens or NOBODY)
    if tracker is None or hooks is None:
        raise refusal("unknown_tracker", "no tracker of the settings has the kind and the name in the path")
    if token:
        if not is_under_token:
            raise refusal("unknown_token", f"the path's token is none of tracker {tracker.name}'s path_tokens")
    elif secret is None:
        raise refusal("no_webhook_secret", f"tracker {tracker.name} has no webhook_secret to verify with")
    elif not is_signed:
        reason = "bad_signature" if signature else "no_signature"
        raise refusal(reason, f"the signature is not one of tracker {tracker.name}'s webhook_secret")
    return tracker, hooks


def _signature(headers: Mapping[str, str], hooks: Hooks | None) -> str:
    given = headers.get(hooks.signature, "").strip() if hooks else ""
    return given.removeprefix(hooks.prefix) if hooks and given.startswith(hooks.prefix) else ""
