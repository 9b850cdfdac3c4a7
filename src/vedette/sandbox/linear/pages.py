"""The pages a person sees: the list of issues and each issue, without scripts under a strict policy."""

from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import Response

from vedette.sandbox.linear.desk import Desk
from vedette.sandbox.linear.views import PRIORITIES

ROOM = Path(__file__).parent / "templates"
PER_PAGE = 100
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
_templates = Environment(loader=FileSystemLoader(ROOM), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _moment(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%d %b %Y, %H:%M:%S} UTC"


_templates.filters["moment"] = _moment


class Pages:
    """The pages of one desk."""

    def __init__(self, desk: Desk) -> None:
        self._state = desk.state

    async def board(self, request: Request) -> Response:
        """The list, newest first, of one team or all."""
        state, chosen = self._state, request.query_params.get("team", "")
        newest = [each for each in reversed(state.issues.values()) if chosen in ("", each.team)]
        rows = [{"issue": each, "status": state.status(each)} for each in newest[:PER_PAGE]]
        return _page("board.html", rows=rows, teams=state.config.teams, chosen=chosen, total=len(newest))

    async def issue(self, request: Request) -> Response:
        """One issue, found by any identifier it ever had."""
        state, asked = self._state, str(request.path_params["key"])
        issue = state.issues.get(state.keys.get(asked.upper(), ""))
        if issue is None:
            return _page("missing.html", code=404, key=asked)
        assignee = state.people.get(issue.assignee)
        return _page(
            "issue.html",
            issue=issue,
            status=state.status(issue),
            priority=PRIORITIES[issue.priority],
            labels=[state.labels[each].name for each in issue.labels],
            assignee=assignee.name if assignee else "",
            comments=state.remarks(issue),
            links=state.attached(issue),
        )

    async def style(self, request: Request) -> Response:  # noqa: ARG002 - every endpoint is called alike
        headers = {"content-type": "text/css; charset=utf-8", "cache-control": "max-age=60"}
        return Response((ROOM / "style.css").read_bytes(), headers=headers)


def _page(name: str, *, code: int = 200, **values: object) -> Response:
    text = _templates.get_template(name).render(**values)
    return Response(text, status_code=code, headers=HEADERS, media_type="text/html")
