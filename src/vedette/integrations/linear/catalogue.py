"""Catalogue: what a workspace has under which name; asked once, kept for a while, forgotten when Linear disagrees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from vedette.errors import Refused
from vedette.integrations.linear.client import LinearClient
from vedette.integrations.linear.outcomes import Json
from vedette.integrations.linear.reading import PRIORITIES, nodes
from vedette.ports.clock import elapsed

T = TypeVar("T")
KEPT_FOR = 600.0
_OTHER_WORDS = {"none": 0, "": 0, "normal": 3, "highest": 1, "lowest": 4, "critical": 1}


@dataclass(frozen=True, slots=True)
class Team:
    """A team and its statuses in the order of its board."""

    id: str
    key: str
    states: tuple[Json, ...]

    def state(self, name: str) -> str | None:
        """The id of the status of that name, in any case."""
        return next((str(each["id"]) for each in self.states if str(each["name"]).casefold() == name.casefold()), None)


class Catalogue:
    """Names and ids of one workspace."""

    def __init__(self, client: LinearClient) -> None:
        self._client = client
        self._kept: dict[tuple[str, ...], tuple[float, object]] = {}

    def forget(self) -> None:
        """Ask anew from now on."""
        self._kept.clear()

    def _keep(self, key: tuple[str, ...], ask: Callable[[], T]) -> T:
        at, value = self._kept.get(key, (0.0, None))
        if key not in self._kept or elapsed() - at > KEPT_FOR:
            value = ask()
            self._kept[key] = (elapsed(), value)
        return value  # type: ignore[return-value]  # the key tells the type

    def team(self, key: str) -> Team:
        """A team by its key; raises `Refused` with the keys that there are."""
        found = self._keep(("team", key.casefold()), lambda: self._team(key))
        if found is None:
            self._kept.pop(("team", key.casefold()), None)
            known = ", ".join(sorted(self._client.team_keys())[:10]) or "none"
            told = f"{self._client.name}: there is no team {key!r}, or the token may not see it; known are: {known}"
            raise Refused(told, status=404, fields={"project": f"no team {key!r}"})
        return found

    def _team(self, key: str) -> Team | None:
        found = self._client.team(key)
        if found is None:
            return None
        states = sorted(nodes(found.get("states")), key=lambda each: float(each.get("position") or 0))
        return Team(id=str(found["id"]), key=str(found["key"]), states=tuple(states))

    def labels(self, team: Team, names: Sequence[str]) -> Mapping[str, str]:
        """Ids of labels by the names given, of the team before those of the workspace; unknown names are left out."""
        key = ("labels", team.id, *names)
        found = self._keep(key, lambda: self._labels(team, names) if names else {})
        if len(found) < len(names):
            self._kept.pop(key, None)
        return found

    def _labels(self, team: Team, names: Sequence[str]) -> dict[str, str]:
        usable = [each for each in self._client.labels(names) if not each.get("isGroup")]
        own = [each for each in usable if (each.get("team") or {}).get("id") == team.id]
        shared = [each for each in usable if not each.get("team")]
        ids = {str(each["name"]).casefold(): str(each["id"]) for each in (*shared, *own)}
        return {name: ids[name.casefold()] for name in names if name.casefold() in ids}

    def person(self, text: str) -> str | None:
        """The id of the one account of that e-mail or name; None where there is none, or more than one."""
        found = self._keep(("person", text.casefold()), lambda: self._client.people(text))
        exact = [each for each in found if str(each.get("email")).casefold() == text.casefold()] or found
        return str(exact[0]["id"]) if len(exact) == 1 else None

    def project(self, team: Team, name: str) -> str | None:
        """The id of the project of that name that the team shares."""
        found = self._keep(("project", name.casefold()), lambda: self._client.projects(name))
        return next(
            (str(each["id"]) for each in found if any(own.get("id") == team.id for own in nodes(each.get("teams")))),
            None,
        )


def priority(name: str) -> int | None:
    """Linear's number for a priority's name; None for a name that it does not have."""
    folded = name.strip().casefold()
    names = {each.casefold(): number for number, each in enumerate(PRIORITIES)} | _OTHER_WORDS
    return int(folded) if folded in {"0", "1", "2", "3", "4"} else names.get(folded)
