"""Workflow: moving a ticket from status to status by name; Linear lets every status follow every other."""

from vedette.errors import Refused
from vedette.integrations.linear.client import LinearClient
from vedette.integrations.linear.outcomes import Json
from vedette.integrations.linear.reading import CLOSED, nodes, type_of
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence

# Where a reopened ticket goes that is told no status: to what nobody works on yet.
_OPEN_FIRST = ("unstarted", "backlog", "triage", "started")


class Workflow:
    """Statuses of one workspace."""

    def __init__(self, client: LinearClient) -> None:
        self._client = client

    def move(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Move to a status; raises `Refused` with what the team has where it has none of that name."""
        issue = self._read(ref)
        states = _states(issue)
        wanted = _named(states, status)
        if wanted is None:
            offer = ", ".join(repr(str(each["name"])) for each in states) or "nothing"
            raise Refused(f"{ref.key}: there is no status {status!r}: the team has {offer}", status=400)
        return self._enter(ref, issue, wanted, fence=fence)

    def reopen(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Leave the closed statuses, to `status` where the team has it; out of the archive too."""
        issue = self._read(ref)
        if issue.get("archivedAt"):
            self._client.unarchive(ref.id or ref.key, fence=fence)
        if type_of(issue) not in CLOSED:
            return _name(issue.get("state"))
        states = [each for each in _states(issue) if each.get("type") not in CLOSED]
        wanted = _named(states, status) or _first(states, _OPEN_FIRST)
        if wanted is None:
            raise Refused(f"{ref.key}: the team has no open status", status=400)
        return self._enter(ref, issue, wanted, fence=fence)

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Move to the first status of the type completed."""
        issue = self._read(ref)
        if type_of(issue) in CLOSED:
            return _name(issue.get("state"))
        wanted = _first(_states(issue), ("completed",))
        if wanted is None:
            raise Refused(f"{ref.key}: the team has no completed status", status=400)
        return self._enter(ref, issue, wanted, fence=fence)

    def _read(self, ref: TicketRef) -> Json:
        return self._client.workflow(ref.id or ref.key)

    def _enter(self, ref: TicketRef, issue: Json, wanted: Json, *, fence: Fence) -> str:
        if (issue.get("state") or {}).get("id") == wanted["id"]:
            return _name(wanted)
        done = self._client.update(ref.id or ref.key, {"stateId": str(wanted["id"])}, fence=fence)
        return _name(done.get("state")) or _name(wanted)


def _states(issue: Json) -> list[Json]:
    found = nodes((issue.get("team") or {}).get("states"))
    return sorted(found, key=lambda each: float(each.get("position") or 0))


def _named(states: list[Json], name: str) -> Json | None:
    return next((each for each in states if _name(each).casefold() == name.casefold()), None)


def _first(states: list[Json], types: tuple[str, ...]) -> Json | None:
    return next((each for kind in types for each in states if each.get("type") == kind), None)


def _name(state: Json | None) -> str:
    return str((state or {}).get("name") or "")
