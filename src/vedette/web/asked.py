"""Asked: what a request for a run of the monitor says in its query, understood whole or refused.

The law: what is not understood is never taken for its usual value, or a run meant to send nothing would send.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn
from urllib.parse import parse_qs

from vedette.config.nearest import suggestion
from vedette.errors import Rejected
from vedette.model.metrics import Window
from vedette.model.settings import MonitorSettings
from vedette.rules.window_words import LAST, window_meant

_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "1", "yes", "on"), True),
    **dict.fromkeys(("", "false", "0", "no", "off"), False),
}
_KNOWN = ("window", "filter", "debug", "async")


@dataclass(frozen=True, slots=True)
class Asked:
    """One run: of which window, for which filters (none: every one), and whether anything is sent and kept."""

    window: Window
    filters: frozenset[str]
    debug: bool
    owed: bool  # the newest window, with all that were missed before it


def asked_for(query: str, *, settings: MonitorSettings, now: datetime) -> tuple[Asked, bool]:
    """What the query asks for, and whether the answer is not waited for; raises `Rejected` (400) with a sentence."""
    try:
        said = parse_qs(query, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        _refuse("the query is too long")
    for name in said:
        if name not in _KNOWN:
            _refuse(f"there is no {name[:40]} to ask for; {suggestion(name, _KNOWN)}")
    filters = _filters(said.get("filter", []), known=[each.name for each in settings.filters])
    named = _once(said, "window")
    try:
        window = window_meant(named, now=now, every=settings.every, delay=settings.delay)
    except ValueError as problem:
        _refuse(str(problem))
    return Asked(window, filters, _flag(said, "debug"), owed=named in ("", LAST)), _flag(said, "async")


def _filters(named: Collection[str], *, known: Collection[str]) -> frozenset[str]:
    if not known:
        _refuse("there is no filter to count by; add one under monitor.filters")
    for name in named:
        if name not in known:
            _refuse(f"there is no filter {name[:40]}; {suggestion(name, known)}")
    return frozenset(named)


def _flag(said: Mapping[str, list[str]], name: str) -> bool:
    value = _FLAGS.get(_once(said, name).lower())
    if value is None:
        _refuse(f"{name} should be true or false")
    return value


def _once(said: Mapping[str, list[str]], name: str) -> str:
    values = set(said.get(name, [""]))
    if len(values) > 1:
        _refuse(f"{name} is said twice")
    return next(iter(values))


def _refuse(sentence: str) -> NoReturn:
    raise Rejected(sentence, reason="not_understood", status=400)
