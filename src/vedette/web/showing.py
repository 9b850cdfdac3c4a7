"""Showing: templates filled with frozen rows; everything is escaped, and times are told as people do."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from vedette import __version__
from vedette.model.issues import IssueKey
from vedette.rules.chart_words import lack_words, point_words, span_words
from vedette.rules.telling import coded
from vedette.store.limits import DestinationState

_STEPS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@cache
def environment() -> Environment:
    """The templates, read once."""
    made = Environment(
        loader=PackageLoader("vedette.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "span": span,
        "moment": moment,
        "safe_link": safe_link,
        "coded": typed,
        "issue_path": issue_path,
        "bars": bars,
    }
    made.filters |= {"percent": percent, "window": span_words, "lack": lack_words, "counted": point_words}
    made.globals |= {"version": __version__, "standing": standing}
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A template as an answer, with what every page needs."""
    session = request.state.session
    shared = {
        "asked": "",
        "here": request.url.path,
        "form_token": session.form_token if session else "",
        "signed_in": session is not None,
        "with_login": request.state.with_login,
    }
    text = environment().get_template(template).render(**{**shared, **values})
    return HTMLResponse(text, status_code=status)


def typed(text: str) -> Markup:
    """See `vedette.rules.telling.coded`."""
    return Markup(coded(text))  # noqa: S704 - it escapes the text


def span(length: timedelta | None) -> str:
    """A length of time in its largest unit: 3 min."""
    if length is None:
        return "–"
    seconds = max(0, int(length.total_seconds()))
    for size, unit in _STEPS:
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def moment(at: datetime | None, now: datetime) -> Markup:
    """A `time` element: how long ago, or in how long, with the exact time in its title."""
    if at is None:
        return Markup("–")
    exact = at.strftime("%Y-%m-%d %H:%M:%S UTC")
    words = f"{span(now - at)} ago" if at <= now else f"in {span(at - now)}"
    return Markup('<time datetime="{}" title="{}">{}</time>').format(at.isoformat(), exact, words)


def safe_link(address: str) -> str:
    """The address where it is one of the web, else nothing: a tracker's answer must not become a script."""
    try:
        return address if urlsplit(address).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def issue_path(key: IssueKey) -> str:
    """Our page about an issue."""
    return f"/issues/{quote(key.instance, safe='')}/{quote(key.id, safe='')}"


def bars(series: tuple[tuple[datetime, int], ...], *, height: int) -> list[tuple[int, float, float]]:
    """Place, top and height of each bar of a small chart."""
    most = max((count for _, count in series), default=0) or 1
    sizes = [height * count / most for _, count in series]
    return [(place, round(height - size, 2), round(size, 2)) for place, size in enumerate(sizes)]


def percent(share: float) -> str:
    """A share in whole percent, rounded down: 100 % means all of it."""
    return f"{int(100 * share + 1e-9)} %"


def standing(state: DestinationState, now: datetime) -> tuple[str, str]:
    """How a destination stands: the class of its badge, and the words."""
    if state.paused_at is not None:
        return "trouble", "paused"
    if state.open_until is not None:
        return "waiting", "resting after failures" if state.open_until > now else "trying again"
    if state.throttled_until is not None and state.throttled_until > now:
        return "waiting", f"asked for patience, {span(state.throttled_until - now)} more"
    return "done", "well"
