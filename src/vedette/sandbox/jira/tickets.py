"""The nouns a stand-in Jira keeps: tickets, comments, remote links. A change makes a new ticket, never alters one."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One version of one issue; the search index holds old versions, which is what makes its hits stale."""

    id: int
    key: str
    project: str
    number: int
    type: str
    summary: str
    status: str
    created: float
    updated: float
    version: int = 1
    description: Any = None
    resolution: str | None = None
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    priority: str | None = None
    assignee: str | None = None
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A remark under a ticket, as text (Data Center) or as a document (Cloud)."""

    id: int
    author: str
    body: Any
    created: float
    properties: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True, kw_only=True)
class Remote:
    """A link out of Jira; the same `global_id` on the same ticket is the same link."""

    id: int
    global_id: str
    payload: dict[str, Any]


@dataclass(slots=True)
class Attached:
    """What hangs on a ticket and is not searched: comments, remote links, entity properties."""

    comments: list[Comment] = field(default_factory=list)
    links: dict[str, Remote] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
