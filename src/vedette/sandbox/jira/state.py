"""The memory of a stand-in Jira: every ticket by id and by every key it ever had; each change is logged as it commits.

All of it is touched by the server's one loop only, so nothing here locks.
"""

import random
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from vedette.sandbox.jira.documents import sentry_links, text_of
from vedette.sandbox.jira.index import Index
from vedette.sandbox.jira.settings import Category, Config, Person, Project, Status, credentials
from vedette.sandbox.jira.tickets import Attached, Comment, Remote, Ticket
from vedette.sandbox.stage.events import sentry_events
from vedette.sandbox.stage.log import Log


class State:
    """Projects, tickets and what hangs on them, the search index over them, and the log of their changes."""

    def __init__(self, config: Config, *, log: Log) -> None:
        self.log = log
        self.draw = random.Random(config.seed)
        self.index = Index(lag=(0.0, 0.0), draw=random.Random(config.seed + 1))
        self.tickets: dict[int, Ticket] = {}
        self.attached: dict[int, Attached] = {}
        self.keys: dict[str, int] = {}
        self.numbers: defaultdict[str, int] = defaultdict(int)
        self.moved: set[int] = set()
        self.fault: str | None = None
        self._last_id = 10_000
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Take a new configuration; tickets stay."""
        self.config = config
        self.credentials = credentials(config)
        self.projects: dict[str, Project] = {project.key: project for project in config.projects}
        self.people: dict[str, Person] = {person.username: person for person in config.people}
        self.accounts: dict[str, Person] = {person.account_id: person for person in config.people}
        low, high = config.index_lag
        self.index.lag = (low * config.time_scale, high * config.time_scale)

    def fresh_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def project(self, key_or_id: str) -> Project | None:
        """Find a project the bot may see the existence of, by key (any case) or id."""
        found = self.projects.get(key_or_id.upper())
        return found or next((each for each in self.config.projects if each.id == key_or_id), None)

    def find(self, key_or_id: str) -> Ticket | None:
        """Find a ticket by id or by any key it ever had; None too where the bot may not browse."""
        number = int(key_or_id) if key_or_id.isdecimal() else self.keys.get(key_or_id.upper())
        ticket = self.tickets.get(number) if number is not None else None
        if ticket is None or not self.projects[ticket.project].browsable:
            return None
        return ticket

    def status(self, ticket: Ticket) -> Status:
        statuses = self.projects[ticket.project].workflow.statuses
        return next(status for status in statuses if status.name == ticket.status)

    def create(self, project: Project, **values: Any) -> Ticket:
        """Commit a new ticket in the project's first status; its number may skip some."""
        now, ticket_id = time.time(), self.fresh_id()
        number = self._next_number(project.key)
        ticket = Ticket(
            id=ticket_id,
            key=f"{project.key}-{number}",
            project=project.key,
            number=number,
            status=project.workflow.first,
            created=now,
            updated=now,
            **values,
        )
        self.attached[ticket_id] = Attached()
        return self._commit("create", ticket)

    def change(self, ticket: Ticket, *, op: str = "edit", **values: Any) -> Ticket:
        """Commit a new version of a ticket."""
        return self._commit(op, replace(ticket, **values))

    def enter(self, ticket: Ticket, status: Status) -> Ticket:
        """Commit a transition; the resolution is what the status says, and none outside of done."""
        return self.change(ticket, op="transition", status=status.name, resolution=status.resolution)

    def move(self, ticket: Ticket, project: Project) -> Ticket:
        """Commit a move to another project; the old key keeps resolving to the ticket."""
        number = self._next_number(project.key)
        self.moved.add(ticket.id)
        names = {status.name for status in project.workflow.statuses}
        kept = ticket.status in names
        return self.change(
            ticket,
            op="move",
            key=f"{project.key}-{number}",
            project=project.key,
            number=number,
            components=tuple(name for name in ticket.components if name in project.components),
            status=ticket.status if kept else project.workflow.first,
            resolution=ticket.resolution if kept else None,
        )

    def delete(self, ticket: Ticket) -> None:
        """Commit a deletion; its number is never used again, and searches still find it for a while."""
        self._note("delete", ticket)
        del self.tickets[ticket.id], self.attached[ticket.id]
        self.index.tell(ticket.id, None, now=time.monotonic())

    def comment(self, ticket: Ticket, body: Any, properties: tuple[dict[str, Any], ...]) -> Comment:
        comment = Comment(
            id=self.fresh_id(),
            author=self.config.bot,
            body=body,
            created=time.time(),
            properties=properties,
        )
        self.attached[ticket.id].comments.append(comment)
        self._commit("comment", ticket)
        return comment

    def link(self, ticket: Ticket, payload: dict[str, Any]) -> tuple[Remote, bool]:
        """Commit a remote link; the answer's second part says whether it is new."""
        links = self.attached[ticket.id].links
        number = self.fresh_id()
        global_id = payload.get("globalId") or f"link-{number}"
        old = links.get(global_id)
        kept = Remote(id=old.id if old else number, global_id=global_id, payload=payload)
        links[global_id] = kept
        self._commit("link", ticket)
        return kept, old is None

    def set_property(self, ticket: Ticket, key: str, value: Any) -> bool:
        """Commit an entity property; the answer says whether it is new."""
        properties = self.attached[ticket.id].properties
        new = key not in properties
        properties[key] = value
        self._note("property", ticket)
        return new

    def drop_property(self, ticket: Ticket, key: str) -> bool:
        """Commit the removal of an entity property, if there is one."""
        if self.attached[ticket.id].properties.pop(key, None) is None:
            return False
        self._note("property", ticket)
        return True

    def _next_number(self, project: str) -> int:
        gap = 0
        if self.config.gap_chance and self.draw.random() < self.config.gap_chance:
            gap = self.draw.randint(1, self.config.gap_most)
        self.numbers[project] += 1 + gap
        return self.numbers[project]

    def _commit(self, op: str, ticket: Ticket) -> Ticket:
        known = self.tickets.get(ticket.id)
        version = known.version + 1 if known else 1
        kept = replace(ticket, updated=time.time(), version=version)
        self.tickets[kept.id] = kept
        self.keys[kept.key] = kept.id
        self.index.tell(kept.id, kept, now=time.monotonic())
        self._note(op, kept)
        return kept

    def _note(self, op: str, ticket: Ticket) -> None:
        category: Category = self.status(ticket).category
        self.log.write(
            op,
            key=ticket.key,
            id=ticket.id,
            project=ticket.project,
            status=ticket.status,
            category=category.value,
            links=sentry_links(ticket.summary, ticket.description),
            events=sentry_events(text_of(ticket.summary), text_of(ticket.description)),
            fault=self.fault,
        )


def fresh(config: Config, *, log: Path | None = None, fsync: bool = False) -> State:
    """A state with no tickets, logging to a file when one is given."""
    return State(config, log=Log(log, fsync=fsync))
