"""Urgency: a task's priority, which in Asana is an enum field that the team made."""

from collections.abc import Sequence

from vedette.errors import Refused
from vedette.integrations.asana.client import AsanaClient
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.places import Option, Places, meant
from vedette.integrations.asana.reading import PRIORITY, folded, place
from vedette.model.tickets import TicketRef
from vedette.ports.http import Fence


class Urgency:
    """Reads and chooses the options of the field Priority in one workspace."""

    def __init__(self, client: AsanaClient, places: Places, config: Config) -> None:
        self._client = client
        self._places = places
        self._order = config.priorities

    def scale(self, ref: TicketRef) -> Sequence[str]:
        """The options, lowest first; () where the task's project has no such field.

        Asana gives options an order and no meaning; its templates put the highest first.
        """
        there = {folded(each.name): each.name for each in self._options(ref)[1]}
        named = [there[folded(each)] for each in self._order if folded(each) in there]
        return tuple(reversed(named or there.values()))

    def choose(self, ref: TicketRef, priority: str, *, fence: Fence) -> None:
        """Set the field; raises `Refused` where the project has no such option."""
        field, options = self._options(ref)
        chosen = next((each for each in options if folded(each.name) == folded(priority)), None)
        if chosen is None:
            known = [each.name for each in options]
            told = f"{self._client.name}: task {ref.key} can have no priority {priority}; {meant(priority, known)}"
            raise Refused(told, status=400)
        self._client.edit(ref.id or ref.key, {"custom_fields": {field: chosen.gid}}, fence=fence)

    def _options(self, ref: TicketRef) -> tuple[str, list[Option]]:
        project, _ = place(self._client.task(ref.id or ref.key))
        found = self._places.field(project, PRIORITY) if project else None
        if found is None or found.get("resource_subtype") != "enum":
            return "", []
        listed = self._places.options(project, field=PRIORITY)
        return str(found["gid"]), [each for each in listed if each.enabled]
