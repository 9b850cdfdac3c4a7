"""Access run: one walk over the changes of a plan, written down as it goes.

Law: a change is written down before it is sent, and its fate before the next; what takes it back is on the disk before
the first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event

from vedette.flows import access_right
from vedette.flows.access import Planned, Wish
from vedette.flows.access_known import paced
from vedette.flows.access_right import Right, myself
from vedette.flows.access_undo import UndoFile, undo_path
from vedette.flows.access_walk import Manners, Walk
from vedette.flows.context import Context, log
from vedette.model.access_runs import RunEnd
from vedette.model.changes import Change
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.plan import Fate, Outcome
from vedette.rules.access.wording import what
from vedette.store import access, journal
from vedette.store.access import NewRun
from vedette.store.database import Tx

#: What the journal says of a change; of those that are left it says nothing.
_REASONS: Mapping[Fate, str] = {
    Fate.DONE: "access_done",
    Fate.ALREADY: "access_already",
    Fate.FAILED: "access_failed",
    Fate.ASKED: "access_asked",
    Fate.SKIPPED: "access_skipped",
}

Told = Callable[[str, Outcome], None]  # instance, and what became of a change
Changes = Sequence[tuple[str, Change]]  # each with its instance, in the order in which they are done


@dataclass(frozen=True, slots=True)
class Order:
    """What to apply, and how. No folder: the undo file is left out, since nothing is taken away."""

    wish: Wish
    checksum: str
    folder: Path | None = field(default_factory=Path)
    who: str = field(default_factory=myself)
    stopping: Event = field(default_factory=Event)
    lasting: timedelta = access_right.LASTING
    patience_s: float = 120.0
    first_wait_s: float = 1.0
    again: str = "vedette access plan"  # the command that shows the plan of now


@dataclass(frozen=True, slots=True)
class Applied:
    """What a run came to. No run, and no undo file, where there was nothing to do."""

    planned: Planned
    outcomes: tuple[tuple[str, Outcome], ...] = ()
    end: RunEnd = RunEnd.DONE
    ended: Mapping[str, str] = field(default_factory=dict)  # instance → why its walk ended early
    run: int | None = None
    resumed: int | None = None  # the run whose rest this was
    undo: Path | None = None
    seconds: float = 0.0


@dataclass(slots=True)
class Run:
    """One walk over all instances."""

    context: Context
    order: Order
    mine: Right
    planned: Planned
    told: Told
    outcomes: list[tuple[str, Outcome]] = field(default_factory=list)
    ended: dict[str, str] = field(default_factory=dict)

    def walk(self, changes: Changes) -> Applied:
        """Do these, each instance for itself."""
        undo = self._undo()
        number = self._begin(changes, undo)
        self._write_undo(undo, changes, number)
        walks = {
            name: Walk(self.context.roster(name), self._manners()) for name in dict.fromkeys(n for n, _ in changes)
        }
        for position, (instance, change) in enumerate(changes, start=1):
            self._step(walks[instance], number, position, change)
        ended = {name: walk.ended for name, walk in walks.items() if walk.ended}
        end = self._finish(number)
        if undo is not None:
            undo.completed(self.outcomes, run=number, now=self.context.clock())
        path = None if undo is None else undo.path
        return Applied(self.planned, tuple(self.outcomes), end, ended, number, undo=path)

    def _write_undo(self, undo: UndoFile | None, changes: Changes, number: int) -> None:
        """What takes the run back, on the disk; without it nothing is begun."""
        if undo is None:
            return
        try:
            undo.planned(changes, run=number)
        except OSError:
            self.context.store.write(lambda tx: access.finish(tx, number, end=RunEnd.STOPPED, now=self.context.clock()))
            raise

    def _undo(self) -> UndoFile | None:
        if self.order.folder is None:
            return None
        now = self.context.clock()
        path = undo_path(self.order.folder, self.order.checksum, now=now)
        return UndoFile(path, self.order.checksum, self.order.who, now, self.planned.current)

    def _manners(self) -> Manners:
        return Manners(
            pace=paced(self.context, self.mine.keep),
            fence=self.mine.fence,
            stopping=self.order.stopping,
            patience_s=self.order.patience_s,
            first_wait_s=self.order.first_wait_s,
        )

    def _begin(self, changes: Changes, undo: UndoFile | None) -> int:
        path = "" if undo is None else str(undo.path)
        run = NewRun(self.order.checksum, self.planned.instances, self.order.who, tuple(changes), path)
        sentence = f"{self.order.who} began to apply {len(changes)} changes of plan {self.order.checksum}"

        def work(tx: Tx) -> int:
            now = self.context.clock()
            journal.write(tx, NewEntry(EntryKind.OPERATOR, "access_apply", sentence), now=now)
            return access.begin(tx, run, now=now)

        return self.context.store.write(work)

    def _step(self, walk: Walk, run: int, position: int, change: Change) -> None:
        """One change: written down, done, and its fate written down."""
        if walk.goes_on:
            self.context.store.write(lambda tx: access.starting(tx, run, position, now=self.context.clock()))
        outcome = walk.do(change)
        instance = walk.roster.instance
        self.context.store.write(lambda tx: self._ended(tx, run, position, instance, outcome))
        log.info("access_change", instance=instance, change=type(change).__name__, fate=outcome.fate, run=run)
        self.outcomes.append((instance, outcome))
        self.told(instance, outcome)

    def _ended(self, tx: Tx, run: int, position: int, instance: str, outcome: Outcome) -> None:
        now, fate = self.context.clock(), outcome.fate
        access.ended(tx, run, position, fate=fate, text=outcome.text, now=now)
        if fate in _REASONS:
            text = f": {outcome.text}" if outcome.text else ""
            sentence = f"{instance}: {what(outcome.change)}: {fate}{text}"
            entry = NewEntry(EntryKind.OUTCOME, _REASONS[fate], sentence, details={"run": run, "position": position})
            journal.write(tx, entry, now=now)

    def _finish(self, run: int) -> RunEnd:
        fates = {outcome.fate for _, outcome in self.outcomes}
        end = RunEnd.DONE if fates <= {Fate.DONE, Fate.ALREADY} else RunEnd.INCOMPLETE
        end = RunEnd.STOPPED if Fate.LEFT in fates else end
        self.context.store.write(lambda tx: access.finish(tx, run, end=end, now=self.context.clock()))
        return end
