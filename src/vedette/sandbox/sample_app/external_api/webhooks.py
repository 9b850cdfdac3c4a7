"""Webhooks: payment notices from the bank; the checkout team keeps this file."""


def settle(notice: dict[str, str]) -> str:
    """The order that a notice settles."""
    return notice["order"].upper()
