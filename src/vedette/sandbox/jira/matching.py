"""The meaning of JQL over indexed tickets: which documents a query selects, in which order.

Candidates come from the index's ways in (label, key, project); only those are weighed clause by clause.
"""

import re
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from vedette.sandbox.jira.jql import And, Clause, Node, Not, Or, Query
from vedette.sandbox.jira.lexing import JqlError
from vedette.sandbox.jira.settings import Category
from vedette.sandbox.jira.state import State
from vedette.sandbox.jira.texts import contains, phrases_of, words
from vedette.sandbox.jira.tickets import Ticket

_EQUAL = {"=", "!=", "in", "not in", "is", "is not"}
_ORDERED = {"=", "!=", ">", ">=", "<", "<="}
_TEXT = {"~", "!~", "is", "is not"}
ALIASES = {
    "issue": "key",
    "issuekey": "key",
    "id": "key",
    "label": "labels",
    "type": "issuetype",
    "component": "component",
    "components": "component",
    "createddate": "created",
    "updateddate": "updated",
}
_KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d+", re.IGNORECASE)
_AGO = re.compile(r"([+-]?)(\d+)([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_DATES = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")
_CATEGORIES = {
    "to do": Category.NEW,
    "new": Category.NEW,
    "in progress": Category.INDETERMINATE,
    "indeterminate": Category.INDETERMINATE,
    "done": Category.DONE,
}

Test = Callable[[Ticket], bool]


class Search:
    """One query made ready to run against one state, at one moment (wall clock, seconds)."""

    def __init__(self, state: State, query: Query, *, now: float) -> None:
        self._state = state
        self._query = query
        self._now = now
        self._statuses = {
            status.name.casefold(): status for project in state.config.projects for status in project.workflow.statuses
        }

    def run(self) -> list[Ticket]:
        """Return the matching versions in the query's order (newest first by default)."""
        where, documents = self._query.where, self._state.index.documents
        test = self._compile(where) if where else _everything
        among = self._candidates(where) if where else None
        pool: Iterable[int] = documents if among is None else among
        hidden = {project.key for project in self._state.config.projects if not project.browsable}
        found = [
            ticket
            for ticket in (documents[each] for each in pool if each in documents)
            if ticket.project not in hidden and test(ticket)
        ]
        return self._sorted(found)

    def _sorted(self, found: list[Ticket]) -> list[Ticket]:
        found.sort(key=lambda ticket: ticket.id, reverse=True)
        for field, descending in reversed(self._query.order):
            found.sort(key=_sort_key(ALIASES.get(field, field)), reverse=descending)
        return found

    def _candidates(self, node: Node) -> set[int] | None:
        """Return a superset of the matches, or None where the index offers no way in."""
        match node:
            case And(parts):
                known = [each for part in parts if (each := self._candidates(part)) is not None]
                return min(known, key=len) if known else None
            case Or(parts):
                known = [each for part in parts if (each := self._candidates(part)) is not None]
                return set().union(*known) if len(known) == len(parts) else None
            case Clause(field, "=" | "in", values):
                return self._by_value(ALIASES.get(field, field), [value for value in values if value is not None])
            case _:
                return None

    def _by_value(self, field: str, values: list[str]) -> set[int] | None:
        index = self._state.index
        if field == "labels":
            return set().union(*(index.by_label.get(value.casefold(), set()) for value in values))
        if field == "project":
            keys = (self._project(value) for value in values)
            return set().union(*(index.by_project.get(key, set()) for key in keys))
        if field == "key":
            return {int(self._key(value)) for value in values}
        return None

    def _compile(self, node: Node) -> Test:
        match node:
            case And(parts):
                tests = [self._compile(part) for part in parts]
                return lambda ticket: all(test(ticket) for test in tests)
            case Or(parts):
                tests = [self._compile(part) for part in parts]
                return lambda ticket: any(test(ticket) for test in tests)
            case Not(inside):
                test = self._compile(inside)
                return lambda ticket: not test(ticket)
            case Clause():
                return self._clause(node)

    def _clause(self, clause: Clause) -> Test:
        field = ALIASES.get(clause.field, clause.field)
        if field in {"created", "updated"}:
            return self._date(field, clause)
        if field in {"summary", "text"}:
            return self._text(clause)
        if field not in _READ:
            raise JqlError(f"Field '{clause.field}' does not exist or you do not have permission to view it.")
        _allow(clause, _EQUAL)
        wanted = {self._wanted(field, value) for value in clause.values}
        read = _READ[field]
        if field in {"status", "statuscategory"} and None in wanted:
            raise JqlError(f"The field '{clause.field}' does not support EMPTY.")
        negative = clause.operator in {"!=", "not in", "is not"}
        return self._membership(read, wanted, negative=negative)

    def _membership(self, read: "Reader", wanted: set[str | None], *, negative: bool) -> Test:
        def positive(ticket: Ticket) -> bool:
            return not wanted.isdisjoint(read(self._state, ticket))

        def absent(ticket: Ticket) -> bool:
            # As in Jira: `!=` and `not in` pass over tickets where the field is empty.
            present = read(self._state, ticket)
            if None in present:
                return False
            return wanted.isdisjoint(present)

        return absent if negative else positive

    def _wanted(self, field: str, value: str | None) -> str | None:
        """Turn a value into the form tickets hold, refusing what does not exist."""
        if value is None:
            return None
        if field == "assignee":
            person = self._state.accounts.get(value) or self._state.people.get(value)
            return person.username if person else value
        readers = {
            "project": self._project,
            "status": self._status,
            "statuscategory": _category,
            "key": self._key,
        }
        return readers.get(field, str.casefold)(value)

    def _project(self, value: str) -> str:
        projects = self._state.config.projects
        named = (each for each in projects if each.name.casefold() == value.casefold())
        project = self._state.project(value) or next(named, None)
        if project is None or not project.browsable:
            raise _unknown(value, "project")
        return project.key

    def _status(self, value: str) -> str:
        by_id = {status.id: name for name, status in self._statuses.items()}
        name = by_id.get(value, value.casefold())
        if name not in self._statuses:
            raise _unknown(value, "status")
        return name

    def _key(self, value: str) -> str:
        if not value.isdecimal() and not _KEY.fullmatch(value):
            raise JqlError(f"The issue key '{value}' for field 'key' is invalid.")
        ticket = self._state.find(value)
        if ticket is None:
            raise JqlError(f"An issue with key '{value}' does not exist for field 'key'.")
        return str(ticket.id)

    def _date(self, field: str, clause: Clause) -> Test:
        _allow(clause, _ORDERED)
        bound = self._moment(field, clause.values[0])
        compare = _COMPARE[clause.operator]
        return lambda ticket: compare(ticket.created if field == "created" else ticket.updated, bound)

    def _moment(self, field: str, value: str | None) -> float:
        text = value or ""
        if ago := _AGO.fullmatch(text):
            distance = timedelta(**{_UNITS[ago[3]]: int(ago[2])}).total_seconds()
            return self._now - distance if ago[1] == "-" else self._now + distance
        if text.isdecimal():
            return int(text) / 1000
        for form in _DATES:
            try:
                return datetime.strptime(text, form).replace(tzinfo=UTC).timestamp()
            except ValueError:
                continue
        raise JqlError(
            f"Date value '{text}' for field '{field}' is invalid. Valid formats include: 'yyyy/MM/dd HH:mm', "
            "'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', '4w 2d'."
        )

    def _text(self, clause: Clause) -> Test:
        _allow(clause, _TEXT)
        value = clause.values[0]
        if value is None:
            return lambda ticket: (not ticket.summary) == (clause.operator == "is")
        phrases = phrases_of(value, clause.field)
        negative = clause.operator == "!~"
        return lambda ticket: contains(words(ticket.summary), phrases) != negative


