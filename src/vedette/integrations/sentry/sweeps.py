"""Sweeps: the unresolved issues of a policy's projects, as each dialect lets them be asked for.

The server narrows where it can; the thresholds are applied again here, strictly and on the span the policy means, since
9.1.2 and GlitchTip answer a word they do not know with an empty list and not with an error.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from vedette.errors import Refused
from vedette.integrations.sentry import dates, facts
from vedette.integrations.sentry.dialects import Addresses
from vedette.integrations.sentry.lists import Params, rows
from vedette.integrations.sentry.talker import SentryTalker
from vedette.integrations.sentry.untrusted import mapping, text
from vedette.model.issues import CountSpan, Issue, IssueStatus
from vedette.model.policies import Policy, When
from vedette.model.settings import Dialect

_PAGE = 100
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
# Ids per call: keeps the address far below what proxies cut (8 kB).
PROJECTS_A_CALL = 100
_SPANS = (("d", 86_400), ("h", 3600), ("m", 60))
_ONE_PROJECT_ONLY = "multi project stream"

log: structlog.stdlib.BoundLogger = structlog.get_logger("vedette")


@dataclass(slots=True)
class Sweeper:
    """Asks one server; remembers that it takes one project at a time once it has said so."""

    talker: SentryTalker
    addresses: Addresses
    instance: str
    one_by_one: bool = False

    def sweep(self, policy: Policy, *, projects: Sequence[str], now: datetime) -> Iterator[Issue]:
        """The issues above the policy's thresholds, each once."""
        window = policy.when.last_seen_within
        bounded = self.addresses.has_windows and window is not None
        asked = facts.Asked(self.instance, self.addresses.dialect, now, window, bounded)
        seen: set[str] = set()
        for row in self._rows(policy.when, projects, asked):
            issue = facts.issue(row, asked)
            if issue is not None and issue.key.id not in seen and wanted(issue, policy.when, now=now):
                seen.add(issue.key.id)
                yield issue

    def seen_since(self, projects: Sequence[str], asked: facts.Asked) -> Iterator[Any]:
        """Every issue of the projects that was seen within the window, whatever its status, newest first."""
        everything: Params = {"query": "", "limit": _PAGE}
        match self.addresses.dialect:
            case Dialect.SENTRY9:
                for slug in self._known(projects):
                    params = everything | {"statsPeriod": "14d", "sort": "date"}
                    yield from _until_old(rows(self.talker, self.addresses.project_issues(slug), params), asked)
            case Dialect.GLITCHTIP:
                ids = list(self._known(projects).values()) if projects else []
                chosen: Params = {"project": ids} if ids else {}
                found = rows(self.talker, self.addresses.issues, everything | {"sort": "-last_seen"} | chosen)
                yield from _until_old(found, asked)
            case Dialect.SENTRY:
                ids = list(self._known(projects).values()) if projects else []
                window = asked.window or _DAY
                within = {"start": dates.written(asked.now - window), "end": dates.written(asked.now + _SECOND)}
                query = f"lastSeen:-{_relative(window)}"
                yield from self._together_or_one_by_one(everything | {"query": query, "sort": "date"} | within, ids)

    def _rows(self, when: When, projects: Sequence[str], asked: facts.Asked) -> Iterator[Any]:
        match self.addresses.dialect:
            case Dialect.SENTRY9:
                yield from self._by_path(when, projects, asked)
            case Dialect.GLITCHTIP | Dialect.SENTRY:
                yield from self._by_organization(when, projects, asked)

    def _by_path(self, when: When, projects: Sequence[str], asked: facts.Asked) -> Iterator[Any]:
        """9.1.2: each project by its own address, each environment by itself, newest first."""
        # Any other period is refused there with 400.
        period = "24h" if asked.window is None or asked.window <= _DAY else "14d"
        for slug in self._known(projects):
            for environment in sorted(when.environments) or [""]:
                params: Params = {"query": "is:unresolved", "statsPeriod": period, "limit": _PAGE, "sort": "date"}
                params |= {"environment": environment} if environment else {}
                yield from _until_old(rows(self.talker, self.addresses.project_issues(slug), params), asked)

    def _by_organization(self, when: When, projects: Sequence[str], asked: facts.Asked) -> Iterator[Any]:
        params = parameters(when, asked)
        ids = list(self._known(projects).values()) if projects else []
        if self.addresses.dialect is Dialect.GLITCHTIP:
            # No word of ours narrows by time there, but the order lets the reading stop.
            chosen: Params = {"project": ids} if ids else {}
            yield from _until_old(rows(self.talker, self.addresses.issues, params | chosen), asked)
            return
        yield from self._together_or_one_by_one(params, ids)

    def _together_or_one_by_one(self, params: Params, ids: list[str]) -> Iterator[Any]:
        if not self.one_by_one:
            try:
                yield from self._together(params, ids)
            except Refused as refused:
                if _ONE_PROJECT_ONLY not in str(refused):
                    raise
                self.one_by_one = True
            else:
                return
        for number in ids or self.project_ids().values():
            yield from rows(self.talker, self.addresses.issues, params | {"project": [number]})

    def _together(self, params: Params, ids: list[str]) -> Iterator[Any]:
        for group in [ids[at : at + PROJECTS_A_CALL] for at in range(0, len(ids), PROJECTS_A_CALL)] or [["-1"]]:
            yield from rows(self.talker, self.addresses.issues, params | {"project": group})

    def _known(self, projects: Sequence[str]) -> dict[str, str]:
        """Slug to id of those named, or of all; unknown ones are logged, or refused where all are unknown."""
        return chosen(self.project_ids(), projects, self.talker.name, cure="correct the policy's projects")

    def project_ids(self) -> dict[str, str]:
        """Slug to id of every project that the token sees; old servers take no slugs in a list's query."""
        found = map(mapping, rows(self.talker, self.addresses.projects, {}))
        return {text(row.get("slug")): text(row.get("id")) for row in found if text(row.get("slug")) and row.get("id")}


