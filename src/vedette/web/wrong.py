"""Wrong: what stands on the page Now as causes of alarm, and who was told of each, or why nobody was."""

from dataclasses import dataclass
from datetime import datetime

from vedette.model.alarms import Alarm, CauseKind
from vedette.model.conditions import Judged
from vedette.model.journal import Entry, EntryKind
from vedette.model.settings import Settings
from vedette.rules.alarming import Silence, telling
from vedette.store import alarms, journal
from vedette.store.database import Tx
from vedette.store.views import DAY
from vedette.web.showing import span

_SHOWN = 8
_LINES, _LOOKED_AT = 3, 50
# What these lines of the journal tell of is a cause that stands as long as it is wrong.
_OF_CAUSES = frozenset({"dead_letter", *(kind.value for kind in CauseKind), *(each.value for each in Judged)})


@dataclass(frozen=True, slots=True)
class Shown:
    """A cause, with why nobody was told; "" where somebody was."""

    alarm: Alarm
    untold: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """The worst causes, how many more there are, and the last day's alarms that belong to none."""

    shown: tuple[Shown, ...]
    more: int
    lines: tuple[Entry, ...]


def wrong(tx: Tx, settings: Settings, *, now: datetime) -> Wrong:
    """What is wrong now, the worst and oldest first."""
    found = alarms.standing(tx)
    shown = tuple(Shown(alarm, _untold(alarm, settings, now=now)) for alarm in found[:_SHOWN])
    recent = journal.search(tx, kind=EntryKind.ALARM, limit=_LOOKED_AT)
    lines = [entry for entry in recent if entry.at > now - DAY and entry.reason not in _OF_CAUSES]
    return Wrong(shown, len(found) - len(shown), tuple(lines[:_LINES]))


def _untold(alarm: Alarm, settings: Settings, *, now: datetime) -> str:
    if alarm.told:
        return ""
    found = telling(
        alarm, settings=settings.alarms, teams=settings.teams, known=settings.notifiers.keys(), ill=(), now=now
    )
    match found:
        case Silence.MILD:
            return f"nobody is told, since it is milder than {settings.alarms.minimum} (alarms.minimum)"
        case Silence.PATIENCE:
            return f"people are told once it has lasted for {span(alarm.cause.patience)}"
        case Silence.QUIET:
            return f"people were told less than {span(settings.alarms.quiet)} ago that it was so before"
        case Silence.NOBODY:
            return "nobody is told: alarms.operators names no notifier"
        case _:
            return "nobody was told yet"