def _category(value: str) -> str:
    if value.casefold() not in _CATEGORIES:
        raise _unknown(value, "statusCategory")
    return _CATEGORIES[value.casefold()].value


def _unknown(value: str, field: str) -> JqlError:
    return JqlError(f"The value '{value}' does not exist for the field '{field}'.")


def _allow(clause: Clause, operators: set[str]) -> None:
    if clause.operator not in operators:
        raise JqlError(f"The operator '{clause.operator}' is not supported by the '{clause.field}' field.")
    if clause.operator in {"is", "is not"} and clause.values != (None,):
        raise JqlError(f"The operator '{clause.operator}' is only supported with EMPTY.")


def _everything(_: Ticket) -> bool:
    return True


def _folded(values: Iterable[str]) -> set[str | None]:
    return {value.casefold() for value in values} or {None}


Reader = Callable[[State, Ticket], set[str | None]]
_READ: dict[str, Reader] = {
    "project": lambda _, ticket: {ticket.project},
    "key": lambda _, ticket: {str(ticket.id)},
    "labels": lambda _, ticket: _folded(ticket.labels),
    "component": lambda _, ticket: _folded(ticket.components),
    "status": lambda _, ticket: {ticket.status.casefold()},
    "statuscategory": lambda state, ticket: {state.status(ticket).category.value},
    "resolution": lambda _, ticket: (
        {(ticket.resolution or "Unresolved").casefold()} | ({None} if ticket.resolution is None else set())
    ),
    "issuetype": lambda _, ticket: {ticket.type.casefold()},
    "priority": lambda _, ticket: {(ticket.priority or "").casefold() or None},
    "assignee": lambda _, ticket: {ticket.assignee},
}
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}


def _sort_key(field: str) -> Callable[[Ticket], tuple[str, float]]:
    if field == "created":
        return lambda ticket: ("", ticket.created)
    if field == "updated":
        return lambda ticket: ("", ticket.updated)
    if field in {"key", "project"}:
        return lambda ticket: (ticket.project, float(ticket.number))
    if field in {"status", "priority", "summary"}:
        return lambda ticket: (str(getattr(ticket, field) or ""), 0.0)
    raise JqlError(f"Not able to sort using field '{field}'.")


def bounded(query: Query) -> bool:
    """Whether a query restricts anything; Cloud's newer search refuses one that does not."""
    return query.where is not None
