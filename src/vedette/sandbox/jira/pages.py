"""The pages a person sees: the list of tickets and each ticket, rendered without scripts under a strict policy."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from vedette.sandbox.jira.answers import Call
from vedette.sandbox.jira.rendering import body_html, link_html
from vedette.sandbox.jira.shapes import Shapes
from vedette.sandbox.jira.tickets import Ticket
from vedette.sandbox.stage.answers import Answer

ROOM = Path(__file__).parent / "templates"
PER_PAGE = 100
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-type": "text/html;charset=UTF-8",
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}

_pages = Environment(loader=FileSystemLoader(ROOM), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y, %H:%M:%S} UTC"


_pages.filters["moment"] = _moment


def _page(name: str, *, status: int = 200, **values: object) -> Answer:
    text = _pages.get_template(name).render(**values)
    return Answer(status=status, body=text.encode(), headers=HEADERS)


def _rows(shapes: Shapes, tickets: Iterable[Ticket]) -> list[dict[str, object]]:
    return [
        {
            "ticket": ticket,
            "category": shapes.state.status(ticket).category.value,
            "assignee": shapes.state.people.get(ticket.assignee or ""),
        }
        for ticket in tickets
    ]


def board(shapes: Shapes, call: Call) -> Answer:
    """The list, newest first, of one project or all."""
    state, chosen = shapes.state, call.query.get("project", "")
    newest = [each for each in reversed(state.tickets.values()) if chosen in ("", each.project)]
    page = max(call.whole("page", 1), 1)
    shown = newest[(page - 1) * PER_PAGE : page * PER_PAGE]
    return _page(
        "board.html",
        rows=_rows(shapes, shown),
        projects=state.config.projects,
        chosen=chosen,
        total=len(newest),
        open=sum(state.status(each).category.value != "done" for each in newest),
        page=page,
        more=page * PER_PAGE < len(newest),
        face="Cloud" if shapes.cloud else "Data Center",
    )


def browse(shapes: Shapes, call: Call) -> Answer:
    """One ticket, found by any key it ever had; a person may see what the bot may not."""
    state, asked = shapes.state, call.parts["issue"]
    ticket = state.tickets.get(state.keys.get(asked.upper(), -1))
    if ticket is None:
        return _page("missing.html", status=404, key=asked)
    kept = state.attached[ticket.id]
    comments = [
        {"author": state.people[each.author].name, "created": each.created, "body": body_html(each.body)}
        for each in kept.comments
    ]
    linked = [each.payload["object"] for each in kept.links.values()]
    return _page(
        "ticket.html",
        row=_rows(shapes, [ticket])[0],
        ticket=ticket,
        project=state.projects[ticket.project],
        body=body_html(ticket.description),
        comments=comments,
        links=[link_html(str(each["url"]), str(each["title"])) for each in linked],
        properties=kept.properties,
        moved_from=asked.upper() if asked.upper() != ticket.key else "",
    )


def icon(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    return Answer(
        status=200,
        body=(ROOM / "icon.svg").read_bytes(),
        headers={"content-type": "image/svg+xml", "cache-control": "max-age=3600"},
    )


def style(shapes: Shapes, call: Call) -> Answer:  # noqa: ARG001 - every handler is called alike
    return Answer(
        status=200,
        body=(ROOM / "style.css").read_bytes(),
        headers={"content-type": "text/css;charset=UTF-8", "cache-control": "max-age=60"},
    )
