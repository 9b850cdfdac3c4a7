"""Hooks: how a tracker's webhooks prove themselves at the door, and how one is read; data and a pure function.

The door knows no vendor: whatever differs between them stands in one value, which the vendor's integration exports.
"""

from collections.abc import Callable
from dataclasses import dataclass

from vedette.model.deliveries import Delivery
from vedette.model.events import Ignored, TicketsTouched


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
    handshake: str = ""  # a secret comes in this header first, is sent back, and signs from then on

    @property
    def headers(self) -> frozenset[str]:
        """Every header that the door looks at."""
        named = (self.signature, self.delivery_id, self.handshake, "content-type", *self.kept)
        return frozenset(name for name in named if name)