def chosen(ids: dict[str, str], projects: Sequence[str], server: str, *, cure: str) -> dict[str, str]:
    """Of the server's projects those named, or all; unknown ones are logged, or refused where all are unknown."""
    if not projects:
        return ids
    missing = sorted(slug for slug in projects if slug not in ids)
    if len(missing) == len(projects):
        listed = ", ".join(sorted(ids)) or "none"
        raise Refused(f"{server}: no project {', '.join(missing)} in this organisation; the token sees: {listed}")
    if missing:
        log.warning("unknown_projects", source=server, projects=missing, cure=cure)
    return {slug: ids[slug] for slug in projects if slug in ids}


def parameters(when: When, asked: facts.Asked) -> Params:
    """The query of an organisation's list, without its projects."""
    params: Params = {"query": "is:unresolved", "limit": _PAGE}
    if when.environments:
        params["environment"] = sorted(when.environments)
    if asked.dialect is Dialect.GLITCHTIP:
        return params | {"sort": "-last_seen"}
    params["sort"] = "date"
    if asked.window is None:
        return params
    params["query"] = " ".join(_terms(when, asked.window))
    return params | {"start": dates.written(asked.now - asked.window), "end": dates.written(asked.now + _SECOND)}


def _terms(when: When, window: timedelta) -> Iterable[str]:
    yield "is:unresolved"
    yield f"lastSeen:-{_relative(window)}"
    # With `start` and `end`, timesSeen counts within them: it must not narrow a threshold on the whole life.
    if when.events_over is not None and when.span is CountSpan.WINDOW:
        yield f"timesSeen:>{when.events_over}"


def _relative(window: timedelta) -> str:
    seconds = max(60, int(window.total_seconds()))
    unit, size = next(((unit, size) for unit, size in _SPANS if seconds % size == 0), ("m", 60))
    return f"{-(-seconds // size)}{unit}"


def wanted(issue: Issue, when: When, *, now: datetime) -> bool:
    """Whether the issue is unresolved, recent and above each threshold asked for."""
    if issue.status is not IssueStatus.UNRESOLVED or (when.levels and issue.level not in when.levels):
        return False
    if when.last_seen_within and issue.last_seen and issue.last_seen < now - when.last_seen_within:
        return False
    # Where the server cannot count within the window, its lifetime count decides, and the decision's reason says so.
    count = issue.count(when.span) or issue.count(CountSpan.LIFETIME)
    events, users = (None, None) if count is None else (count.events, count.users)
    return _over(events, when.events_over) and _over(users, when.users_over)


def _over(seen: int | None, threshold: int | None) -> bool:
    return threshold is None or (seen is not None and seen > threshold)


def _until_old(found: Iterator[Any], asked: facts.Asked) -> Iterator[Any]:
    """The rows of a list ordered by last occurrence, as far as the window reaches."""
    for row in found:
        last = dates.parse(mapping(row).get("lastSeen"))
        if asked.window is not None and last is not None and last < asked.now - asked.window:
            return
        yield row
