"""Workflow: a task's status, which in Asana is the section it stands in, and whether it is completed."""

from vedette.errors import Refused
from vedette.integrations.asana.client import AsanaClient, Json
from vedette.integrations.asana.places import Places, meant
from vedette.integrations.asana.reading import COMPLETED, Reader, folded, place, places
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence

_COMPLETE = frozenset({"completed", "complete", "done", "closed"})


class Workflow:
    """Moves tasks of one workspace."""

    def __init__(self, client: AsanaClient, reader: Reader, places: Places) -> None:
        self._client = client
        self._reader = reader
        self._places = places

    def move(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Put the task into the section of that name, completing it where the section means so; its name."""
        task = self._client.task(ref.id or ref.key)
        section = self._section(task, status)
        if section is None and folded(status) in _COMPLETE:
            self._complete(task, wanted=True, fence=fence)
            return COMPLETED
        if section is None:
            raise Refused(f"{self._client.name}: task {ref.key} has no section {status}; {self._known(task, status)}")
        return self._enter(task, section, fence=fence)

    def reopen(self, ref: TicketRef, status: str, *, fence: Fence) -> str:
        """Mark as not completed, and out of a section that means completed; the name of the section it then is in."""
        if status:
            return self.move(ref, status, fence=fence)
        task = self._client.task(ref.id or ref.key)
        self._complete(task, wanted=False, fence=fence)
        project, name = place(task)
        if not project or not self._reader.closes(name):
            return name
        opens = [each for each in self._places.sections(project) if not self._reader.closes(str(each.get("name")))]
        return self._enter(task, opens[0], fence=fence) if opens else name

    def close(self, ref: TicketRef, *, fence: Fence) -> str:
        """Mark as completed, wherever it stands."""
        self._complete(self._client.task(ref.id or ref.key), wanted=True, fence=fence)
        return COMPLETED

    def _enter(self, task: Json, section: Json, *, fence: Fence) -> str:
        name = str(section.get("name"))
        if name not in {each for _, each in places(task)}:
            self._client.place(str(task["gid"]), str(section["gid"]), fence=fence)
        self._complete(task, wanted=self._reader.closes(name), fence=fence)
        return name

    def _complete(self, task: Json, *, wanted: bool, fence: Fence) -> None:
        if bool(task.get("completed")) is not wanted:
            self._client.edit(str(task["gid"]), {"completed": wanted}, fence=fence)

    def _section(self, task: Json, status: str) -> Json | None:
        found = (self._places.section(project, status) for project, _ in places(task) if project)
        return next((each for each in found if each is not None), None)

    def _known(self, task: Json, status: str) -> str:
        names = [str(each.get("name")) for project, _ in places(task) for each in self._places.sections(project)]
        return meant(status, [*names, COMPLETED])
