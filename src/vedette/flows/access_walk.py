"""Access walk: one instance's changes, one call each, and what became of every one of them.

Law: nothing is told as done that the server has not said or shown; an attempt that ended ambiguously is looked at
before another; what fails stops only what builds on it.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from vedette.errors import RateLimited, Unauthorised, Unavailable, Uncertain, VedetteError
from vedette.flows.access_right import RightLost
from vedette.flows.context import log
from vedette.flows.patience import Patience
from vedette.model.changes import Change
from vedette.model.plan import Fate, Outcome
from vedette.ports.access import NotAllowed, Roster
from vedette.ports.http import Fence
from vedette.rules.access.hindering import hindrance

_ATTEMPTS = 4  # of a change whose outcome nobody can say
_LACKING_AFTER = 3  # changes of one kind that the token may not make, and none that it may, after which none is tried
_DOWN_AFTER = 3  # changes in a row that a server does not answer, after which it is left alone


@dataclass(frozen=True, slots=True)
class Manners:
    """How a walk behaves. `pace` waits for a call's turn; `fence` says how long a call may take."""

    pace: Callable[[], None]
    fence: Callable[[Change], Fence]
    stopping: Event = field(default_factory=Event)
    patience_s: float = 120.0  # for one change, in all
    first_wait_s: float = 1.0


@dataclass(slots=True)
class Walk:
    """The changes of one instance, `do`ne in their order; `ended` says why it ended early."""

    roster: Roster
    manners: Manners
    ended: str = ""
    _undone: list[Change] = field(default_factory=list)
    _unanswered: int = 0
    _lacking: Counter[type[Change]] = field(default_factory=Counter)

    @property
    def goes_on(self) -> bool:
        """Whether the next change would be tried at all."""
        return not self.ended and not self.manners.stopping.is_set()

    def do(self, change: Change) -> Outcome:
        """Try the change, unless something is in its way; never raises a family of `vedette.errors`."""
        if not self.goes_on:
            return Outcome(change, Fate.LEFT, self.ended or "somebody asked to stop")
        why = hindrance(change, self._undone) or self._lack(change)
        outcome = Outcome(change, Fate.SKIPPED, why) if why else self._tried(change)
        if outcome.fate not in (Fate.DONE, Fate.ALREADY):
            self._undone.append(change)
        return outcome

    def _lack(self, change: Change) -> str:
        """Why changes of this kind are not tried any more; a right may also be missing for a single team only."""
        refused = self._lacking[type(change)]
        return f"the token may not do this, as it was told {refused} times" if refused >= _LACKING_AFTER else ""

    def _tried(self, change: Change) -> Outcome:
        try:
            fate, text = _Attempt(change, self.roster, self.manners).result()
        except NotAllowed as problem:
            self._lacking[type(change)] += 1
            fate, text = Fate.FAILED, str(problem)
        except Unauthorised as problem:
            self.ended = f"{self.roster.instance} does not accept the token any more: {problem}"
            return Outcome(change, Fate.FAILED, str(problem))
        except RightLost as problem:
            self.ended = str(problem)
            return Outcome(change, Fate.LEFT, self.ended)
        except (RateLimited, Unavailable) as problem:
            return self._unreached(change, problem)
        except VedetteError as problem:
            fate, text = Fate.FAILED, str(problem)
        except Exception as problem:  # noqa: BLE001 - a bug is this change's failure, not the end of the others
            log.exception("access_bug", instance=self.roster.instance, change=type(change).__name__)
            fate, text = Fate.FAILED, f"a bug in Vedette: {type(problem).__name__}; the log has the trace"
        else:
            self._lacking[type(change)] = 0
        self._unanswered = 0
        return Outcome(change, fate, text)

    def _unreached(self, change: Change, problem: VedetteError) -> Outcome:
        if self.manners.stopping.is_set():
            return Outcome(change, Fate.LEFT, f"somebody asked to stop while it waited: {problem}")
        self._unanswered += 1
        if self._unanswered >= _DOWN_AFTER:
            self.ended = f"{self.roster.instance} has not answered {_DOWN_AFTER} changes in a row: {problem}"
        return Outcome(change, Fate.FAILED, str(problem))


@dataclass(slots=True)
class _Attempt:
    """One change, tried until the server says or shows what became of it, or patience ends."""

    change: Change
    roster: Roster
    manners: Manners

    def result(self) -> tuple[Fate, str]:
        """Its fate and the server's words. Raises the families of `vedette.errors` but `Uncertain`."""
        patience = Patience(self.manners.patience_s, self.manners.stopping, self.manners.first_wait_s)
        doubt: Uncertain | None = None
        for _ in range(_ATTEMPTS):
            found = self._once(patience, seen=doubt is not None)
            if not isinstance(found, Uncertain):
                return found
            doubt = found
            if not patience.wait(doubt):
                break
        if self._holds(patience):
            return Fate.ALREADY, _SHOWN
        return Fate.FAILED, f"nobody can say what became of it, and the server does not show it: {doubt}"

    def _once(self, patience: Patience, *, seen: bool) -> tuple[Fate, str] | Uncertain:
        """One clear answer, or the doubt that an attempt left; `seen`: one before this left doubt already."""
        if seen and self._holds(patience):
            return Fate.ALREADY, _SHOWN
        while True:
            self.manners.pace()
            try:
                return self.roster.perform(self.change, fence=self.manners.fence(self.change))
            except Uncertain as doubt:
                return doubt
            except (RateLimited, Unavailable) as problem:
                if not patience.wait(problem):
                    raise

    def _holds(self, patience: Patience) -> bool:
        while True:
            self.manners.pace()
            try:
                return self.roster.holds(self.change)
            except (RateLimited, Unavailable) as problem:
                if not patience.wait(problem):
                    raise Unavailable(f"it may have been done, and looking fails: {problem}") from None


_SHOWN = "an attempt that ended ambiguously had done it, as the server shows"
