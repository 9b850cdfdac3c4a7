"""Wording: a question in Sentry's own words, and the rows that it answers with; pure.

https://docs.sentry.io/api/explore/query-explore-events-in-table-format/ and https://docs.sentry.io/concepts/search/.
"""

import re
from collections.abc import Sequence
from typing import Any

from vedette.errors import Refused, Unavailable
from vedette.integrations.sentry import dates
from vedette.integrations.sentry.lists import Params
from vedette.integrations.sentry.untrusted import items, mapping, number, text
from vedette.model.metrics import Part, Question, Row, Window

PAGE = 100
COUNT, USERS = "count()", "count_unique(user)"
_MOST_FIELDS = 20
_PLAIN_WORD = re.compile(r"[\w.@/+\-]+", re.ASCII)
#: What Sentry keeps beside the tags; `tags[release]` would find nothing.
_OWN_FIELDS = frozenset({"dist", "environment", "level", "release", "user"})
#: In the order in which rows tell them.
_PARTS = (Part.TITLE, Part.CULPRIT, Part.MESSAGE)
#: Sentry's own number for an event that belongs to no issue.
NO_ISSUE = "0"


def fields(question: Question) -> list[str]:
    """What is selected; raises `Refused` where it is more than the server takes."""
    parts = [part.value for part in _PARTS if part in question.parts]
    chosen = ["issue", "project", *parts, *map(tag_field, question.tags), COUNT, USERS]
    if len(chosen) > _MOST_FIELDS:
        most = _MOST_FIELDS - (len(chosen) - len(question.tags))
        raise Refused(f"Sentry tells rows apart by {most} tags at most, not {len(question.tags)}: shorten `group_by:`")
    return chosen


def tag_field(key: str) -> str:
    """The field that holds a tag."""
    return key if key in _OWN_FIELDS else f"tags[{key}]"


def within(window: Window) -> Params:
    """The half-open window, in whole seconds, as Sentry keeps the timestamps of events."""
    return {"start": dates.written(window.start), "end": dates.written(window.end)}


def asked(question: Question, window: Window, *, projects: Sequence[str], spelled: bool = False) -> Params:
    """The arguments of every question about errors; environments as an argument, or `spelled` in the query."""
    params: Params = {"dataset": "errors", "project": list(projects), "query": words(question, spelled=spelled)}
    if question.environments and not spelled:
        params["environment"] = list(question.environments)
    return params | within(window)


def words(question: Question, *, spelled: bool = False) -> str:
    """The query: the filter's own in parentheses, so that no OR in it reaches what is added."""
    terms = [enclosed(question.query)] if question.query.strip() else []
    terms += [listed("environment", question.environments)] if spelled and question.environments else []
    terms += [listed("level", question.levels)] if question.levels else []
    terms += [listed("release", question.releases)] if question.releases else []
    return " ".join(terms)


def enclosed(query: str) -> str:
    """The query in parentheses; raises `Refused` where its own, or a quote, is left open: it would leave them."""
    depth, quoted, escaped = 0, False, False
    for character in query:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif not quoted:
            depth += (character == "(") - (character == ")")
        if depth < 0:
            break
    if depth or quoted or escaped:
        raise Refused("a filter's `query:` leaves a parenthesis or a quote open; close it")
    return f"({query.strip()})"


def listed(key: str, values: Sequence[str]) -> str:
    """One of the values: `level:error`, `level:[error, fatal]`, `release:"a b"`."""
    said = [quoted(value) for value in values]
    return f"{key}:{said[0]}" if len(said) == 1 else f"{key}:[{', '.join(said)}]"


def quoted(value: str) -> str:
    """The value as a word of the search; quotes inside are escaped, and a star means itself."""
    if _PLAIN_WORD.fullmatch(value):
        return value
    inside = value.replace("\\", "\\\\").replace('"', '\\"').replace("*", "\\*")
    return f'"{inside}"'


def rows_of(body: Any, place: str) -> list[Any]:
    """The table's rows; raises `Unavailable` where the answer holds no table."""
    found = mapping(body).get("data")
    if not isinstance(found, list):
        raise Unavailable(f"{place} answered without a table")
    return list(items(found))


def row(raw: Any, question: Question, place: str) -> Row:
    """One row; raises `Unavailable` where it counts nothing, since a guess would be a wrong number."""
    found = mapping(raw)
    counted = number(found.get(COUNT))
    if counted is None:
        raise Unavailable(f"{place} answered a row without {COUNT}")
    short = text(found.get("issue"))
    return Row(
        text(number(found.get("issue.id"))) or NO_ISSUE,
        counted,
        users=number(found.get(USERS)),
        project=text(found.get("project")),
        # Sentry says so of an issue that was deleted, whose events are still there.
        short_id="" if short == "unknown" else short,
        title=text(found.get("title")),
        culprit=text(found.get("culprit")),
        message=text(found.get("message")),
        tags=tuple((key, text(found.get(tag_field(key))) or None) for key in question.tags),
    )


def identity(raw: Any, question: Question) -> tuple[str, ...]:
    """By what a row is told apart from every other of its table, as the server wrote it."""
    found = mapping(raw)
    names = ["issue.id", *(field for field in fields(question) if field not in {"issue", COUNT, USERS})]
    return tuple(repr(found.get(name)) for name in names)
