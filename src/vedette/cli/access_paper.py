"""Plans of access on a terminal: grouped by organisation, 80 columns wide, with every reason."""

import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vedette.cli.paper import visible
from vedette.flows.access import Planned
from vedette.model.changes import Change
from vedette.model.plan import Fate, OrganizationPlan, Outcome, Plan
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


@dataclass(frozen=True, slots=True)
class Nothing:
    """What an empty plan says: of one organisation, and of all."""

    part: str = "as declared"
    whole: str = "Everything is as declared."


def plan_text(planned: Planned, *, nothing: Nothing | None = None) -> str:
    """A whole plan in words, without the command that applies it."""
    words = nothing or Nothing()
    plan = planned.plan
    lines = [line for part in plan.parts for line in (*_part(part, words), "")]
    for failed in plan.failed:
        lines += [*wrapped(f"{failed.instance} could not be read: {failed.error}"), ""]
    lines += wrapped(verdict(plan, nothing=words.whole))
    lines.append(f"{planned.calls} {'call' if planned.calls == 1 else 'calls'} in {planned.seconds:.1f} s")
    return visible("\n".join(lines))


def next_step(plan: Plan, title: str, command: str) -> list[str]:
    """Lines that tell the command that does it; none where there is nothing to do, or a guard refuses."""
    return [] if plan.refused or plan.idle else ["", title, "", f"  {command}"]


def outcome_text(instance: str, outcome: Outcome) -> str:
    """What became of one change, on its own lines."""
    lines = wrapped(f"{_MARKS[outcome.fate]:<10}  {what(outcome.change)}", later=12)
    if outcome.text and outcome.fate is not Fate.DONE:
        lines += wrapped(outcome.text, first=12, later=12)
    return visible("\n".join([f"{instance}: {lines[0]}", *lines[1:]]))


def _part(part: OrganizationPlan, words: Nothing) -> Iterator[str]:
    yield from wrapped(f"{part.instance} ({part.organization}): {totals(part, nothing=words.part)}", later=4)
    for change in part.changes:
        yield from _change(sign(change), change, change.reason)
    if part.withheld:
        yield "  held back:"
    for each in part.withheld:
        yield from _change(".", each.change, f"{each.hold}: {each.reason}")
    if part.diagnoses:
        yield "  to mend by hand:"
    for diagnosis in part.diagnoses:
        yield from wrapped(f"! {diagnosis.subject}: {say_diagnosis(diagnosis)}", first=4, later=6)
    for trip in part.trips:
        yield from wrapped(f"REFUSED: {trip.text}; {trip.flag} lifts this guard", first=2, later=4)
    if part.lacks:
        yield from wrapped(f"not had, or not shown, by this server: {', '.join(part.lacks)}", first=2, later=4)


def _change(mark: str, change: Change, why: str) -> Iterable[str]:
    yield from wrapped(f"{mark} {what(change)}", first=4, later=6)
    if why:
        yield from wrapped(why, first=8, later=8)


def wrapped(text: str, *, first: int = 0, later: int = 0) -> list[str]:
    """Lines of at most WIDTH columns; a word that is longer stands whole."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * first,
        subsequent_indent=" " * later,
        break_long_words=False,
        break_on_hyphens=False,
    ) or [""]
