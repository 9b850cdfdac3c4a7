"""Everything a stand-in remembers, and the changes that can be committed to it; each change leaves a line in the log.

All of it is touched by the server's one loop only, so nothing here locks.
"""

import random
import re
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

from vedette.sandbox.github.settings import Config, Repository
from vedette.sandbox.stage.events import sentry_events
from vedette.sandbox.stage.log import Log

_SENTRY_LINK = re.compile(r"https?://[^\s<>\"'|\]\[{}()]+?/issues/\d+")
Place = tuple[int, int]  # repository's id and number


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One version of one issue. `serial` stays what it was when the issue is transferred; GitHub's `id` does not."""

    id: int
    serial: int
    repository: int
    number: int
    title: str
    author: str
    created: float
    updated: float
    body: str | None = None
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    milestone: str = ""
    type: str = ""
    locked: bool = False
    state: str = "open"
    state_reason: str | None = None
    closed: float | None = None
    is_pull: bool = False
    former: tuple[Place, ...] = ()

    @property
    def place(self) -> Place:
        """Where it is now."""
        return self.repository, self.number


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """A remark under an issue."""

    id: int
    author: str
    body: str
    created: float


class State:
    """Repositories, issues and comments, where transferred ones went, and the log of all changes."""

    credentials = ""  # the desk asks the keys, since an App has many

    def __init__(self, config: Config, *, log: Log) -> None:
        self.log = log
        self.draw = random.Random(config.seed)
        self.issues: dict[int, Issue] = {}
        self.comments: defaultdict[int, list[Comment]] = defaultdict(list)
        self.places: dict[Place, int] = {}
        self.moved: dict[Place, Place] = {}
        self.deleted: set[Place] = set()
        self.searched: list[float] = []
        self.looked: list[float] = []
        self.fault: str | None = None
        self._numbers: defaultdict[int, int] = defaultdict(int)
        self._last_id = 3_000_000
        self.configure(config)

    def configure(self, config: Config) -> None:
        """Take a new configuration; issues stay, and so do labels that were made."""
        self.config = config
        self.repositories: dict[int, Repository] = {each.id: each for each in config.repositories}
        known = getattr(self, "labels", {})
        self.labels: dict[int, list[str]] = {
            each.id: list(dict.fromkeys((*each.labels, *known.get(each.id, ())))) for each in config.repositories
        }

    @property
    def bot(self) -> str:
        """The login that the caller's issues bear."""
        return f"{self.config.app.slug}[bot]" if self.config.app else self.config.bot

    def named(self, name: str) -> Repository | None:
        """A repository by owner and name, in any case."""
        return next((each for each in self.repositories.values() if each.name.casefold() == name.casefold()), None)

    def at(self, place: Place) -> Issue | None:
        """The issue that is at a place now."""
        return self.issues.get(self.places.get(place, -1))

    def fresh_id(self) -> int:
        """An id that nothing bears yet."""
        self._last_id += 1
        return self._last_id

    def create(self, repository: Repository, *, title: str, author: str, is_pull: bool = False) -> Issue:
        """Commit a new issue; pull requests take numbers of the same row."""
        now, number = time.time(), self._next_number(repository)
        issue_id = self.fresh_id()
        issue = Issue(
            id=issue_id,
            serial=issue_id,
            repository=repository.id,
            number=number,
            title=title,
            author=author,
            created=now,
            updated=now,
            is_pull=is_pull,
        )
        self.issues[issue.id] = issue
        self.places[issue.place] = issue.id
        return issue

    def commit(self, op: str, issue: Issue) -> Issue:
        """Commit a version of an issue."""
        kept = replace(issue, updated=time.time())
        self.issues[kept.id] = kept
        self._note(op, kept)
        return kept

    def close(self, issue: Issue, *, state: str, reason: str | None) -> Issue:
        """A version of an issue opened or closed."""
        closed = time.time() if state == "closed" else None
        return replace(issue, state=state, state_reason=reason, closed=issue.closed or closed if closed else None)

    def transfer(self, issue: Issue, target: Repository) -> Issue:
        """Commit a transfer: a new issue with a new id and number there, and a redirect where it was."""
        place = (target.id, self._next_number(target))
        del self.issues[issue.id], self.places[issue.place]
        kept = replace(
            issue,
            id=self.fresh_id(),
            repository=place[0],
            number=place[1],
            labels=tuple(each for each in issue.labels if each in self.labels[target.id]),
            assignees=tuple(each for each in issue.assignees if each in target.people),
            milestone="",
            former=(*issue.former, issue.place),
        )
        self.moved[issue.place] = place
        self.places[place] = kept.id
        self.comments[kept.id] = self.comments.pop(issue.id, [])
        return self.commit("move", kept)

    def delete(self, issue: Issue) -> None:
        """Commit a deletion; the number is never used again and answers 410."""
        self._note("delete", issue)
        self.deleted.add(issue.place)
        del self.issues[issue.id], self.places[issue.place]

    def comment(self, issue: Issue, body: str, *, author: str) -> Comment:
        """Commit a comment."""
        comment = Comment(id=self.fresh_id(), author=author, body=body, created=time.time())
        self.comments[issue.id].append(comment)
        self.commit("comment", issue)
        return comment

    def skip(self, repository: int, numbers: int) -> None:
        """Let discussions take numbers of the repository's one row."""
        self._numbers[repository] += numbers

    def key(self, issue: Issue) -> str:
        """An issue's address as people write it."""
        return f"{self.repositories[issue.repository].name}#{issue.number}"

    def _next_number(self, repository: Repository) -> int:
        self._numbers[repository.id] += 1
        return self._numbers[repository.id]

    def _note(self, op: str, issue: Issue) -> None:
        self.log.write(
            op,
            key=self.key(issue),
            id=issue.serial,
            project=self.repositories[issue.repository].name,
            status=issue.state_reason or issue.state,
            category="done" if issue.state == "closed" else "new",
            links=list(dict.fromkeys(_SENTRY_LINK.findall(f"{issue.title}\n{issue.body or ''}"))),
            events=sentry_events(f"{issue.title}\n{issue.body or ''}"),
            fault=self.fault,
        )


def fresh(config: Config, *, log: Path | None = None, fsync: bool = False) -> State:
    """A state with no issues, logging to a file when one is given."""
    return State(config, log=Log(log, fsync=fsync))
