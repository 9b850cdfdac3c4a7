"""Refreshing: the present state of many tasks in few calls, and whether a task that does not answer is gone.

A project's list of open tasks answers a hundred tickets at once; what is not in it is read by itself.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from vedette.errors import Refused
from vedette.integrations.asana.client import PAGE, AsanaClient, Json
from vedette.integrations.asana.reading import Reader, project_of
from vedette.model.tickets import Ticket, TicketRef

# Below this many tickets of one project, reading each costs no more than listing.
_FEW = 4


class Refreshing:
    """Reads tickets of one workspace."""

    def __init__(self, client: AsanaClient, reader: Reader) -> None:
        self._client = client
        self._reader = reader

    def read(self, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
        """Tickets by id; a deleted one is GONE. Raises `Refused` where its whole project cannot be seen."""
        as_of = datetime.now(UTC)
        listed = self._listed(refs, as_of=as_of)
        known = {gid: self._reader.ticket(task, as_of=as_of) for gid, task in listed.items()}
        return {ref.id or ref.key: known.get(ref.id or ref.key) or self._one(ref, as_of=as_of) for ref in refs}

    def changed(self, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
        """Those that their projects list as modified; one whose project is not known is read by itself."""
        as_of = datetime.now(UTC)
        found: dict[str, Ticket] = {}
        for project, wanted in _by_project(refs).items():
            if not project:
                found |= {gid: self._one(ref, as_of=as_of) for ref in refs if (gid := ref.id or ref.key) in wanted}
                continue
            listed = self._client.tasks(project, modified_since=since)
            ours = {str(task["gid"]): task for task in listed if task.get("gid") in wanted}
            found |= {gid: self._reader.ticket(task, as_of=as_of) for gid, task in ours.items()}
        return found

    def _listed(self, refs: Sequence[TicketRef], *, as_of: datetime) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for project, wanted in _by_project(refs).items():
            if project and len(wanted) >= _FEW:
                found |= self._of(project, wanted, as_of=as_of)
        return found

    def _of(self, project: str, wanted: set[str], *, as_of: datetime) -> dict[str, Json]:
        """Those of the wanted tasks that are open in a project, until more pages held none of them than are missing."""
        found: dict[str, Json] = {}
        barren = 0
        try:
            for task in self._client.tasks(project, completed_since=as_of):
                ours = task.get("gid") in wanted
                barren = 0 if ours else barren + 1
                if ours:
                    found[str(task["gid"])] = task
                if barren // PAGE >= len(wanted) - len(found):
                    break
        except Refused:
            return found  # each is then read by itself, which tells why
        return found

    def _one(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        try:
            return self._reader.ticket(self._client.task(ref.id or ref.key), as_of=as_of)
        except Refused as refusal:
            if refusal.status not in (403, 404):
                raise
        self._prove_sight(ref)
        return self._reader.gone(ref, as_of=as_of)

    def _prove_sight(self, ref: TicketRef) -> None:
        """Raises where we see nothing at all: a lost membership must not look like a hundred deleted tickets.

        A project that was itself deleted (404, not 403) took its tasks along.
        """
        project = project_of(ref)
        if self._client.the_workspace() is None:
            what = f"workspace {self._client.workspace}"
        elif project and self._client.is_closed_to_us(project):
            what = f"project {project}"
        else:
            return
        raise Refused(
            f"{self._client.name}: task {ref.key} cannot be read and is not known to be deleted, since {what} cannot "
            "be seen: give the token's account access to it",
            status=403,
        )


def _by_project(refs: Sequence[TicketRef]) -> dict[str, set[str]]:
    """Gids of tickets by the project in their address; "" where none stands in it."""
    groups: dict[str, set[str]] = {}
    for ref in refs:
        groups.setdefault(project_of(ref), set()).add(ref.id or ref.key)
    return groups
