"""Counted: what a filter's window comes to, from Sentry's answer and what is known of the issues in it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from vedette.model.issues import IssueKey
from vedette.model.metrics import Filter, Fresh, Lack, Point, Question, Reading, Row, Share, Tags, Trending, Window
from vedette.rules.asking import whole_question
from vedette.rules.terms import row_wanted

#: The substatus of an issue that was resolved and came back: https://docs.sentry.io/product/issues/states-triage/
REGRESSED = "regressed"


@dataclass(frozen=True, slots=True)
class Tally:
    """One filter's part of an answer: every issue's count, largest first, and how whole that is."""

    total: int
    users: int | None
    lack: Lack
    rows_lack: Lack
    issues: tuple["Summed", ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """Every issue's count by its number."""
        return {each.issue: each.count for each in self.issues}


@dataclass(frozen=True, slots=True)
class Summed:
    """One issue's rows, added up. Users are known only of an issue that is a single row: they cannot be added."""

    issue: str
    count: int
    users: int | None
    row: Row  # the largest of its rows, for its words
    groups: tuple[tuple[Tags, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Past:
    """Counts by issue number of other windows; None = that window is not known."""

    before: Mapping[str, int] | None = None
    yesterday: Mapping[str, int] | None = None
    last_week: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known beside the counts: of issues by number, who owns them, and their tickets as (key, address)."""

    known: Mapping[str, Fresh] = field(default_factory=dict)
    back: frozenset[str] = frozenset()  # issues that have come back since they were last looked at
    owners: Mapping[str, str] = field(default_factory=dict)
    tickets: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    links: str = ""  # address of the organisation's issues, for one whose permalink is not known


def tally(each: Filter, question: Question, reading: Reading) -> Tally:
    """The filter's share of the answer. Its total is the server's own where it wants all that was asked for."""
    rows = [row for row in reading.rows if row_wanted(each, row)] if not question.events else list(reading.rows)
    issues = summed(rows, grouped=bool(each.group_by))
    of_rows = sum(issue.count for issue in issues)
    if reading.shares is not None and not each.terms.each:
        shares = [share for slug, share in reading.shares.items() if not each.projects or slug in each.projects]
        total, users = sum(share.count for share in shares), _shared_users(shares)
        return Tally(total, users, reading.total_lack, reading.lack, issues)
    if whole_question(each, question):
        return Tally(reading.total, _users(reading, rows), reading.total_lack, reading.lack, issues)
    return Tally(of_rows, rows[0].users if len(rows) == 1 else None, reading.lack, reading.lack, issues)


def summed(rows: Iterable[Row], *, grouped: bool) -> tuple[Summed, ...]:
    """The rows by issue, the largest first; equal ones by their number, so that the order is always the same."""
    of_issue: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        of_issue[row.issue].append(row)
    made = [_summed(number, some, grouped=grouped) for number, some in of_issue.items()]
    return tuple(sorted(made, key=lambda each: (-each.count, len(each.issue), each.issue)))


def point(each: Filter, window: Window, found: Tally, *, past: Past, facts: Facts, detail: str = "") -> Point:
    """The filter's point of the window."""
    known = [facts.known.get(issue.issue) for issue in found.issues]
    told = all(fresh is not None and fresh.first_seen is not None for fresh in known)
    new = sum(1 for fresh in known if _is_new(fresh, window))
    return Point(
        each.name,
        each.instance,
        window,
        found.total,
        issues=len(found.issues),
        users=0 if found.total == 0 and found.lack is Lack.NONE else found.users,
        new=new if told else None,
        regressed=sum(1 for issue in found.issues if issue.issue in facts.back) if told else None,
        lack=found.lack,
        rows_lack=found.rows_lack,
        detail=detail,
        trending=tuple(_trending(each, window, issue, past=past, facts=facts) for issue in found.issues[: each.top]),
    )


def not_answered(each: Filter, window: Window, *, lack: Lack, detail: str) -> Point:
    """The point of a window that Sentry will not answer for: it says so, and never that it was quiet."""
    return Point(each.name, each.instance, window, 0, lack=lack, rows_lack=lack, detail=detail)


def came_back(before: Mapping[str, str], now: Iterable[Fresh]) -> frozenset[str]:
    """The issues that say that they came back and did not when they were last looked at, by number.

    A stranger's substatus may be days old, so it says nothing of when.
    """
    return frozenset(
        fresh.key.id
        for fresh in now
        if fresh.substatus == REGRESSED and before.get(fresh.key.id, REGRESSED) != REGRESSED
    )


def _summed(number: str, rows: Sequence[Row], *, grouped: bool) -> Summed:
    largest = max(rows, key=lambda row: row.count)
    groups: defaultdict[Tags, int] = defaultdict(int)
    for row in rows if grouped else ():
        groups[row.tags] += row.count
    ordered = tuple(sorted(groups.items(), key=lambda pair: (-pair[1], str(pair[0]))))
    users = rows[0].users if len(rows) == 1 else None
    return Summed(number, sum(row.count for row in rows), users, largest, ordered)


def _shared_users(shares: Sequence[Share]) -> int | None:
    """Users of several projects cannot be added up: one may have met errors in both."""
    busy = [share for share in shares if share.count]
    return 0 if not busy else busy[0].users if len(busy) == 1 else None


def _users(reading: Reading, rows: Sequence[Row]) -> int | None:
    if reading.users is not None:
        return reading.users
    return rows[0].users if len(rows) == 1 else None


def _trending(each: Filter, window: Window, found: Summed, *, past: Past, facts: Facts) -> Trending:
    fresh = facts.known.get(found.issue)
    key, address = facts.tickets.get(found.issue, ("", ""))
    return Trending(
        IssueKey(each.instance, found.issue),
        found.count,
        project=found.row.project or (fresh.project if fresh else ""),
        short_id=found.row.short_id or (fresh.short_id if fresh else ""),
        title=found.row.title or (fresh.title if fresh else ""),
        link=(fresh.permalink if fresh else "") or f"{facts.links}{found.issue}/",
        users=found.users,
        before=_then(past.before, found.issue),
        yesterday=_then(past.yesterday, found.issue),
        last_week=_then(past.last_week, found.issue),
        first_seen=fresh.first_seen if fresh else None,
        is_new=_is_new(fresh, window),
        is_regressed=found.issue in facts.back,
        owner=facts.owners.get(found.issue, ""),
        ticket=key,
        ticket_url=address,
        groups=found.groups,
    )


def _then(counts: Mapping[str, int] | None, issue: str) -> int | None:
    return None if counts is None else counts.get(issue, 0)


def _is_new(fresh: Fresh | None, window: Window) -> bool:
    first: datetime | None = fresh.first_seen if fresh else None
    return first is not None and window.holds(first)
