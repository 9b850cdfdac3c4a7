"""The pages a person sees: the list of issues and each issue, without scripts under a strict policy."""

from html import escape

from vedette.sandbox.github.answers import Call
from vedette.sandbox.github.controls import listed
from vedette.sandbox.github.shapes import Shapes, instant
from vedette.sandbox.github.state import Issue
from vedette.sandbox.stage.answers import Answer

HEADERS = {
    "content-type": "text/html;charset=UTF-8",
    "content-security-policy": (
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
STYLE = """
:root{color-scheme:light dark;font:15px/1.5 system-ui,sans-serif}
body{margin:0 auto;max-width:70rem;padding:1rem}
header{border-bottom:1px solid #8886;margin-bottom:1rem;padding-bottom:.5rem}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #8884;vertical-align:top}
td:nth-child(2){overflow-wrap:anywhere}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:#8882;padding:.6rem}
h1{overflow-wrap:anywhere}
"""
_MOST = 100


def board(shapes: Shapes, call: Call) -> Answer:
    """The list, newest first, of one repository or all."""
    chosen = call.query.get("repository", "")
    names = {each.id: each.name for each in shapes.state.config.repositories}
    found = [each for each in reversed(listed(shapes.state)) if chosen in ("", names[each.repository])]
    ways = [("", "All repositories"), *((each, each) for each in names.values())]
    links = " · ".join(f'<a href="/?repository={escape(name)}">{escape(title)}</a>' for name, title in ways)
    rows = "".join(_row(shapes, each) for each in found[:_MOST]) or '<tr><td colspan="5">No issue yet.</td></tr>'
    head = "<tr><th>Issue</th><th>Title</th><th>State</th><th>Labels</th><th>Created</th></tr>"
    return _page("Issues", f"<nav>{links}</nav><table>{head}{rows}</table>", refresh=True)


def issue(shapes: Shapes, call: Call) -> Answer:
    """One issue, found where it is or where it was."""
    repository = shapes.state.named(f"{call.parts['owner']}/{call.parts['repo']}")
    number = call.parts["number"]
    place = (repository.id if repository else 0, int(number) if number.isdecimal() else 0)
    while place in shapes.state.moved:
        place = shapes.state.moved[place]
    found = shapes.state.at(place)
    if found is None:
        return _page("No such issue", "<p>This issue is not there.</p>", status=404)
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _facts(shapes, found)
    )
    remarks = "".join(
        f"<h2>{escape(each.author)}, {instant(each.created)}</h2><pre>{escape(each.body)}</pre>"
        for each in shapes.state.comments[found.id]
    )
    return _page(found.title, f"<table>{facts}</table><pre>{escape(found.body or '')}</pre>{remarks}")


def _facts(shapes: Shapes, found: Issue) -> list[tuple[str, str]]:
    return [
        ("Issue", shapes.state.key(found)),
        ("State", _state(found)),
        ("Labels", ", ".join(found.labels) or "none"),
        ("Assignees", ", ".join(found.assignees) or "nobody"),
        ("Milestone", found.milestone or "none"),
        ("Author", found.author),
        ("Created", instant(found.created)),
    ]


def _state(found: Issue) -> str:
    return "open" if found.state == "open" else f"closed as {(found.state_reason or 'completed').replace('_', ' ')}"


def _row(shapes: Shapes, found: Issue) -> str:
    path = shapes.page(found).removeprefix(shapes.url)
    cells = (found.title, _state(found), ", ".join(found.labels), instant(found.created))
    rest = "".join(f"<td>{escape(each)}</td>" for each in cells)
    return f'<tr><td><a href="{escape(path)}">{escape(shapes.state.key(found))}</a></td>{rest}</tr>'


def _page(title: str, body: str, *, status: int = 200, refresh: bool = False) -> Answer:
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    text = (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f"<title>{escape(title)} · Practice GitHub</title><style>{STYLE}</style></head><body>"
        '<header><a href="/">Practice GitHub</a> a stand-in on this machine; nothing here is real</header>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(status=status, body=text.encode(), headers=HEADERS)
