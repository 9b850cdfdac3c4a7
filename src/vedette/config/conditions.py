"""Conditions: what `monitor.conditions:` asks of filters, notifiers and policies, and what could never come true.

It reads the plain tree and passes over what has the wrong form, as `checks` does.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from vedette.config.checks import Fault
from vedette.config.durations import text_of
from vedette.config.nearest import suggestion
from vedette.config.tree import Loc
from vedette.model.alarms import Severity
from vedette.model.conditions import ConditionKind, Season, Usual, Watched
from vedette.model.events import Trigger
from vedette.model.policies import USUAL_POLICY
from vedette.model.settings import AlarmSettings, StoreSettings
from vedette.rules.releases import TAG

_BASELINE = Usual()
_USES: Mapping[str, frozenset[str]] = {
    "count_over": frozenset({ConditionKind.GROWTH, ConditionKind.NEW_ERROR}),
    "percent_over": frozenset({ConditionKind.GROWTH}),
    "floor": frozenset({ConditionKind.GROWTH}),
    "per": frozenset({ConditionKind.GROWTH}),
    "issues": frozenset({ConditionKind.GROWTH}),
    "usual_at_least": frozenset({ConditionKind.FLAT_LINE}),
    "usual": frozenset({ConditionKind.GROWTH, ConditionKind.FLAT_LINE}),
    "owners": frozenset({ConditionKind.GROWTH, ConditionKind.NEW_ERROR}),
    "ticket": frozenset({ConditionKind.GROWTH, ConditionKind.NEW_ERROR}),
}
_WHY = {
    "owners": "a silence has no issue that anybody owns",
    "ticket": "a silence has no issue that a ticket could be cut for",
}

Found = tuple[Loc, Mapping[str, Any]]


def condition_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault that spans several keys."""
    for loc, block in _conditions(data):
        yield from _names(data, loc, block)
        yield from _unused(loc, block)
        yield from _releases(data, loc, block)
        yield from _history(data, loc, block)
        if block.get("ticket") is True and block.get("kind") != ConditionKind.FLAT_LINE and not _listens(data):
            message = "no policy says that a condition cuts a ticket"
            yield Fault((*loc, "ticket"), message, "add monitor to on: of one under tickets.policies")


def condition_doubts(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What can be used and is probably not meant."""
    filters, alarms = _map(_map(data, "monitor"), "filters"), _map(data, "alarms")
    minimum = _severity(alarms.get("minimum")) or AlarmSettings().minimum
    for loc, block in _conditions(data):
        if not filters:
            yield Fault(loc, "nothing is counted that could be held against it", "add a filter under monitor.filters")
        severity = _severity(block.get("severity")) or Severity.WARNING
        if severity.rank < minimum.rank:
            message = f"nobody is told of it, since {severity} is milder than alarms.minimum {minimum}"
            yield Fault((*loc, "severity"), message, f"write severity: {minimum}")
        elif not (_texts(block.get("notify")) or _texts(alarms.get("operators")) or _acts(block)):
            message = "nobody is told of it, since neither it nor alarms.operators names a notifier"
            yield Fault(loc, message, "add notify: [NAME]")
        if block.get("owners") is True and not _owners_told(data):
            yield Fault((*loc, "owners"), "no owner is told, since no team names a notifier", "add notify: to a team")


def _owners_told(data: Mapping[str, Any]) -> bool:
    return any(isinstance(team, Mapping) and _texts(team.get("notify")) for team in _map(data, "teams").values())


def _acts(block: Mapping[str, Any]) -> bool:
    return block.get("owners") is True or block.get("ticket") is True


def _names(data: Mapping[str, Any], loc: Loc, block: Mapping[str, Any]) -> Iterator[Fault]:
    places = {"filters": ("filter", _map(_map(data, "monitor"), "filters"), "monitor.filters")}
    places["notify"] = ("notifier", _map(data, "notifiers"), "notifiers")
    for key, (what, there, where) in places.items():
        for step, name in enumerate(_texts(block.get(key))):
            if name not in there:
                cure = suggestion(name, there) or f"add it under {where}:"
                yield Fault((*loc, key, step), f"there is no {what} {name}", cure)


def _unused(loc: Loc, block: Mapping[str, Any]) -> Iterator[Fault]:
    """Keys that another kind has a use for: what is written and does nothing is a mistake."""
    kind = block.get("kind")
    for key, kinds in _USES.items():
        if block.get(key) is None or block[key] is False or kind in kinds or kind not in set(ConditionKind):
            continue
        why = _WHY.get(key, f"a {kind} has no use for it")
        yield Fault((*loc, key), f"{key} is not for kind {kind}: {why}", f"drop it, or write kind: {sorted(kinds)[0]}")


def _releases(data: Mapping[str, Any], loc: Loc, block: Mapping[str, Any]) -> Iterator[Fault]:
    """Filters that do not tell releases apart: `group_by` is theirs to say, since it shapes what sinks get."""
    if block.get("per") != Watched.RELEASE.value or block.get("kind") != ConditionKind.GROWTH:
        return
    filters = _map(_map(data, "monitor"), "filters")
    for name in _texts(block.get("filters")) or tuple(filters):
        found = filters.get(name)
        known = found if isinstance(found, Mapping) else {}
        if name in filters and TAG not in _texts(known.get("group_by")):
            message = f"filter {name} does not tell releases apart"
            yield Fault((*loc, "per"), message, f"add group_by: [{TAG}] to it")
        if known.get("top") == 0:
            message = f"filter {name} says top: 0, so that no issue is told by release"
            yield Fault((*loc, "per"), message, "let it tell of some, such as top: 20")


def _history(data: Mapping[str, Any], loc: Loc, block: Mapping[str, Any]) -> Iterator[Fault]:
    """A baseline of which there never can be enough."""
    usual = block.get("usual")
    if not isinstance(usual, Mapping):
        return
    last, least = usual.get("last", _BASELINE.last), usual.get("at_least")
    if isinstance(last, int) and isinstance(least, int) and least > last:
        message = f"at_least {least} is more than the {last} that are looked at, so that it never comes true"
        yield Fault((*loc, "usual", "at_least"), message, f"write at_least: {last}, or last: {least}")
    season = usual.get("season", _BASELINE.season)
    kept = _map(_map(data, "store"), "retention").get("windows", StoreSettings().retention["windows"])
    if isinstance(last, int) and season in set(Season) and isinstance(kept, timedelta):
        wanted = Season(season).length * last
        if wanted >= kept:
            message = f"looks back {text_of(wanted)}, and store.retention.windows keeps {text_of(kept)}"
            yield Fault((*loc, "usual"), message, "keep them longer, or look at fewer")


def _listens(data: Mapping[str, Any]) -> bool:
    """Whether any policy cuts on a condition."""
    policies = _map(data, "tickets").get("policies")
    found = [each for each in policies if isinstance(each, Mapping)] if isinstance(policies, list) else []
    named = [_texts(each.get("on")) or USUAL_POLICY.on for each in found]
    return any(Trigger.MONITOR in each for each in named)


def _conditions(data: Mapping[str, Any]) -> Iterator[Found]:
    for name, block in _map(_map(data, "monitor"), "conditions").items():
        if isinstance(block, Mapping):
            yield ("monitor", "conditions", name), block


def _severity(written: Any) -> Severity | None:
    return Severity(written) if written in {each.value for each in Severity} else None


def _map(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
