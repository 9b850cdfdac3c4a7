"""Everything a stand-in remembers, and the changes that can be committed to it; each change leaves a line in the log.

All of it is touched by the server's one loop only, so nothing here locks.
"""

import random
import re
import time
import uuid
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vedette.sandbox.linear.settings import Config, Label, Person, Project, Team, WorkflowState, known_id
from vedette.sandbox.stage.events import sentry_events
from vedette.sandbox.stage.log import Log

_SENTRY_LINK = re.compile(r"https?://[^\s<>\"'|\]\[{}()]+?/issues/\d+")
# The judge of a storm knows three kinds of status.
_CATEGORIES = {"started": "indeterminate", "completed": "done", "canceled": "done", "duplicate": "done"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One version of one issue."""

    id: str
    serial: int
    team: str
    number: int
    title: str
    state: str
    created: float
    updated: float
    description: str = ""
    priority: int = 0
    labels: tuple[str, ...] = ()
    assignee: str = ""
    project: str = ""
    completed: float | None = None
    canceled: float | None = None
    archived: float | None = None
    trashed: bool = False
    former: tuple[str, ...] = ()

    @property
    def identifier(self) -> str:
        return f"{self.team}-{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A remark under an issue."""

    id: str
    issue: str
    body: str
    created: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A link out of Linear; the same `url` on the same issue is the same attachment."""

    id: str
    issue: str
    url: str
    title: str
    created: float
    subtitle: str | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class State:
    """Teams, issues and what hangs on them, and the log of their changes."""

    def __init__(self, config: Config, *, log: Log) -> None:
        self.log = log
        self.draw = random.Random(config.seed)
        self.issues: dict[str, Issue] = {}
        self.keys: dict[str, str] = {}
        self.comments: dict[str, Comment] = {}
        self.attachments: dict[str, Attachment] = {}
        self.made_labels: list[Label] = []
        self.fault: str | None = None
        self.changes = 0
        self._numbers: dict[str, int] = {}
        self._last_serial = 0
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Take a new configuration; issues stay."""
        self.config = config
        self.teams: dict[str, Team] = {team.key: team for team in config.teams}
        self.people: dict[str, Person] = {person.id: person for person in config.people}
        self.projects: dict[str, Project] = {project.id: project for project in config.projects}

    @property
    def labels(self) -> dict[str, Label]:
        """Labels by id, those of the configuration and those made since."""
        return {label.id: label for label in (*self.config.labels, *self.made_labels)}

    @property
    def organization_id(self) -> str:
        return known_id(f"organization {self.config.organization}")

    def fresh_id(self) -> str:
        return str(uuid.UUID(int=self.draw.getrandbits(128), version=4))

    def team(self, team_id: str) -> Team | None:
        """A team that the bot may see, by id."""
        return next((team for team in self.config.teams if team.id == team_id and team.visible), None)

    def find(self, id_or_key: str) -> Issue | None:
        """An issue by id or by any identifier it ever had, where the bot may see its team."""
        issue = self.issues.get(self.keys.get(id_or_key.upper(), id_or_key))
        return issue if issue and self.teams[issue.team].visible else None

    def status(self, issue: Issue) -> WorkflowState:
        return next(state for state in self.teams[issue.team].states if state.id == issue.state)

    def create(self, issue_id: str, team: Team, **values: Any) -> Issue:
        """Commit a new issue."""
        now = time.time()
        self._last_serial += 1
        number = self._next_number(team)
        issue = Issue(
            id=issue_id, serial=self._last_serial, team=team.key, number=number, created=now, updated=now, **values
        )
        return self.commit("create", issue)

    def enter(self, issue: Issue, status: WorkflowState, *, op: str = "transition", **values: Any) -> Issue:
        """Commit a change of status; the dates of the end are Linear's own doing."""
        now = time.time()
        completed = now if status.type == "completed" else None
        canceled = now if status.type in ("canceled", "duplicate") else None
        return self.commit(op, replace(issue, state=status.id, completed=completed, canceled=canceled, **values))

    def move(self, issue: Issue, team: Team) -> Issue:
        """Commit a move to another team: a new identifier, the old one still leads here; team labels fall off."""
        present = self.status(issue)
        fitting = [each for each in team.states if each.name == present.name]
        status = fitting[0] if fitting else next(each for each in team.states if each.name == team.first)
        return self.commit(
            "move",
            replace(
                issue,
                former=(*issue.former, issue.identifier),
                team=team.key,
                number=self._next_number(team),
                state=status.id,
                labels=tuple(each for each in issue.labels if self.labels[each].team in ("", team.key)),
                project=issue.project if issue.project and team.key in self.projects[issue.project].teams else "",
            ),
        )

    def archive(self, issue: Issue, *, trashed: bool) -> Issue:
        """Commit an archiving, or with `trashed` a deletion, which is an archiving that ends after 30 days."""
        kept = replace(issue, archived=time.time(), trashed=trashed)
        return self.commit("delete" if trashed else "archive", kept)

    def destroy(self, issue: Issue) -> None:
        """Commit the deletion of which nothing stays; the identifier is never used again."""
        self._note("delete", issue)
        del self.issues[issue.id]

    def comment(self, comment_id: str, issue: Issue, body: str) -> Comment:
        comment = Comment(id=comment_id, issue=issue.id, body=body, created=time.time())
        self.comments[comment.id] = comment
        self.commit("comment", issue)
        return comment

    def attach(self, attachment: Attachment, issue: Issue) -> Attachment:
        """Commit an attachment; one with the same url on the same issue is replaced and keeps its id."""
        old = next((each for each in self.attached(issue) if each.url == attachment.url), None)
        kept = replace(attachment, id=old.id, created=old.created) if old else attachment
        self.attachments[kept.id] = kept
        self.commit("link", issue)
        return kept

    def attached(self, issue: Issue) -> list[Attachment]:
        return [each for each in self.attachments.values() if each.issue == issue.id]

    def remarks(self, issue: Issue) -> list[Comment]:
        return [each for each in self.comments.values() if each.issue == issue.id]

    def commit(self, op: str, issue: Issue) -> Issue:
        """Commit a version of an issue."""
        kept = replace(issue, updated=time.time())
        self.issues[kept.id] = kept
        self.keys[kept.identifier] = kept.id
        self.changes += 1
        self._note(op, kept)
        return kept

    def _next_number(self, team: Team) -> int:
        self._numbers[team.key] = self._numbers.get(team.key, 0) + 1
        return self._numbers[team.key]

    def _note(self, op: str, issue: Issue) -> None:
        status = self.status(issue)
        self.log.write(
            op,
            key=issue.identifier,
            id=issue.serial,
            project=issue.team,
            status=status.name,
            category=_CATEGORIES.get(status.type, "new"),
            links=list(dict.fromkeys(_SENTRY_LINK.findall(f"{issue.title}\n{issue.description}"))),
            events=sentry_events(f"{issue.title}\n{issue.description}"),
            fault=self.fault,
            uuid=issue.id,
        )


def fresh(config: Config, *, log: Path | None = None, fsync: bool = False) -> State:
    """A state with no issues, logging to a file when one is given."""
    return State(config, log=Log(log, fsync=fsync))
