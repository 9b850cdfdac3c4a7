"""Pages: what a person sees of the stand-in: the issues, and one issue with its stack."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.responses import HTMLResponse, Response

from vedette.sandbox.sentry import answers, dates
from vedette.sandbox.sentry.desk import Ask

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("vedette.sandbox.sentry"),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _page(name: str, **values: object) -> Response:
    text = _templates().get_template(name).render(**values)
    return HTMLResponse(text, headers={"Content-Security-Policy": _POLICY})


def home(ask: Ask) -> Response:
    """GET /: every issue, the latest first."""
    issues = sorted(ask.memory.issues.values(), key=lambda issue: issue.last_seen, reverse=True)[:500]
    view = ask.world.view()
    rows = [(issue, view.permalink(issue), dates.whole(issue.last_seen)) for issue in issues]
    return _page("issues.html", organization=ask.world.config.organization, rows=rows)


def issue(ask: Ask) -> Response:
    """GET a permalink: the issue, and the stack of its latest occurrence (or of the one that the path names)."""
    found = ask.memory.issue(ask.path("issue"))
    if found is None:
        return _page("missing.html", organization=ask.world.config.organization)
    wanted = ask.request.path_params.get("event") or (found.occurrences[-1:] or [""])[0]
    occurrence = ask.memory.occurrences.get(str(wanted))
    if occurrence is None or occurrence.issue != found.id:
        return answers.unknown_path(ask.request.url.path, ask.dialect)
    return _page(
        "issue.html",
        organization=ask.world.config.organization,
        issue=found,
        event=occurrence.data,
        first_seen=dates.whole(found.first_seen),
        last_seen=dates.whole(found.last_seen),
    )
