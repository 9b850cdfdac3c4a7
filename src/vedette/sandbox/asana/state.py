"""The memory of a stand-in Asana: tasks, their stories and places; each change is logged as it commits.

All of it is touched by the server's one loop only, so nothing here locks. Lists are consistent at once, as Asana's are;
only the search lags.
"""

import random
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vedette.sandbox.asana import richtext
from vedette.sandbox.asana.settings import Config, CustomField, Person, Portfolio, Project, Section, Tag
from vedette.sandbox.stage.events import sentry_events
from vedette.sandbox.stage.log import Log

OPEN, DONE = "new", "done"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One version of one task; `places` are pairs of project and section."""

    id: int
    name: str
    created: float
    modified: float
    html_notes: str = "<body></body>"
    places: tuple[tuple[str, str], ...] = ()
    assignee: str | None = None
    due_on: str | None = None
    completed_at: float | None = None
    tags: tuple[str, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)
    external: dict[str, str] = field(default_factory=dict)

    @property
    def gid(self) -> str:
        return str(self.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A comment, or Asana's own line about a change."""

    id: int
    author: str
    html_text: str
    created: float
    comment: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """A webhook on a project; `secret` is what the handshake agreed on."""

    gid: str
    resource: str
    target: str
    secret: str


class State:
    """Projects, tasks, stories, and the log of their changes."""

    def __init__(self, config: Config, *, log: Log) -> None:
        self.log = log
        self.draw = random.Random(config.seed)
        self.tasks: dict[int, Task] = {}
        self.stories: dict[int, list[Story]] = {}
        self.webhooks: list[Webhook] = []
        self.fault: str | None = None
        self._last_id = 120_000_000
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Take a new configuration; tasks stay."""
        self.config = config
        self.credentials = f"Bearer {config.token}"
        self.projects: dict[str, Project] = {each.gid: each for each in config.projects}
        self.people: dict[str, Person] = {each.gid: each for each in config.people}
        self.fields: dict[str, CustomField] = {each.gid: each for each in config.fields}
        self.portfolios: dict[str, Portfolio] = {each.gid: each for each in config.portfolios}
        self.tags: dict[str, Tag] = {each.gid: each for each in config.tags}
        self.sections: dict[str, tuple[Section, Project]] = {
            section.gid: (section, project) for project in config.projects for section in project.sections
        }

    def fresh_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def create(self, **values: Any) -> Task:
        """Commit a new task."""
        now, number = time.time(), self.fresh_id()
        self.stories[number] = []
        return self._commit("create", Task(id=number, created=now, modified=now, **values))

    def change(self, task: Task, *, op: str = "edit", **values: Any) -> Task:
        """Commit a new version of a task, and Asana's own line about it where it was completed or moved."""
        kept = self._commit(op, replace(task, **values))
        if (kept.completed_at is None) != (task.completed_at is None) or kept.places != task.places:
            line = richtext.rich("changed the task")
            story = Story(
                id=self.fresh_id(), author=self.config.bot, html_text=line, created=time.time(), comment=False
            )
            self.stories[task.id].append(story)
        return kept

    def place(self, task: Task, project: str, section: str, *, op: str = "move") -> Task:
        """Commit a place in a project; its other projects stay."""
        others = tuple(each for each in task.places if each[0] != project)
        return self.change(task, op=op, places=(*others, (project, section)))

    def add_place(self, task: Task, project: str, section: str) -> Task:
        """Commit one more project; those where it stands keep their order."""
        places = dict(task.places) | {project: section}
        return self.change(task, op="multihome", places=tuple(places.items()))

    def delete(self, task: Task) -> None:
        """Commit a deletion."""
        self._note("delete", task)
        del self.tasks[task.id], self.stories[task.id]

    def comment(self, task: Task, html_text: str) -> Story:
        """Commit a comment."""
        story = Story(id=self.fresh_id(), author=self.config.bot, html_text=html_text, created=time.time())
        self.stories[task.id].append(story)
        self._commit("comment", task)
        return story

    def _commit(self, op: str, task: Task) -> Task:
        kept = replace(task, modified=time.time())
        self.tasks[kept.id] = kept
        self._note(op, kept)
        return kept

    def _note(self, op: str, task: Task) -> None:
        project, section = task.places[0] if task.places else ("", "")
        self.log.write(
            op,
            key=task.gid,
            id=task.id,
            project=project,
            status=self.sections[section][0].name if section in self.sections else "",
            category=OPEN if task.completed_at is None else DONE,
            links=richtext.sentry_links(task.name, task.html_notes),
            events=sentry_events(task.name, task.html_notes),
            fault=self.fault,
        )


def fresh(config: Config, *, log: Path | None = None, fsync: bool = False) -> State:
    """A state with no tasks, logging to a file when one is given."""
    return State(config, log=Log(log, fsync=fsync))
