"""Workflow: moving a ticket from status to status by name, whatever this project's workflow calls its transitions.

Moving is named by where it leads or by the transition's own name, in any case; being there already is success.
"""

from collections.abc import Callable, Iterable

from vedette.errors import Refused
from vedette.integrations.jira.client import JiraClient, Json
from vedette.integrations.jira.reading import category, name_of
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence

DONE = "done"
_RESOLUTIONS = ("Done", "Fixed", "Resolved", "Duplicate")


class Workflow:
    """Transitions of one Jira."""

    def __init__(self, client: JiraClient, *, wont_do: Iterable[str]) -> None:
        self._client = client
        self._wont_do = frozenset(each.casefold() for each in wont_do)
        # Where each transition was seen to lead, so that taking one a second time by its name is known as done.
        self._leads: dict[tuple[str, str], str] = {}

    def move(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Move to a status; raises `Refused` with what the workflow offers where no way leads there."""
        wanted = status.casefold()
        present = name_of(self._status(ref))
        if present.casefold() in (wanted, self._leads.get((_project(ref), wanted))):
            return present
        ways = self._ways(ref)
        way = _first(ways, lambda each: _target(each).casefold() == wanted)
        way = way or _first(ways, lambda each: name_of(each).casefold() == wanted)
        if way is None:
            told = f"{ref.key}: no way from {present!r} to {status!r}: the workflow offers {_offer(ways)}"
            raise Refused(told, status=400)
        return self._take(ref, way, fence=fence)

    def reopen(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Leave the done statuses, to `status` where a way leads there, if need be over another status first."""
        present = self._status(ref)
        if category(present) != DONE:
            return name_of(present)
        wanted = status.casefold()
        ways = [each for each in self._ways(ref) if category(each.get("to")) != DONE]
        direct = _first(ways, lambda each: wanted in (_target(each).casefold(), name_of(each).casefold()))
        if direct or not ways or not status:
            return self._take(ref, direct or self._some(ref, ways, "out of the done statuses"), fence=fence)
        reached = self._take(ref, ways[0], fence=fence)
        try:
            return self.move(ref, status, fence=fence)
        except Refused:
            return reached  # open again, which is what matters; the status' name is not

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Move to a done status, rather one that does not mean won't-do."""
        present = self._status(ref)
        if category(present) == DONE:
            return name_of(present)
        ways = [each for each in self._ways(ref) if category(each.get("to")) == DONE]
        way = _first(ways, lambda each: _target(each).casefold() not in self._wont_do)
        return self._take(ref, way or self._some(ref, ways, "to a done status"), fence=fence)

    def _status(self, ref: TicketRef) -> Json:
        issue = self._client.issue(ref.id or ref.key)
        if issue is None:
            raise Refused(f"{ref.key} is not there, or not for this account", status=404)
        return dict((issue.get("fields") or {}).get("status") or {})

    def _ways(self, ref: TicketRef) -> list[Json]:
        ways = [each for each in self._client.transitions(ref.id or ref.key) if each.get("isAvailable") is not False]
        self._leads |= {(_project(ref), name_of(each).casefold()): _target(each).casefold() for each in ways}
        return ways

    def _some(self, ref: TicketRef, ways: list[Json], where: str) -> Json:
        if not ways:
            raise Refused(f"{ref.key}: the workflow offers no way {where} to this account", status=400)
        return ways[0]

    def _take(self, ref: TicketRef, way: Json, *, fence: Fence) -> str:
        body: Json = {"transition": {"id": str(way.get("id"))}}
        resolution = _resolution(way)
        if resolution:
            body["fields"] = {"resolution": {"name": resolution}}
        self._client.transition(ref.id or ref.key, body, fence=fence)
        return _target(way)


def _resolution(way: Json) -> str:
    """The resolution to send where the transition's screen demands one and has no default; else ""."""
    field = (way.get("fields") or {}).get("resolution") or {}
    if not field.get("required") or field.get("hasDefaultValue"):
        return ""
    names = [name_of(each) for each in field.get("allowedValues") or ()]
    return next((each for each in _RESOLUTIONS if each in names), names[0] if names else "")


def _project(ref: TicketRef) -> str:
    return ref.key.rpartition("-")[0]


def _target(way: Json) -> str:
    return name_of(way.get("to"))


def _first(ways: list[Json], test: Callable[[Json], bool]) -> Json | None:
    return next((each for each in ways if test(each)), None)


def _offer(ways: list[Json]) -> str:
    return ", ".join(f"{name_of(each)!r} (to {_target(each)!r})" for each in ways) or "nothing"
