"""The judge of a storm: reads a stand-in's log and says how many tickets each Sentry issue ever had, and at once.

A pure function of the log's lines; the log's writer is never killed, so what it says is what happened.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

DONE = "done"
LATE = "commit-late"


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One change of one ticket, and how many tickets of its issue were open right after it."""

    seq: int
    wall: float
    op: str
    key: str
    category: str
    open: int


@dataclass(slots=True, kw_only=True)
class History:
    """All that happened to the tickets of one Sentry issue."""

    link: str
    tickets: list[int] = field(default_factory=list)
    most_open: int = 0
    open_now: int = 0
    late: int = 0
    timeline: list[Moment] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the log proves. `duplicates` are the links that had more than one open ticket at some moment."""

    histories: Mapping[str, History]
    faults: Mapping[str, int]
    operations: Mapping[str, int]
    tickets: int
    late: int
    unlinked: tuple[str, ...]

    @property
    def duplicates(self) -> tuple[str, ...]:
        return tuple(link for link, history in self.histories.items() if history.most_open > 1)

    @property
    def standing_duplicates(self) -> tuple[str, ...]:
        """The links that still have more than one open ticket at the end: twins that nobody folded."""
        return tuple(link for link, history in self.histories.items() if history.open_now > 1)

    def as_json(self) -> dict[str, Any]:
        """The figures without the timelines."""
        return {
            "links": len(self.histories),
            "tickets": self.tickets,
            "duplicates": len(self.duplicates),
            "standing_duplicates": len(self.standing_duplicates),
            "late": self.late,
            "unlinked": len(self.unlinked),
            "faults": dict(self.faults),
            "operations": dict(self.operations),
        }


class _Bench:
    """The running count while the log is read once, in order."""

    def __init__(self, by: str) -> None:
        self.by = by
        self.histories: dict[str, History] = {}
        self.links: dict[int, set[str]] = {}
        self.open: set[int] = set()
        self.keys: dict[int, str] = {}
        self.late: set[int] = set()
        self.born: set[int] = set()
        self.faults: Counter[str] = Counter()
        self.operations: Counter[str] = Counter()

    def hear(self, entry: Mapping[str, Any]) -> None:
        if entry["op"] == "fault":
            self.faults[entry["fault"]] += 1
            return
        self.operations[entry["op"]] += 1
        if "id" not in entry:
            return
        ticket = entry["id"]
        self._remember(ticket, entry)
        for link in self.links[ticket]:
            self._note(self.histories[link], entry)

    def _remember(self, ticket: int, entry: Mapping[str, Any]) -> None:
        self.keys[ticket] = entry["key"]
        known = self.links.setdefault(ticket, set())
        if entry["op"] == "create":
            self.born.add(ticket)
            if entry.get("fault") == LATE:
                self.late.add(ticket)
        for link in entry.get(self.by, ()):
            if link not in known:
                known.add(link)
                self._join(link, ticket)
        if entry["op"] == "delete" or entry["category"] == DONE:
            self.open.discard(ticket)
        else:
            self.open.add(ticket)

    def _join(self, link: str, ticket: int) -> None:
        history = self.histories.setdefault(link, History(link=link))
        history.tickets.append(ticket)
        history.late += ticket in self.late

    def _note(self, history: History, entry: Mapping[str, Any]) -> None:
        history.open_now = sum(ticket in self.open for ticket in history.tickets)
        history.most_open = max(history.most_open, history.open_now)
        history.timeline.append(
            Moment(
                seq=entry["seq"],
                wall=entry["wall"],
                op=entry["op"],
                key=entry["key"],
                category=entry["category"],
                open=history.open_now,
            )
        )


def judge(lines: Iterable[bytes | str | Mapping[str, Any]], *, by: str = "links") -> Verdict:
    """Weigh a log, given as JSON lines or as decoded entries in their order.

    `by`: whether tickets are told apart by the issue that they speak of (links) or by its single event (events).

    A ticket belongs to every Sentry link its title or description ever held; it is open while its status is not
    of the done category and it is not deleted. Tickets are told apart by id, since a move changes the key.
    """
    bench = _Bench(by)
    for line in lines:
        bench.hear(line if isinstance(line, Mapping) else msgspec.json.decode(line))
    return Verdict(
        histories=bench.histories,
        faults=dict(bench.faults),
        operations=dict(bench.operations),
        tickets=len(bench.born),
        late=len(bench.late),
        unlinked=tuple(bench.keys[ticket] for ticket in sorted(bench.born) if not bench.links[ticket]),
    )
