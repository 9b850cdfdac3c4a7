"""Screens: what each project asks for and allows when a ticket is created, and who can be assigned; kept a while."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from vedette.errors import Refused
from vedette.integrations.jira.client import JiraClient, Json
from vedette.ports.clock import elapsed

_KEPT = 600.0  # seconds
_KEPT_NOTHING = 60.0  # a mistake that an administrator just mended should not cost ten minutes
_DEFAULT_TYPES = ("bug", "task")


class Screens:
    """Create screens (createmeta) and assignable people of one Jira."""

    def __init__(self, client: JiraClient, *, clock: Callable[[], float] = elapsed) -> None:
        self._client = client
        self._clock = clock
        self._kept: dict[Hashable, tuple[float, Any]] = {}

    def forget(self) -> None:
        """Read everything anew from here on: a refusal has shown that something is old."""
        self._kept.clear()

    def type_of(self, project: str, wanted: str) -> Json | None:
        """The issue type of that name or id, or the one to take where none is named; None where nothing fits."""
        types = [each for each in self.types(project) if not each.get("subtask")]
        names = (wanted,) if wanted else _DEFAULT_TYPES
        for name in names:
            for each in types:
                if name.casefold() in (str(each.get("name")).casefold(), str(each.get("id"))):
                    return each
        return types[0] if types and not wanted else None

    def types(self, project: str) -> Sequence[Json]:
        """Issue types of a project; () where this Jira does not tell."""
        listed: Sequence[Json] = self._keep(
            ("types", project), lambda: _told(lambda: self._client.issue_types(project))
        )
        return listed

    def fields(self, project: str, type_id: str) -> Mapping[str, Json]:
        """Fields of a create screen by id; empty where this Jira does not tell, or for a type that it does not know."""
        if not type_id:
            return {}
        listed = self._keep(
            ("fields", project, type_id), lambda: _told(lambda: self._client.create_fields(project, type_id))
        )
        return {str(each.get("fieldId") or each.get("key")): each for each in listed}

    def person(self, project: str, who: str) -> Json | None:
        """The account of an e-mail, name or id as `assignee` takes it; None where nobody assignable is meant."""
        account: Json | None = self._keep(("person", project, who), lambda: self._person(project, who))
        return account

    def priorities(self) -> Sequence[str]:
        """Names of the priorities, lowest first: Jira lists the highest first."""
        listed: Sequence[Json] = self._keep(("priorities",), self._client.priorities)
        return [str(each.get("name")) for each in reversed(listed)]

    def _person(self, project: str, who: str) -> Json | None:
        key = "accountId" if self._client.cloud else "name"
        people = self._client.assignable(project, who)
        # An address may be hidden from us though Jira matched it: then a single match is the one.
        exact = [each for each in people if who.casefold() in _names(each)] or (people if len(people) == 1 else [])
        if exact:
            return {key: exact[0].get(key)}
        return None if "@" in who or " " in who else {key: who}

    def _keep(self, key: Hashable, read: Callable[[], Any]) -> Any:
        until, value = self._kept.get(key, (0.0, None))
        if self._clock() < until:
            return value
        value = read()
        self._kept[key] = (self._clock() + (_KEPT if value else _KEPT_NOTHING), value)
        return value


def _names(person: Json) -> set[str]:
    told = (person.get(name) for name in ("emailAddress", "displayName", "accountId", "name"))
    return {str(each).casefold() for each in told if each}


def _told(read: Callable[[], Sequence[Json]]) -> Sequence[Json]:
    # Data Center before 8.4 has no such call, and 404 is also what a hidden project answers: Jira itself then judges
    # the create, with its own words per field.
    try:
        return read()
    except Refused as refusal:
        if refusal.status not in (403, 404):
            raise
        return ()
