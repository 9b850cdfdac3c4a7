"""Patience: waits for a server that is busy or restarting, within a bound, and no longer once somebody asks to stop."""

from dataclasses import dataclass, field
from threading import Event

from vedette.errors import VedetteError

#: Between two tries where the server names no time: each wait is twice the one before, seconds.
_FIRST_S = 1.0
_LONGEST_S = 30.0


@dataclass(slots=True)
class Patience:
    """One piece of work's waits: `bound` seconds in all; `between` is called at least every ten of them."""

    bound: float
    stopping: Event = field(default_factory=Event)
    first: float = _FIRST_S
    _waited: float = 0.0
    _next: float = 0.0

    def wait(self, problem: VedetteError) -> bool:
        """Wait as long as the problem asks for, or a little longer than the last time; False where that is too long."""
        asked = getattr(problem, "wait", None)
        self._next = min(max(self.first, self._next * 2), _LONGEST_S)
        span = max(float(asked or 0.0), self._next)
        if self._waited + span > self.bound:
            return False
        self._waited += span
        return not self.stopping.wait(span)
