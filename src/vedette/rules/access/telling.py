"""Telling: a plan as Markdown for a pull request and as one HTML page; in both every name is only text.

As JSON it is `written.plan_data`, in a terminal its lines are `wording`'s.
"""

from collections.abc import Iterable, Sequence
from html import escape

from vedette.model.plan import OrganizationPlan, Plan
from vedette.rules.access.wording import say_diagnosis, sign, totals, verdict, what
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


_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h2 { border-top: 1px solid #8886; margin-top: 2rem; padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; overflow-wrap: anywhere; padding: .35rem .6rem; text-align: left; }
th, td { vertical-align: top; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.refused { border-left: .3rem solid #c33; padding-left: .8rem; }
"""


def html(plan: Plan) -> str:
    """The plan as one page that needs no other file."""
    said = escape(verdict(plan))
    body = [f"<h1>{said}</h1>", f"<p>Checksum: <code>{escape(plan.checksum)}</code></p>"]
    for each in plan.failed:
        named = escape(one_line(each.instance))
        body.append(f'<p class="refused">{named} could not be read: {escape(one_line(each.error))}</p>')
    body += [line for part in plan.parts for line in _html_part(part)]
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{said}</title>'
    page = "\n".join(body)
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{_STYLE}</style></head>\n<body>\n{page}\n</body></html>\n'
    )


def _html_part(part: OrganizationPlan) -> Iterable[str]:
    yield f"<h2>{escape(part.organization)} on {escape(part.instance)}: {escape(totals(part))}</h2>"
    for trip in part.trips:
        yield f'<p class="refused">Refused: {escape(trip.text)}. <code>{escape(trip.flag)}</code> lifts this.</p>'
    yield from _html_table(
        "Changes", ("", "Change", "Because"), [(sign(each), what(each), each.reason) for each in part.changes]
    )
    yield from _html_table(
        "Held back",
        ("Held as", "Not done", "Because"),
        [(str(each.hold), what(each.change), each.reason) for each in part.withheld],
    )
    yield from _html_table(
        "To mend by hand",
        ("About", "What is wrong", "What to do"),
        [(each.subject, each.text, each.cure) for each in part.diagnoses],
    )
    if part.lacks:
        yield f"<p>Not on this server, or not told to this token: {escape(', '.join(part.lacks))}</p>"


def _html_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    if not rows:
        return
    yield f"<h3>{escape(title)} ({len(rows)})</h3>"
    yield f"<table><thead><tr>{''.join(f'<th>{escape(cell)}</th>' for cell in head)}</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{escape(one_line(cell))}</td>' for cell in row)}</tr>"
    yield "</tbody></table>"


def plain(plan: Plan) -> str:
    """The plan as lines of text, for mails and logs."""
    lines = [verdict(plan), f"checksum: {plan.checksum}"]
    lines += [f"{each.instance} could not be read: {one_line(each.error)}" for each in plan.failed]
    for part in plan.parts:
        lines += ["", f"{part.organization} on {part.instance}: {totals(part)}"]
        lines += [f"  refused: {trip.text}; {trip.flag} lifts this" for trip in part.trips]
        lines += [f"  {sign(change)} {what(change)}: {one_line(change.reason)}" for change in part.changes]
        lines += [f"  ! {what(each.change)} ({each.hold}): {one_line(each.reason)}" for each in part.withheld]
        lines += [f"  ? {say_diagnosis(each)}" for each in part.diagnoses]
    return "\n".join(lines) + "\n"
