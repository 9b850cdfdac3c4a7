"""Cart: what a customer is about to buy."""

from .payment import Card, charge


def total(prices: dict[str, int], wanted: list[str]) -> int:
    """Cents of everything wanted."""
    return sum(prices[sku] for sku in wanted)


def buy(prices: dict[str, int], wanted: list[str], card: Card) -> str:
    """Buy the cart."""
    return charge(card, cents=total(prices, wanted))


def average(prices: list[int]) -> float:
    """The mean price of a cart; nobody thought of the empty one."""
    return sum(prices) / len(prices)
