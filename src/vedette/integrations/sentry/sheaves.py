"""Sheaves: events that were read one by one, bound into rows as the question tells them apart; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from vedette.integrations.sentry.untrusted import first_text, issue_id, mapping, text
from vedette.integrations.sentry.wording import NO_ISSUE
from vedette.model.issues import Occurrence
from vedette.model.metrics import Part, Question, Row, Tags

#: In the order in which Sentry itself names a user.
_NAMES = (("id", "id"), ("email", "email"), ("username", "username"), ("ip_address", "ip"))


@dataclass(frozen=True, slots=True)
class Leaf:
    """What is kept of one event: by what it is told apart, and who met it; `user` is None where nobody is told of."""

    issue: str
    title: str
    culprit: str
    message: str
    tags: Tags
    user: str | None


def is_asked(event: Occurrence, question: Question) -> bool:
    """Whether the event is of the environments, levels and releases that are asked for."""
    wanted = (
        (question.environments, event.environment),
        (question.levels, event.level),
        (question.releases, event.release),
    )
    return all(not names or name in names for names, name in wanted)


def leaf(raw: Mapping[str, Any], event: Occurrence, question: Question) -> Leaf:
    """The event as it is counted; `raw` is the list's own words about it."""
    named = dict(event.tags)
    return Leaf(
        issue_id(raw.get("groupID", raw.get("group_id"))) or NO_ISSUE,
        event.title,
        event.culprit,
        event.message,
        tuple((key, named.get(key)) for key in question.tags),
        _user(raw, named),
    )


def _user(raw: Mapping[str, Any], tags: Mapping[str, str]) -> str | None:
    """Who met it: "" for nobody, None where the server does not tell of users at all."""
    if tags.get("user"):
        return tags["user"]
    said = mapping(raw.get("user"))
    named = (f"{label}:{text(said[key])}" for key, label in _NAMES if text(said.get(key)))
    return first_text(next(named, "")) if "user" in raw else None


@dataclass(slots=True)
class _Row:
    first: Leaf
    project: str
    count: int = 0
    users: set[str | None] = field(default_factory=set)

    def row(self) -> Row:
        """The row, in the words of its newest event."""
        own = self.first
        return Row(
            own.issue,
            self.count,
            users=distinct(self.users),
            project=self.project,
            title=own.title,
            culprit=own.culprit,
            message=own.message,
            tags=own.tags,
        )


@dataclass(slots=True)
class Sheaf:
    """Rows in the making."""

    question: Question
    _rows: dict[tuple[Any, ...], _Row] = field(default_factory=dict)

    def add(self, project: str, leaves: Iterable[Leaf | None]) -> None:
        """Count the events of a project, newest first."""
        for each in leaves:
            if each is not None:
                row = self._rows.setdefault((project, *self._apart(each)), _Row(each, project))
                row.count += 1
                row.users.add(each.user)

    def _apart(self, one: Leaf) -> tuple[Any, ...]:
        said = {Part.TITLE: one.title, Part.CULPRIT: one.culprit, Part.MESSAGE: one.message}
        return (one.issue, one.tags, *(text_ for part, text_ in said.items() if part in self.question.parts))

    def rows(self) -> tuple[Row, ...]:
        """The rows, largest first."""
        return tuple(sorted((row.row() for row in self._rows.values()), key=lambda row: (-row.count, int(row.issue))))

    def users(self) -> int | None:
        """Distinct users of all rows; None where the server does not tell."""
        return distinct({user for row in self._rows.values() for user in row.users})


def distinct(users: set[str | None]) -> int | None:
    """How many users these are; None where of some event none could be told."""
    return None if None in users else len(users - {""})
