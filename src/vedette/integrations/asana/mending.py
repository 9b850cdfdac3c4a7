"""Mending: reading a new task back, putting right what it lacks, and telling what stays wrong."""

from collections.abc import Iterator
from datetime import UTC, datetime

from vedette.errors import Refused
from vedette.integrations.asana.client import AsanaClient, Json
from vedette.integrations.asana.drafting import Drafted, Drafting
from vedette.integrations.asana.places import Places
from vedette.integrations.asana.reading import Reader, has_link, places
from vedette.integrations.asana.remarks import Remarks
from vedette.model.tickets import TicketDraft, TicketRef
from vedette.ports.http import Fence

_MENDED = ("assignee", "due_on")


class Mender:
    """Reads back and repairs tasks of one workspace."""

    def __init__(self, client: AsanaClient, reader: Reader, places: Places, drafting: Drafting) -> None:
        self._client = client
        self._reader = reader
        self._places = places
        self._drafting = drafting
        self._remarks = Remarks(client)

    def mend(self, ref: TicketRef, draft: TicketDraft, *, fence: Fence) -> list[str]:
        """Put stamp, link, section and fields right; a sentence for each thing that the task still does not have."""
        gid = ref.id or ref.key
        task = self._client.task(gid)
        # A task that a person moved is judged by the fields of where it is.
        project = next((each for each, _ in places(task)), "") or self._places.project(draft.route.project)
        made = self._drafting.drafted(draft, project=project, now=datetime.now(UTC))
        wrong = list(self._also(task, draft, fence=fence))
        wrong += [*self._edit(gid, self._lacking(task, made), fence=fence), *self._place(task, made, fence=fence)]
        wrong += self._tags(task, made, fence=fence)
        if not has_link(task, draft.link):
            self._remarks.link(ref, url=draft.link, title=draft.link, fence=fence)
        if self._reader.stamp(task) != draft.stamp:
            wrong += self._stamp(gid, draft, fence=fence)
        return [*made.lost, *wrong]

    def _also(self, task: Json, draft: TicketDraft, *, fence: Fence) -> Iterator[str]:
        """Into the further projects: a call for each, so that one which refuses costs only itself."""
        present = dict(places(task))
        for place in draft.also:
            if place.project in present:
                continue
            section = self._places.section(place.project, place.section) if place.section else None
            if place.section and section is None:
                yield f"section {place.section}: left out, project {place.project} has none of that name"
            gid = str(section["gid"]) if section else ""
            try:
                self._client.add_project(str(task["gid"]), place.project, section=gid, fence=fence)
            except Refused as refusal:
                yield f"project {place.project}: the task does not stand in it too ({refusal})"

    def _lacking(self, task: Json, made: Drafted) -> Json:
        """What of the data the task does not have at all; a value that a person changed meanwhile stays."""
        filled = {str(each.get("gid")) for each in task.get("custom_fields") or () if each.get("display_value")}
        values = {gid: value for gid, value in (made.data.get("custom_fields") or {}).items() if gid not in filled}
        lacking = {name: made.data[name] for name in _MENDED if made.data.get(name) and not task.get(name)}
        return lacking | ({"custom_fields": values} if values else {})

    def _edit(self, gid: str, lacking: Json, *, fence: Fence) -> Iterator[str]:
        values = lacking.pop("custom_fields", {})
        # Each by itself, since Asana refuses all for one.
        edits = [{name: value} for name, value in lacking.items()]
        edits += [{"custom_fields": {name: value}} for name, value in values.items()]
        for edit in edits:
            try:
                self._client.edit(gid, edit, fence=fence)
            except Refused as refusal:
                yield f"{', '.join(edit)}: not kept ({refusal})"

    def _tags(self, task: Json, made: Drafted, *, fence: Fence) -> Iterator[str]:
        """Tags are no field: each is put on by a call of its own."""
        present = {str(each.get("gid")) for each in task.get("tags") or ()}
        for tag in made.data.get("tags") or ():
            if tag in present:
                continue
            try:
                self._client.add_tag(str(task["gid"]), tag, fence=fence)
            except Refused as refusal:
                yield f"tag {tag}: not kept ({refusal})"

    def _place(self, task: Json, made: Drafted, *, fence: Fence) -> Iterator[str]:
        """Into the section where the task stands in the project's first one: nobody has sorted it yet."""
        for wanted in made.data.get("memberships") or ():
            project, section = str(wanted["project"]), str(wanted["section"])
            listed = self._places.sections(project)
            name = next((str(each.get("name")) for each in listed if each.get("gid") == section), "")
            present = dict(places(task)).get(project)
            first = str(listed[0].get("name")) if listed else ""
            if present is None or present == name or present != first:
                continue
            try:
                self._client.place(str(task["gid"]), section, fence=fence)
            except Refused as refusal:
                yield f"section {name}: the task is not in it ({refusal})"

    def _stamp(self, gid: str, draft: TicketDraft, *, fence: Fence) -> Iterator[str]:
        task = self._client.task(gid)
        if self._reader.stamp(task) == draft.stamp:
            return
        whole = self._client.html_notes(gid) or "<body></body>"
        line = f"\nVedette's key: {draft.stamp}</body>"
        try:
            self._client.edit(gid, {"html_notes": whole.removesuffix("</body>") + line}, fence=fence)
        except Refused as refusal:
            yield f"key {draft.stamp}: not kept ({refusal})"
