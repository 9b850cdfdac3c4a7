"""Reading: Jira's issue as JSON → a ticket, tolerantly."""

import re
from collections.abc import Iterable
from datetime import datetime

from vedette.integrations.jira.client import STAMP_PROPERTY, Json
from vedette.integrations.jira.text import LONGEST_LABEL
from vedette.model.tickets import Ticket, TicketRef, TicketState

# What `vedette.model.tickets.stamp_of` makes; the constant label and an operator's own labels are none.
_STAMP = re.compile(r"vedette-.+-\d+-.+-\d+")


class Reader:
    """Makes tickets of one Jira: knows its name, its address and which resolutions mean won't-do."""

    def __init__(self, name: str, *, url: str, wont_do: Iterable[str]) -> None:
        self._name = name
        self._url = url
        self._wont_do = frozenset(_folded(each) for each in wont_do)

    def ref(self, *, key: str, issue_id: str) -> TicketRef:
        """A reference from Jira's key and id."""
        return TicketRef(tracker=self._name, key=key, id=issue_id, url=f"{self._url}/browse/{key}")

    def ticket(self, issue: Json, *, as_of: datetime) -> Ticket:
        """A ticket from an issue read with `client.FIELDS`."""
        fields = issue.get("fields") or {}
        state = self.state(fields)
        labels = tuple(str(each) for each in fields.get("labels") or ())
        return Ticket(
            ref=self.ref(key=str(issue.get("key")), issue_id=str(issue.get("id"))),
            as_of=as_of,
            state=state,
            title=str(fields.get("summary") or ""),
            status=name_of(fields.get("status")),
            resolution=name_of(fields.get("resolution")),
            project=str((fields.get("project") or {}).get("key") or ""),
            labels=labels,
            stamp=stamp(issue),
            created_at=moment(fields.get("created")),
            closed_at=None if state is TicketState.OPEN else _closed_at(fields),
            priority=name_of(fields.get("priority")),
            changed_at=moment(fields.get("updated")),
        )

    def gone(self, ref: TicketRef, *, as_of: datetime) -> Ticket:
        """A ticket that is no more."""
        return Ticket(ref=ref, as_of=as_of, state=TicketState.GONE)

    def state(self, fields: Json) -> TicketState:
        """What the status means: its category decides, never its name; the resolution tells won't-do."""
        if category(fields.get("status")) != "done":
            return TicketState.OPEN
        # Many workflows have a status "Won't Do" and set no resolution.
        names = {_folded(name_of(fields.get("resolution"))), _folded(name_of(fields.get("status")))}
        return TicketState.WONT_DO if names & self._wont_do else TicketState.DONE


def stamp(issue: Json) -> str:
    """The stamp found on an issue: its property before its label, since a clone copies labels; "" without one."""
    kept = (issue.get("properties") or {}).get(STAMP_PROPERTY)
    if isinstance(kept, str) and kept:
        return kept
    labels = (issue.get("fields") or {}).get("labels") or ()
    return next((str(each) for each in labels if _STAMP.fullmatch(str(each))), "")


def carries(issue: Json, wanted: str) -> bool:
    """Whether an issue carries this very stamp as property or as label."""
    labels = (issue.get("fields") or {}).get("labels") or ()
    return (issue.get("properties") or {}).get(STAMP_PROPERTY) == wanted or label(wanted) in labels


def label(text: str) -> str:
    """A text as Jira takes it for a label: no blanks, at most 255 characters."""
    return "-".join(text.split())[:LONGEST_LABEL]


def has_link(summary: str, link: str) -> bool:
    """Whether the exact link stands in a summary: issue 12 is not issue 123, nor an event beneath it."""
    base = link.rstrip("/")
    return bool(base) and re.search(rf"{re.escape(base)}/?(?=$|[\s)\]>,;\"'])", summary) is not None


def category(status: Json | None) -> str:
    """The key of a status' category: new, indeterminate or done."""
    return str(((status or {}).get("statusCategory") or {}).get("key") or "")


def name_of(value: Json | None) -> str:
    """The name of a status, resolution, priority …; "" without one."""
    return str((value or {}).get("name") or "")


def moment(text: object) -> datetime | None:
    """Jira's date (2026-11-20T12:34:56.789+0000), or None where it is none."""
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None


def _closed_at(fields: Json) -> datetime | None:
    # A workflow may set no resolution and so no date; the last change is then the latest moment it can have been.
    dates = (fields.get(name) for name in ("resolutiondate", "statuscategorychangedate", "updated"))
    return next((at for at in map(moment, dates) if at), None)


def _folded(name: str) -> str:
    return name.replace("’", "'").casefold().strip()
