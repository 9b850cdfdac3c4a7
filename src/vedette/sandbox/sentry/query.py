"""Query: the part of Sentry's issue search that clients lean on, parsed and applied; pure.

The grammar is https://docs.sentry.io/concepts/search/. The texts of the refusals are those of 23.7.1.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from vedette.sandbox.sentry import dates
from vedette.sandbox.sentry.records import Issue
from vedette.sandbox.sentry.settings import Team

_TOKEN = re.compile(r'\s*(?P<not>!)?(?:(?P<key>[A-Za-z_][\w.\-]*):)?(?P<value>\[[^\]]*\]|"(?:[^"\\]|\\.)*"|[^\s"()]+)')
_AGE = re.compile(r"([+-])(\d+)([smhdw])")
_NUMBER = re.compile(r"(>=|<=|>|<|=)?(\d+)")
_INSTANT = re.compile(r"(>=|<=|>|<)?(\d{4}-\d\d-\d\d.*)")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_NAMES = {
    "timesSeen": "times_seen",
    "lastSeen": "last_seen",
    "firstSeen": "first_seen",
    "age": "first_seen",
    "assigned_to": "assigned",
    "group.id": "issue.id",
}
_IS: dict[str, Callable[[Issue], bool]] = {
    "unresolved": lambda issue: issue.status == "unresolved",
    "resolved": lambda issue: issue.status == "resolved",
    "ignored": lambda issue: issue.status == "ignored",
    "archived": lambda issue: issue.status == "ignored",
    "assigned": lambda issue: issue.assignee is not None,
    "unassigned": lambda issue: issue.assignee is None,
    "linked": lambda issue: bool(issue.links),
    "unlinked": lambda issue: not issue.links,
    "new": lambda issue: issue.substatus == "new",
    "ongoing": lambda issue: issue.substatus == "ongoing",
    "regressed": lambda issue: issue.substatus == "regressed",
    "escalating": lambda issue: issue.substatus == "escalating",
    "unhandled": lambda issue: issue.unhandled,
}


class QueryRefused(Exception):
    """The query does not parse; the text is Sentry's."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; an empty key is free text."""

    key: str
    values: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span [start, end) that counts are asked for; None is unbounded."""

    start: float | None = None
    end: float | None = None
    environments: frozenset[str] = frozenset()

    @property
    def bounded(self) -> bool:
        """Whether the caller named a span."""
        return self.start is not None or self.end is not None


def parse(text: str) -> tuple[Term, ...]:
    """The terms, all of which must hold; raises `QueryRefused`."""
    terms: list[Term] = []
    position = 0
    while text[position:].strip():
        found = _TOKEN.match(text, position)
        if found is None or text[found.end() : found.end() + 1] in {"(", ")", '"'}:
            raise unparsable(text, position if found is None else found.end())
        terms.append(_term(found["key"] or "", found["value"], negated=bool(found["not"])))
        position = found.end()
    return tuple(terms)


def unparsable(text: str, position: int) -> QueryRefused:
    """What 23.7.1 says where it loses the thread."""
    column = position + 1
    near = text[max(0, column - 5) : column + 5]
    return QueryRefused(
        f"Error parsing search query: Parse error at '{near}' (column {column}). This is commonly caused by "
        "unmatched parentheses. Enclose any text in double quotes."
    )


def _term(key: str, raw: str, *, negated: bool) -> Term:
    name = _NAMES.get(key, key)
    listed = raw[1:-1].split(",") if raw.startswith("[") and raw.endswith("]") else [raw]
    values = tuple(value.strip().strip('"') for value in listed)
    if name == "is" and values[0] not in _IS:
        raise QueryRefused(f'Error parsing search query: Invalid value for "is" search, valid values are {sorted(_IS)}')
    if name == "times_seen" and not all(_NUMBER.fullmatch(value) for value in values):
        raise QueryRefused(
            f"Error parsing search query: {key}: Invalid number: {values[0]}. "
            "Expected number then optional k, m, or b suffix (e.g. 500k)."
        )
    if name in {"last_seen", "first_seen"} and not all(_is_time(value) for value in values):
        raise QueryRefused(
            f"Error parsing search query: {key}: Invalid date: {values[0]}. "
            "Expected +/-duration (e.g. +1h) or ISO 8601-like."
        )
    return Term(name, values, negated)


def _is_time(value: str) -> bool:
    return bool(_AGE.fullmatch(value) or _INSTANT.fullmatch(value))


def matches(terms: tuple[Term, ...], issue: Issue, *, window: Window, now: float) -> bool:
    """Whether every term holds."""
    return all(_holds(term, issue, window, now) is not term.negated for term in terms)


def _holds(term: Term, issue: Issue, window: Window, now: float) -> bool:
    match term.key:
        case "":
            return _says(issue, term.values[0])
        case "is":
            return _IS[term.values[0]](issue)
        case "times_seen":
            seen = issue.seen_between(window.start, window.end, window.environments)
            return _compares(term.values[0], seen)
        case "last_seen":
            return _dated(term.values[0], issue.last_seen, now)
        case "first_seen":
            return _dated(term.values[0], issue.first_seen, now)
        case _:
            return _named(term, issue)


def _named(term: Term, issue: Issue) -> bool:
    """Terms that compare a field, or failing that a tag, with a list of values."""
    if term.key == "has":
        return term.values[0] in issue.tags
    if term.key == "title":
        return any(_globbed(value, issue.title) for value in term.values)
    field = _FIELDS.get(term.key)
    if field is not None:
        return field(issue).lower() in {value.lower() for value in term.values}
    return any(value in issue.tags.get(term.key, ()) for value in term.values)


def _assignee(issue: Issue) -> str:
    if issue.assignee is None:
        return "none"
    return f"#{issue.assignee.slug}" if isinstance(issue.assignee, Team) else issue.assignee.email.lower()


_FIELDS: dict[str, Callable[[Issue], str]] = {
    "issue.id": lambda issue: str(issue.id),
    "issue": lambda issue: issue.short_id,
    "project": lambda issue: issue.project.slug,
    "project.name": lambda issue: issue.project.slug,
    "level": lambda issue: issue.level,
    "error.type": lambda issue: str(issue.metadata.get("type")),
    "assigned": _assignee,
}


def _says(issue: Issue, text: str) -> bool:
    said = f"{issue.title} {issue.culprit} {issue.metadata.get('value', '')}".lower()
    return text.strip("*").lower() in said


def _globbed(pattern: str, text: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), text, re.IGNORECASE | re.DOTALL) is not None


def _compares(condition: str, number: float) -> bool:
    sign, bound = _NUMBER.fullmatch(condition).groups()  # type: ignore[union-attr]
    return _weigh(sign or "=", number, float(bound))


def _weigh(sign: str, number: float, bound: float) -> bool:
    match sign:
        case ">":
            return number > bound
        case ">=":
            return number >= bound
        case "<":
            return number < bound
        case "<=":
            return number <= bound
        case _:
            return number == bound


def _dated(condition: str, at: float, now: float) -> bool:
    """-24h: within the last day; +24h: longer ago; or a comparison with an ISO date."""
    relative = _AGE.fullmatch(condition)
    if relative:
        bound = now - int(relative[2]) * SECONDS[relative[3]]
        return at >= bound if relative[1] == "-" else at <= bound
    sign, text = _INSTANT.fullmatch(condition).groups()  # type: ignore[union-attr]
    return _weigh(sign or ">=", at, dates.parse(text, now))
