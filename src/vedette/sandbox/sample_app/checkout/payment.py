"""Payment: charges cards."""

from dataclasses import dataclass


class CardDeclinedError(Exception):
    """The bank said no."""


@dataclass(frozen=True)
class Card:
    """A card, of which only the last digits are kept."""

    last_digits: str
    limit: int


def charge(card: Card, *, cents: int) -> str:
    """Charge a card; the receipt's number."""
    if cents > card.limit:
        raise CardDeclinedError(f"card ending in {card.last_digits} was declined for {cents} cents")
    return f"receipt-{card.last_digits}-{cents}"
