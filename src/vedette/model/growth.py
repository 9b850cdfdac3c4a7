"""Growth: what a policy wants told of an issue that outgrows its ticket, and what is then done."""

from dataclasses import dataclass

from vedette.model.document import Document
from vedette.model.issues import Baseline
from vedette.model.tickets import Claim


@dataclass(frozen=True, slots=True)
class Growth:
    """What an open ticket is told when its issue grows past multiples of what it was when the ticket was cut.

    `at`: the multiples, ascending; () = never. `priorities`: one for each of them, by its name in the tracker, or ():
    priorities are the team's own. `least`: smaller beginnings count as this many, so that 1 to 3 is no alarm.
    """

    at: tuple[int, ...] = (3, 10)
    priorities: tuple[str, ...] = ()
    comment: bool = True
    least: int = 10

    def __str__(self) -> str:
        steps = " and ".join(f"×{each}" for each in self.at)
        raised = f", priority {' and '.join(self.priorities)}" if self.priorities else ""
        return f"told at {steps}{raised}" if steps else "never told"


@dataclass(frozen=True, slots=True)
class GrowTicket:
    """Tell an open ticket that its issue grew past `step` times what it was, and raise its priority to `priority`."""

    claim: Claim
    step: int
    text: Document | None  # None = no comment is wanted
    priority: str  # "" = the priority is left alone


@dataclass(frozen=True, slots=True)
class MeasureAnew:
    """From now on growth is measured from these counts: of their kind there was none."""

    claim: Claim
    baselines: tuple[Baseline, ...]
