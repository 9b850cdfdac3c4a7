"""Reading: Asana's task as JSON → a ticket, tolerantly; and the two lines in the notes by which it is known again."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from html import escape

from vedette.integrations.asana.client import Json
from vedette.integrations.asana.config import Config
from vedette.integrations.asana.markup import anchor
from vedette.model.tickets import Ticket, TicketRef, TicketState

COMPLETED = "Completed"
PRIORITY = "Priority"  # Asana has no priority of its own; this is how its templates call the field
# What `vedette.model.tickets.stamp_of` makes.
_STAMP = re.compile(r"vedette-.+-\d+-.+-\d+")
_STAMP_LINE = re.compile(r"^Vedette's key: (\S+)[ \t]*$", re.MULTILINE)
_PROJECT = re.compile(r"/project/(\d+)/task/|/0/(\d+)/\d+")


def footer(*, link: str, stamp: str) -> str:
    """The last lines of the notes: the link, and the stamp where no field holds it."""
    line = f"\nVedette's key: {escape(stamp)}" if stamp else ""
    return f"\nSentry issue: {anchor(link)}{line}"


class Reader:
    """Makes tickets of one Asana: knows its name, where the stamp stands and which sections mean what."""

    def __init__(self, name: str, config: Config) -> None:
        self._name = name
        self._field = folded(config.stamp_field)
        self._wont_do = frozenset(map(folded, config.wont_do_sections))
        self._closed = self._wont_do | frozenset(map(folded, config.done_sections))

    def ref(self, task: Json) -> TicketRef:
        """A reference to a task; a task has no key but its gid."""
        gid = str(task.get("gid"))
        url = str(task.get("permalink_url") or f"https://app.asana.com/0/0/{gid}/f")
        return TicketRef(tracker=self._name, key=gid, id=gid, url=url)

    def closes(self, section: str) -> bool:
        """Whether a task is completed by being put into a section of that name."""
        return folded(section) in self._closed

    def ticket(self, task: Json, *, as_of: datetime) -> Ticket:
        """A ticket from a task read with the client's fields."""
        state, (project, section) = self.state(task), place(task)
        return Ticket(
            ref=self.ref(task),
            as_of=as_of,
            state=state,
            title=str(task.get("name") or ""),
            status=COMPLETED if state is TicketState.DONE else section,
            resolution=section if state is TicketState.WONT_DO else "",
            project=project,
            labels=tuple(str(each.get("name")) for each in task.get("tags") or ()),
            stamp=self.stamp(task),
            created_at=moment(task.get("created_at")),
            closed_at=None if state is TicketState.OPEN else moment(task.get("completed_at")),
            priority=_priority(task),
            changed_at=moment(task.get("modified_at")),
        )

    def gone(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        """A ticket that is no more."""
        return Ticket(ref=ref, as_of=as_of, state=TicketState.GONE)

    def state(self, task: Json) -> TicketState:
        """Completed or not is what counts; the section tells won't-do from done."""
        if not task.get("completed"):
            return TicketState.OPEN
        sections = {folded(name) for _, name in places(task)}
        return TicketState.WONT_DO if sections & self._wont_do else TicketState.DONE

    def stamp(self, task: Json) -> str:
        """The stamp on a task: an app's own data, else the field, else the last such line of the notes.

        A copied task takes field and notes along, the app's data not. The *last* line, since what stands above it
        came from an error, and whoever causes the error writes it.
        """
        for kept in (str((task.get("external") or {}).get("gid") or ""), self.field_stamp(task), *_lines(task)):
            if _STAMP.fullmatch(kept):
                return kept
        return ""

    def field_stamp(self, task: Json) -> str:
        """What the stamp field holds; "" without one."""
        fields = task.get("custom_fields") or ()
        ours = (each for each in fields if self._field and self._field in (each.get("gid"), folded(each.get("name"))))
        return next((str(each.get("text_value") or "") for each in ours), "")


def _priority(task: Json) -> str:
    """What the field Priority shows; "" without one. In more than one project it is one field, or the first counts."""
    fields = task.get("custom_fields") or ()
    shown = (each.get("display_value") for each in fields if folded(each.get("name")) == folded(PRIORITY))
    return str(next(shown, None) or "")


def _lines(task: Json) -> Iterator[str]:
    yield from _STAMP_LINE.findall(str(task.get("notes") or ""))[-1:]


def places(task: Json) -> list[tuple[str, str]]:
    """Pairs of a project's gid and a section's name, one for each project that the task is in."""
    listed = task.get("memberships") or ()
    return [
        (str((each.get("project") or {}).get("gid") or ""), str((each.get("section") or {}).get("name") or ""))
        for each in listed
    ]


def place(task: Json) -> tuple[str, str]:
    """The first of the places; empty texts where it is in no project."""
    return next(iter(places(task)), ("", ""))


def has_link(task: Json, link: str) -> bool:
    """Whether the exact link stands in title or notes: issue 12 is not issue 123, nor an event beneath it."""
    base = link.rstrip("/")
    text = f"{task.get('name')}\n{task.get('notes')}"
    return bool(base) and re.search(rf"{re.escape(base)}/?(?=$|[\s)\]>,;\"'])", text) is not None


def project_of(ref: TicketRef) -> str:
    """The gid of the project in a ticket's address; "" where none stands in it."""
    found = _PROJECT.search(ref.url)
    gid = (found[1] or found[2]) if found else ""
    return "" if gid == "0" else gid


def oldest_first(tickets: Iterable[Ticket]) -> tuple[Ticket, ...]:
    """Tickets by their creation, then by their gid, which Asana counts upwards."""
    never = datetime.max.replace(tzinfo=UTC)
    return tuple(sorted(tickets, key=lambda each: (each.created_at or never, len(each.ref.id), each.ref.id)))


def moment(text: object) -> datetime | None:
    """Asana's date (2026-11-20T12:34:56.789Z), or None where it is none; its fraction may be missing."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def folded(name: object) -> str:
    """A name as it is compared: without case, outer blanks, or curly apostrophes."""
    return str(name or "").replace("’", "'").casefold().strip()
