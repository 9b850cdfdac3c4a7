"""Telling: a plan as Markdown for a pull request; every name is only text.

As a page it is `plan_page.html`, as JSON `written.plan_data`; in a terminal its lines are `wording`'s.
"""

from collections.abc import Iterable, Sequence

from vedette.model.plan import OrganizationPlan, Plan
from vedette.rules.access.wording import sign, totals, verdict, what
from vedette.rules.telling import one_line

#: A table with more rows is folded.
FOLDED_FROM = 15
# Whatever Markdown or the HTML within it could take for more than text: CommonMark lets any of them be escaped.
_SIGNS = frozenset("\\`*_{}[]<>#|~&$!^@")


def markdown(plan: Plan) -> str:
    """The plan for a comment on a pull request: totals first, tables after."""
    parts = [f"### {_text(verdict(plan))}", f"Checksum: `{plan.checksum}`"]
    parts += [f"**{_text(each.instance)} could not be read:** {_text(each.error)}" for each in plan.failed]
    parts += [block for part in plan.parts for block in _part(part)]
    return "\n\n".join(parts) + "\n"


def _part(part: OrganizationPlan) -> Iterable[str]:
    yield f"#### {_text(part.organization)} on {_text(part.instance)}: {totals(part)}"
    for trip in part.trips:
        yield f"> **Refused.** {_text(trip.text)}. `{trip.flag}` lifts this."
    yield from _table(
        f"{len(part.changes)} changes",
        ("", "change", "because"),
        [(f"`{sign(change)}`", _text(what(change)), _text(change.reason)) for change in part.changes],
    )
    yield from _table(
        f"{len(part.withheld)} held back",
        ("not done", "held as", "because"),
        [(_text(what(each.change)), f"`{each.hold}`", _text(each.reason)) for each in part.withheld],
    )
    yield from _table(
        f"{len(part.diagnoses)} to mend by hand",
        ("about", "what is wrong", "what to do"),
        [(_text(each.subject), _text(each.text), _text(each.cure)) for each in part.diagnoses],
    )
    if part.lacks:
        yield f"Not on this server, or not told to this token: {_text(', '.join(part.lacks))}"


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    if not rows:
        return
    lines = [_row(head), _row(["---"] * len(head)), *map(_row, rows)]
    table = "\n".join(lines)
    if len(rows) < FOLDED_FROM:
        yield table
    else:
        # GitHub reads Markdown within <details> only behind an empty line.
        yield f"<details><summary>{title}</summary>\n\n{table}\n\n</details>"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _text(text: str) -> str:
    return "".join(f"\\{char}" if char in _SIGNS else char for char in one_line(text))
