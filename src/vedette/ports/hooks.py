"""Hooks: how a tracker's webhooks prove themselves at the door, and how one is read; data and a pure function.

The door knows no vendor: whatever differs between them stands in one value, which the vendor's integration exports.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from vedette.model.deliveries import Delivery
from vedette.model.events import Ignored, TicketsTouched
from vedette.model.ownership import Finding
from vedette.model.settings import TrackerSettings
from vedette.model.tickets import Route


class Subscribe(Protocol):
    """Has a tracker send its webhooks to `target`, for whatever the routes to it name; once, however often asked."""

    def __call__(
        self, settings: TrackerSettings, *, routes: Sequence[Route], target: str, make: bool
    ) -> Iterator[Finding]:
        """What has its webhook and what has none; with `make` those that have none get one."""
        ...


@dataclass(frozen=True, slots=True)
class Hooks:
    """Names of headers are in lower case; the signature is a hex HMAC-SHA256 over the raw body.

    `read` never raises for odd content: an unknown kind or broken JSON is `Ignored`.
    `delivery_id` names the header that stays the same when a delivery is sent again, so that it is known by it.
    """

    signature: str
    read: Callable[[Delivery], TicketsTouched | Ignored]
    prefix: str = ""  # stands before the digest, such as "sha256="
    delivery_id: str = ""
    kept: tuple[str, ...] = ()  # headers that reading needs
    choose: str = ""  # which events to choose, and where, for people
    subscribe: Subscribe | None = None
    handshake: str = ""  # a secret comes in this header first, is sent back, and signs from then on

    @property
    def headers(self) -> frozenset[str]:
        """Every header that the door looks at."""
        named = (self.signature, self.delivery_id, self.handshake, "content-type", *self.kept)
        return frozenset(name for name in named if name)
