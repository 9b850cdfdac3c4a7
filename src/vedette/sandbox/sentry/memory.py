"""Memory: the projects' issues and occurrences, and what happens to them.

Touched by the server's own thread only; a test reads it, and changes it over HTTP.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from vedette.sandbox.sentry import grouping
from vedette.sandbox.sentry.records import Comment, Issue, Link, Occurrence
from vedette.sandbox.sentry.settings import Person, Project, StandInConfig
from vedette.sandbox.sentry.tides import Arrival, Tides, Traits

#: Occurrences kept per issue; older ones are counted, not shown.
KEPT = 200


class Ingested(NamedTuple):
    """What one event did."""

    occurrence: Occurrence
    issue: Issue
    new: bool
    regressed: bool


@dataclass(slots=True)
class _Ids:
    """Counters of the ids handed out; issues start high enough to look like a lived-in server."""

    issue: int = 4000
    comment: int = 50
    link: int = 700


class Memory:
    """All rows of one stand-in."""

    def __init__(self, config: StandInConfig) -> None:
        self.config = config
        self.projects = {project.slug: project for project in config.projects}
        self.issues: dict[int, Issue] = {}
        self.occurrences: dict[str, Occurrence] = {}
        #: Events of heaps, made up when a list told of them.
        self.made_up: dict[str, Occurrence] = {}
        self.merged: dict[int, int] = {}
        #: What was dropped or filtered: project id, hour, outcome, reason; accepted events are counted themselves.
        self.dropped: Counter[tuple[int, int, str, str]] = Counter()
        self._by_hash: dict[tuple[int, str], int] = {}
        self._numbers: Counter[int] = Counter()
        self._ids = _Ids()

    def project(self, name: str) -> Project | None:
        """A project by slug or numeric id."""
        if name in self.projects or not name.isdecimal():
            return self.projects.get(name)
        return next((project for project in self.projects.values() if str(project.id) == name), None)

    def register(self, project: Project, *, instead_of: Project | None = None) -> None:
        """Know a new project, or an old one under new words: its issues and occurrences go with it."""
        if instead_of is not None:
            del self.projects[instead_of.slug]
        self.projects[project.slug] = project
        held = [issue for issue in self.issues.values() if issue.project == instead_of]
        for issue in held:
            issue.project = project
            for event in issue.occurrences:
                self.occurrences[event].project = project

    def unregister(self, project: Project) -> None:
        """Forget a project and all that it recorded."""
        self.projects.pop(project.slug, None)
        for issue in [issue for issue in self.issues.values() if issue.project == project]:
            self.forget(issue)

    def issue(self, number: int | str) -> Issue | None:
        """An issue by id; a merged child answers with its parent, as Sentry's redirect does."""
        if not str(number).isdecimal():
            return None
        wanted = int(number)
        return self.issues.get(self.merged.get(wanted, wanted))

    def by_short_id(self, short_id: str) -> Issue | None:
        """An issue by SHOP-3, whatever the case."""
        return next((issue for issue in self.issues.values() if issue.short_id == short_id.upper()), None)

    def ingest(self, project: Project, stored: dict[str, Any]) -> Ingested:
        """Put a normalised event into its issue, which is made when it is the first of its kind."""
        at, digest = float(stored["timestamp"]), stored["hashes"][0]
        known = self.issues.get(self._by_hash.get((project.id, digest), 0))
        issue = known or self._open(project, stored, at)
        self._bind(issue, digest)
        occurrence = Occurrence(stored["event_id"], project, issue.id, at, float(stored["received"]), stored)
        self._keep(issue, occurrence)
        regressed = known is not None and issue.status == "resolved"
        if regressed:
            self.change_status(issue, "unresolved", at=occurrence.received, substatus="regressed")
        return Ingested(occurrence, issue, known is None, regressed)

    def add(self, issue: Issue) -> Issue:
        """Keep an issue that was made elsewhere (seeded, or torn off another)."""
        self.issues[issue.id] = issue
        for digest in issue.hashes:
            self._bind(issue, digest)
        return issue

    def next_id(self) -> int:
        """A fresh issue id."""
        self._ids.issue += 1
        while self._ids.issue in self.issues:
            self._ids.issue += 1
        return self._ids.issue

    def next_number(self, project: Project) -> int:
        """A fresh number for a short id."""
        self._numbers[project.id] += 1
        return self._numbers[project.id]

    def count(self, issue: Issue, arrivals: Iterable[Arrival]) -> None:
        """Add arrivals to an issue's counts and dates."""
        heaps = list(arrivals)
        if not heaps:
            return
        issue.arrivals.add_all(heaps)
        issue.times_seen += sum(heap.weight for heap in heaps)
        issue.last_seen = max(issue.last_seen, *(heap.at for heap in heaps))
        issue.first_seen = min(issue.first_seen, *(heap.at for heap in heaps))
        issue.users.update(heap.traits.user for heap in heaps if heap.traits.user)

    def change_status(self, issue: Issue, status: str, *, at: float, substatus: str | None = None) -> None:
        """Set the status and write it into the activity."""
        issue.status, issue.substatus, issue.status_details = status, substatus, {}
        kind = {"resolved": "set_resolved", "ignored": "set_ignored"}.get(status, "set_unresolved")
        self.note_activity(issue, "set_regression" if substatus == "regressed" else kind, {}, at=at)

    def note_activity(self, issue: Issue, kind: str, data: dict[str, Any], *, at: float) -> None:
        """Append a line to the issue's activity; dates become text when it is shown."""
        issue.activity.append({"id": str(len(issue.activity) + 1), "type": kind, "data": data, "at": at})

    def comment(self, issue: Issue, author: Person, text: str, *, at: float) -> Comment | None:
        """A new comment, or None when the same person wrote the same words within the hour."""
        if any(old.text == text and old.author == author and at - old.at < 3600 for old in issue.comments):
            return None
        self._ids.comment += 1
        comment = Comment(self._ids.comment, author, text, at)
        issue.comments.append(comment)
        return comment

    def link(self, issue: Issue, *, service: str, display: str, url: str) -> Link:
        """Tie a ticket to an issue; one per service and issue, the later wins."""
        found = next((link for link in issue.links if link.service == service), None)
        if found is None:
            self._ids.link += 1
            found = Link(self._ids.link, issue.id, service, display, url)
            issue.links.append(found)
        found.display, found.url = display, url
        return found

    def forget(self, issue: Issue) -> None:
        """Delete an issue; its hashes are free again."""
        self.issues.pop(issue.id, None)
        for key in [key for key, owner in self._by_hash.items() if owner == issue.id]:
            del self._by_hash[key]

    def merge(self, parent: Issue, children: list[Issue]) -> None:
        """Fold children into the parent: counts, occurrences, hashes; their ids lead to the parent."""
        for child in children:
            self.forget(child)
            self.count(parent, [_of(child, arrival) for arrival in child.arrivals])
            parent.occurrences += child.occurrences
            for event in child.occurrences:
                self.occurrences[event].issue = parent.id
            for digest in child.hashes:
                self._bind(parent, digest)
            for tag, values in child.tags.items():
                parent.tags.setdefault(tag, Counter()).update(values)
            self.merged |= {old: parent.id for old, new in self.merged.items() if new == child.id}
            self.merged[child.id] = parent.id

    def unmerge(self, issue: Issue, digests: list[str]) -> Issue | None:
        """Tear hashes off into an issue of their own with a new id; None when nothing would remain or move."""
        moved = [event for event in issue.occurrences if self.occurrences[event].data["hashes"][0] in digests]
        if not moved or not set(issue.hashes) - set(digests):
            return None
        first = self.occurrences[moved[0]]
        torn = self._open(issue.project, first.data, first.at)
        for digest in digests:
            self._bind(torn, digest)
        self._recount(issue, [event for event in issue.occurrences if event not in moved], drop=digests)
        self._recount(torn, moved, drop=[])
        return torn

    def _open(self, project: Project, stored: dict[str, Any], at: float) -> Issue:
        issue = Issue(
            id=self.next_id(),
            project=project,
            number=self.next_number(project),
            title=stored["title"],
            culprit=stored["culprit"],
            level=stored["level"],
            type=stored["type"],
            metadata=stored["metadata"],
            first_seen=at,
            last_seen=at,
            logger=stored["logger"] or None,
            unhandled=grouping.is_unhandled(stored),
        )
        return self.add(issue)

    def _bind(self, issue: Issue, digest: str) -> None:
        self._by_hash[issue.project.id, digest] = issue.id
        if digest not in issue.hashes:
            issue.hashes.append(digest)

    def _keep(self, issue: Issue, occurrence: Occurrence) -> None:
        self.occurrences[occurrence.id] = occurrence
        issue.occurrences.append(occurrence.id)
        if len(issue.occurrences) > KEPT:
            self.occurrences.pop(issue.occurrences.pop(0), None)
        self._count_event(issue, occurrence)

    def _count_event(self, issue: Issue, occurrence: Occurrence) -> None:
        pairs = dict(occurrence.data["tags"])
        self.count(issue, [Arrival(occurrence.at, 1, traits(occurrence.data))])
        for key, value in pairs.items():
            issue.tags.setdefault(key, Counter())[value] += 1

    def _recount(self, issue: Issue, events: list[str], *, drop: list[str]) -> None:
        issue.occurrences, issue.arrivals, issue.tags, issue.users = events, Tides(), {}, set()
        issue.times_seen, issue.hashes = 0, [digest for digest in issue.hashes if digest not in drop]
        issue.first_seen, issue.last_seen = self.occurrences[events[0]].at, self.occurrences[events[-1]].at
        for event in events:
            self.occurrences[event].issue = issue.id
            self._count_event(issue, self.occurrences[event])


def traits(stored: dict[str, Any]) -> Traits:
    """What an event has in common with those that are counted with it."""
    pairs = dict(stored["tags"])
    return Traits(
        environment=pairs.get("environment", ""),
        user=pairs.get("user", ""),
        release=pairs.get("release", ""),
        level=stored["level"],
        title=stored["title"],
        culprit=stored["culprit"],
        message=stored["message"],
        tags=tuple(pairs.items()),
        late=max(0.0, float(stored["received"]) - float(stored["timestamp"])),
    )


def _of(child: Issue, arrival: Arrival) -> Arrival:
    """An arrival that keeps its words in another issue."""
    own = arrival.traits
    kept = own._replace(title=own.title or child.title, culprit=own.culprit or child.culprit)
    return arrival._replace(traits=kept)
