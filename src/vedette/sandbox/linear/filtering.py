"""Filters and pages of lists, as Linear's connections have them: https://linear.app/developers/filtering."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from vedette.sandbox.linear.answers import bad_input
from vedette.sandbox.linear.executing import View

USUAL_PAGE = 50

_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, wanted: value == wanted,
    "neq": lambda value, wanted: value != wanted,
    "in": lambda value, wanted: value in wanted,
    "nin": lambda value, wanted: value not in wanted,
    "eqIgnoreCase": lambda value, wanted: value.casefold() == wanted.casefold(),
    "neqIgnoreCase": lambda value, wanted: value.casefold() != wanted.casefold(),
    "contains": lambda value, wanted: wanted in value,
    "containsIgnoreCase": lambda value, wanted: wanted.casefold() in value.casefold(),
    "startsWith": lambda value, wanted: value.startswith(wanted),
    "endsWith": lambda value, wanted: value.endswith(wanted),
    "gt": lambda value, wanted: _moment(value) > _moment(wanted),
    "gte": lambda value, wanted: _moment(value) >= _moment(wanted),
    "lt": lambda value, wanted: _moment(value) < _moment(wanted),
    "lte": lambda value, wanted: _moment(value) <= _moment(wanted),
}


_JOIN: Mapping[str, Callable[[Any, Any], bool]] = {
    "and": lambda value, wanted: all(matches(value, each) for each in wanted),
    "or": lambda value, wanted: any(matches(value, each) for each in wanted),
    "null": lambda value, wanted: (value is None) is wanted,
    "some": lambda value, wanted: any(matches(each, wanted) for each in value()["nodes"]),
    "every": lambda value, wanted: all(matches(each, wanted) for each in value()["nodes"]),
}


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise bad_input(f"{text!r} is not a date.") from None


def matches(value: Any, wanted: Mapping[str, Any]) -> bool:
    """Whether a view, or a value under comparators, satisfies a filter."""
    return all(_holds(value, name, each) for name, each in wanted.items() if each is not None)


def _holds(value: Any, name: str, wanted: Any) -> bool:
    if name in _JOIN:
        return _JOIN[name](value, wanted)
    if name in _COMPARE and not isinstance(value, Mapping):
        return value is not None and _COMPARE[name](value, wanted)
    return value is not None and matches(value[name], wanted)


def page(
    views: Sequence[View],
    *,
    most: int,
    after: str = "",
    first: int = USUAL_PAGE,
    filter: Mapping[str, Any] | None = None,  # noqa: A002 - Linear's word
    includeArchived: bool = False,  # noqa: N803 - Linear's word
    orderBy: str = "createdAt",  # noqa: N803 - Linear's word
) -> View:
    """One page of a connection, newest first; a cursor is the id of the last one given."""
    if not 1 <= first <= most:
        raise bad_input(f"first must be between 1 and {most}.")
    kept = [each for each in views if includeArchived or not each.get("archivedAt")]
    kept = [each for each in kept if matches(each, filter or {})]
    if kept and orderBy in kept[0]:
        kept = sorted(kept, key=lambda each: str(each[orderBy]), reverse=True)
    start = 0
    if after:
        places = [place for place, each in enumerate(kept, 1) if each["id"] == after]
        if not places:
            raise bad_input("after is not a valid cursor.")
        start = places[0]
    nodes = kept[start : start + first]
    ends = {"startCursor": nodes[0]["id"], "endCursor": nodes[-1]["id"]} if nodes else {}
    info = {"startCursor": None, "endCursor": None, "hasPreviousPage": start > 0, **ends}
    return {"nodes": nodes, "pageInfo": {**info, "hasNextPage": start + first < len(kept)}}
