"""Plans of access on a terminal: grouped by organisation, 80 columns wide, with every reason."""

import textwrap
from collections.abc import Iterable, Iterator

from vedette.cli.paper import visible
from vedette.flows.access import Planned
from vedette.model.changes import Change
from vedette.model.plan import Fate, OrganizationPlan, Outcome
from vedette.rules.access.wording import say_diagnosis, sign, totals, verdict, what

WIDTH = 80
_MARKS = {
    Fate.DONE: "done",
    Fate.ALREADY: "already so",
    Fate.FAILED: "FAILED",
    Fate.ASKED: "asked for",
    Fate.SKIPPED: "skipped",
    Fate.LEFT: "left",
}


def plan_text(planned: Planned) -> str:
    """A whole plan in words, without the command that applies it."""
    plan = planned.plan
    lines = [line for part in plan.parts for line in (*_part(part), "")]
    for failed in plan.failed:
        lines += [*_wrapped(f"{failed.instance} could not be read: {failed.error}"), ""]
    lines += _wrapped(verdict(plan))
    lines.append(f"{planned.calls} {'call' if planned.calls == 1 else 'calls'} in {planned.seconds:.1f} s")
    return visible("\n".join(lines))


def outcome_text(instance: str, outcome: Outcome) -> str:
    """What became of one change, on its own lines."""
    lines = _wrapped(f"{_MARKS[outcome.fate]:<10}  {what(outcome.change)}", later=12)
    if outcome.text and outcome.fate is not Fate.DONE:
        lines += _wrapped(outcome.text, first=12, later=12)
    return visible("\n".join([f"{instance}: {lines[0]}", *lines[1:]]))


def _part(part: OrganizationPlan) -> Iterator[str]:
    yield from _wrapped(f"{part.instance} ({part.organization}): {totals(part)}", later=4)
    for change in part.changes:
        yield from _change(sign(change), change, change.reason)
    if part.withheld:
        yield "  held back:"
    for each in part.withheld:
        yield from _change(".", each.change, f"{each.hold}: {each.reason}")
    if part.diagnoses:
        yield "  to mend by hand:"
    for diagnosis in part.diagnoses:
        yield from _wrapped(f"! {diagnosis.subject}: {say_diagnosis(diagnosis)}", first=4, later=6)
    for trip in part.trips:
        yield from _wrapped(f"REFUSED: {trip.text}; {trip.flag} lifts this guard", first=2, later=4)
    if part.lacks:
        yield from _wrapped(f"not had, or not shown, by this server: {', '.join(part.lacks)}", first=2, later=4)


def _change(mark: str, change: Change, why: str) -> Iterable[str]:
    yield from _wrapped(f"{mark} {what(change)}", first=4, later=6)
    if why:
        yield from _wrapped(why, first=8, later=8)


def _wrapped(text: str, *, first: int = 0, later: int = 0) -> list[str]:
    """Lines of at most WIDTH columns; a word that is longer stands whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * later,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
