"""Crashes: the shop's bugs, each with a way to meet it."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

PACKAGES = ("checkout", "external_api", "search", "legacy", "tools")


@dataclass(frozen=True, slots=True)
class Crash:
    """One bug: which Sentry project it belongs to, and what sets it off; `turn` varies values, not the place."""

    name: str
    project: str
    run: Callable[[int], Any]


def shop(module: str) -> Any:
    """A module of the shop, under the name that its frames carry."""
    return import_module(module)


def _declined(turn: int) -> Any:
    card = shop("checkout.payment").Card(last_digits=f"{4200 + turn}", limit=100)
    return shop("checkout.cart").buy({"tea": 250, "cup": 990}, ["tea", "cup"], card)


def _unknown_article(turn: int) -> Any:
    card = shop("checkout.payment").Card(last_digits=f"{4300 + turn}", limit=10_000)
    return shop("checkout.cart").buy({"tea": 250}, ["tea", "saucer"], card)


CRASHES = (
    Crash("declined card", "checkout", _declined),
    Crash("unknown article", "checkout", _unknown_article),
    Crash("empty cart", "checkout", lambda _: shop("checkout.cart").average([])),
    Crash("partner without stock", "external-api", lambda _: shop("external_api.partners").import_stock("{}")),
    Crash("broken report", "external-api", lambda turn: shop("external_api.partners").import_stock(f"stock={turn}")),
    Crash("notice without order", "external-api", lambda turn: shop("external_api.webhooks").settle({"id": str(turn)})),
    Crash("torn index", "search", lambda turn: shop("search.index").look_up({}, "tea", generation=2 * turn + 1)),
    Crash("article without rank", "search", lambda _: shop("search.index").rank([("tea", 0.4), ("cup", None)])),
    Crash("empty report (unowned)", "search", lambda _: shop("legacy.report").headline([])),
    Crash("bad setting (unmatched)", "search", lambda _: shop("tools.cleanup").keep_days("a fortnight")),
)
