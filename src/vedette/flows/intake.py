"""Intake: raw bytes are proven to come from a source of ours and stored; durable when this returns.

Law: nothing is decoded here, so that no fault in a body loses an authentic delivery; no signature or token is kept.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from vedette.errors import Unavailable
from vedette.flows.context import Context
from vedette.flows.senders import NOBODY, TrackerKnock, prove, refusal, tracker_of
from vedette.model.deliveries import DeliveryKind, NewDelivery
from vedette.model.settings import SentryInstance, Settings
from vedette.ports.signatures import token_matches, verify_hex_hmac_sha256

SIGNATURE = "sentry-hook-signature"
REQUEST_ID = "request-id"
#: What reading a delivery needs later; everything else, signatures and tokens above all, is let go of here.
KEPT = ("sentry-hook-resource", "sentry-hook-timestamp", REQUEST_ID, "content-type")

# Sentry gives up after 1 s, and unsubscribes a hook that timed out 1,000 times in a day; an honest 503 in time does not
# count (https://sentry.io/changelog/2023-10-3-webhook-timeouts).
ANSWER_WITHIN = timedelta(milliseconds=850)
_DEFAULT_INSTANCE = "default"
_HEADER_KEPT = 200  # characters; a request id has 32


@dataclass(frozen=True, slots=True)
class Knock:
    """One request at the door, not believed yet. `name`: the instance or tracker its path names, `token`: its secret.

    `vendor`: the kind of tracker that the path names, where `kind` is TRACKER.
    """

    kind: DeliveryKind
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)  # names in lower case
    name: str = ""
    token: str = ""
    vendor: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """A delivery on disk: its row, whether it was there before, and its source."""

    id: int
    repeat: bool
    source: str


@dataclass(frozen=True, slots=True)
class Greeted:
    """A handshake: nothing is stored as a delivery, and the secret goes back in the header that it came in."""

    source: str
    header: str
    secret: str


async def take_in(context: Context, knock: Knock) -> Taken | Greeted:
    """Store the delivery and say which row stands for it, after its commit.

    Raises `Rejected` for a sender that proves nothing, `Unavailable` when the store cannot keep it, or not in time.
    """
    if knock.kind is DeliveryKind.TRACKER:
        return await _take_in_of_tracker(context, knock)
    instance = authenticate(context.settings, knock)
    return await _accept(context, _delivery(context, knock, instance.name, kept=KEPT, known_by=REQUEST_ID))


async def _take_in_of_tracker(context: Context, knock: Knock) -> Taken | Greeted:
    asked = TrackerKnock(knock.vendor, knock.name, knock.token, knock.body, knock.headers)
    proven = await asyncio.to_thread(prove, context, asked)
    if proven.greeting:
        return Greeted(f"{knock.kind}/{proven.tracker.name}", proven.hooks.handshake, proven.greeting)
    kept, known_by = ("content-type", *proven.hooks.kept), proven.hooks.delivery_id
    return await _accept(context, _delivery(context, knock, proven.tracker.name, kept=kept, known_by=known_by))


async def _accept(context: Context, delivery: NewDelivery) -> Taken:
    try:
        async with asyncio.timeout(ANSWER_WITHIN.total_seconds()):
            accepted = await context.store.accept_async(delivery)
    except TimeoutError:
        # It may yet be stored; the sender's repeat is then known by its request id.
        raise Unavailable("the disk took too long; send again", wait=5) from None
    return Taken(accepted.id, accepted.repeat, delivery.source)


def authenticate(settings: Settings, knock: Knock) -> SentryInstance:
    """The instance that the request proves to come from; raises `Rejected` (401), whatever is wrong."""
    if knock.kind is DeliveryKind.SENTRY:
        return _signed(settings, knock)
    found = None
    for instance in settings.instances.values():
        if token_matches(knock.token, instance.path_tokens or NOBODY):
            found = found or instance
    if found is None:
        raise refusal("unknown_token", "the path's token is none of `path_tokens`")
    return found


def source_of(settings: Settings, knock: Knock) -> str:
    """The label of a refused request: the instance only where the settings know it, else the dialect alone."""
    if knock.kind is DeliveryKind.TRACKER:
        tracker = tracker_of(settings, knock.vendor, knock.name)
        return f"{knock.kind}/{tracker.name}" if tracker else str(knock.kind)
    known = knock.kind is DeliveryKind.SENTRY and _named(settings, knock.name)
    return f"{knock.kind}/{known.name}" if known else str(knock.kind)


def _signed(settings: Settings, knock: Knock) -> SentryInstance:
    instance = _named(settings, knock.name)
    secret = instance.client_secret if instance else None
    signature = knock.headers.get(SIGNATURE)
    good = verify_hex_hmac_sha256(knock.body, signature, secret or NOBODY)
    if instance is None:
        raise refusal("unknown_instance", "no Sentry instance of the settings has the name in the path")
    if secret is None:
        raise refusal("no_client_secret", f"sentry {instance.name} has no client_secret to verify with")
    if not good:
        reason = "bad_signature" if signature else "no_signature"
        raise refusal(reason, f"the signature is not one of sentry {instance.name}'s client_secret")
    return instance


def _named(settings: Settings, name: str) -> SentryInstance | None:
    if name:
        return settings.instances.get(name)
    if _DEFAULT_INSTANCE in settings.instances or len(settings.instances) != 1:
        return settings.instances.get(_DEFAULT_INSTANCE)
    return next(iter(settings.instances.values()))


def _delivery(context: Context, knock: Knock, instance: str, *, kept: Sequence[str], known_by: str) -> NewDelivery:
    headers = tuple((name, knock.headers[name][:_HEADER_KEPT]) for name in kept if name in knock.headers)
    return NewDelivery(
        kind=knock.kind,
        instance=instance,
        # Without an id no repeat can be known: GlitchTip's second alert about an issue has the bytes of its first.
        request_id=knock.headers.get(known_by, "")[:_HEADER_KEPT] or f"none-{secrets.token_hex(16)}",
        sha256=hashlib.sha256(knock.body).hexdigest(),
        headers=headers,
        body=knock.body,
        received_at=context.clock(),
    )
