"""Deliveries: inbound HTTP requests, raw and verified; each holds one or more events."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DeliveryKind(StrEnum):
    """Which dialect the bytes are in."""

    SENTRY = "sentry"  # integration platform, signed
    LEGACY = "legacy"  # the unsigned webhooks plugin, secret path
    GLITCHTIP = "glitchtip"  # Slack-shaped, secret path
    TRACKER = "tracker"  # a tracker's own; `instance` is the tracker's name in the settings


class DeliveryState(StrEnum):
    """How far a delivery has travelled."""

    PENDING = "pending"  # stored, not read yet
    SORTED = "sorted"  # read; its issues wait for a decision
    DONE = "done"  # every issue in it was decided
    IGNORED = "ignored"  # kept, nothing to decide; the reason says why


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """What the door hands to the store. `body` is the raw request body; the store compresses it (zstd)."""

    kind: DeliveryKind
    instance: str
    request_id: str
    sha256: str
    headers: tuple[tuple[str, str], ...]  # only those that interpret needs; never a signature or token
    body: bytes
    received_at: datetime

    @property
    def source(self) -> str:
        """Dedupe scope: dialect and instance."""
        return f"{self.kind}/{self.instance}"


@dataclass(frozen=True, slots=True)
class Delivery:
    """A stored delivery; `body` is decompressed."""

    id: int
    kind: DeliveryKind
    instance: str
    request_id: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    received_at: datetime
    state: DeliveryState
    reason: str = ""
