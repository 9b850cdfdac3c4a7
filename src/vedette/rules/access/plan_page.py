"""Plan page: a plan as one HTML page that needs no other file; every name in it is only text."""

from collections.abc import Iterable, Sequence
from html import escape

from vedette.model.plan import OrganizationPlan, Plan
from vedette.rules.access.wording import sign, totals, verdict, what
from vedette.rules.telling import coded, one_line

_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h1, h2, h3, p { overflow-wrap: break-word; }
h2 { border-top: 1px solid #8886; margin-top: 2rem; padding-top: 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { border-bottom: 1px solid #8884; overflow-wrap: break-word; padding: .35rem .6rem; text-align: left; }
th, td { vertical-align: top; }
td:first-child, th:first-child { white-space: nowrap; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
.refused, .away { border-left: .3rem solid #c33; padding-left: .8rem; }
@media (max-width: 40rem) {
  thead { height: 1px; overflow: hidden; position: absolute; width: 1px; clip-path: inset(50%); }
  tr { border-bottom: 1px solid #8884; display: block; padding: .4rem 0; }
  td { border: 0; display: block; overflow-wrap: anywhere; padding: .1rem .6rem; }
  td:first-child { white-space: normal; }
  td[data-label]::before { content: attr(data-label) ": "; opacity: .75; }
}
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
        [(each.hold.replace("_", " "), what(each.change), each.reason) for each in part.withheld],
    )
    yield from _html_table(
        "To mend by hand",
        ("About", "What is wrong", "What to do"),
        [(each.subject, each.text, each.cure) for each in part.diagnoses],
    )
    if part.lacks:
        yield f"<p>Not on this server, or not told to this token: {escape(', '.join(part.lacks))}</p>"


def _html_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """A table; where there is no room for one, each cell stands on a line of its own behind its head."""
    if not rows:
        return
    yield f"<h3>{escape(title)} ({len(rows)})</h3>"
    heads = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
    yield f"<table><thead><tr>{heads}</tr></thead><tbody>"
    for row in rows:
        away = ' class="away"' if row[0] == "-" else ""
        yield f"<tr{away}>{''.join(_cell(name, cell) for name, cell in zip(head, row, strict=True))}</tr>"
    yield "</tbody></table>"


def _cell(head: str, text: str) -> str:
    label = f' data-label="{escape(head)}"' if head else ""
    return f"<td{label}>{coded(one_line(text))}</td>"
