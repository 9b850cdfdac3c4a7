"""Pages: the listener for people and Prometheus; reads the store's frozen rows and shows them.

Law: a page decides nothing and calls no vendor, but to ask Sentry which issue a pasted short id means.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from vedette.errors import Unavailable
from vedette.flows import suppressing
from vedette.flows.context import Context, log
from vedette.flows.explain import chain_words
from vedette.flows.tally import REFUSED, WINDOW
from vedette.model.issues import IssueKey
from vedette.model.journal import EntryKind
from vedette.store import counters, flood, queue, views
from vedette.store import journal as lines
from vedette.store.database import Health, Tx
from vedette.web import metrics
from vedette.web.access import Accesses
from vedette.web.acting import Acting
from vedette.web.auth import link_is_good
from vedette.web.drawing import ways
from vedette.web.dsn import Dsns
from vedette.web.exporting import Exporting
from vedette.web.gate import Gate
from vedette.web.holding import Holding
from vedette.web.monitoring import Monitoring
from vedette.web.owning import Owning
from vedette.web.recalling import DEFINITION, day_of
from vedette.web.searching import search
from vedette.web.showing import issue_path, page
from vedette.web.watching import short_lines
from vedette.web.wrong import wrong

_PAGE = 50  # lines of the journal
_LETTERS = 20  # dead letters shown of each group
_LOOKED_AT = 20  # lines about an issue, among which its title is looked for
_STATIC = Path(__file__).with_name("static")


def pages(context: Callable[[], Context], *, health: Callable[[], Health]) -> Any:
    """The ASGI application, behind its gate."""
    seen, acting, owning = Pages(context, health=health), Acting(context), Owning(context)
    holding, monitoring, exporting = Holding(context), Monitoring(context), Exporting(context)
    accesses = Accesses(context)
    application = Starlette(
        routes=[
            Route("/", seen.now),
            Route("/now", seen.now_live),
            Route("/issues", seen.find),
            Route("/issues/{instance}/{id}", seen.issue),
            Route("/dead", seen.dead),
            Route("/held", holding.held),
            Route("/held/{digest}", holding.held_in),
            Route("/held/split", holding.split, methods=["POST"]),
            Route("/monitor", monitoring.monitor),
            Route("/monitor/live", monitoring.monitor_live),
            Route("/monitor/{instance}/{filter}.csv", exporting.windows),
            Route("/monitor/{instance}/{filter}/issues.csv", exporting.issues),
            Route("/monitor/{instance}/{filter}", monitoring.filter),
            Route("/journal", seen.journal),
            Route("/owners", owning.owners),
            Route("/dsn", Dsns(context).dsns),
            Route("/access", accesses.first),
            Route("/access/doctor", accesses.doctor),
            Route("/access/requests", accesses.requests),
            Route("/login", seen.login),
            Route("/metrics", seen.metrics),
            Route("/healthz", seen.healthz),
            Route("/readyz", seen.readyz),
            Route("/login", acting.sign_in, methods=["POST"]),
            Route("/logout", acting.sign_out, methods=["POST"]),
            Route("/dead/retry", acting.retry, methods=["POST"]),
            Route("/dead/drop", acting.drop, methods=["POST"]),
            Route("/destinations/{name:path}/resume", acting.resume, methods=["POST"]),
            Mount("/static", StaticFiles(directory=_STATIC)),
        ],
        exception_handlers={HTTPException: _told, Unavailable: _unavailable, Exception: _bug},
    )
    return Gate(
        application,
        secret=lambda: context().settings.web.login_secret,
        secure=lambda: context().settings.tickets.base_url.startswith("https://"),
    )


class Pages:
    """The handlers of pages; plain functions, which Starlette runs in threads."""

    def __init__(self, context: Callable[[], Context], *, health: Callable[[], Health]) -> None:
        self._context = context
        self._health = health

    def now(self, request: Request) -> Response:
        """How things stand."""
        return page(request, "now.html", **self._standing())

    def now_live(self, request: Request) -> Response:
        """The part of it that is fetched again and again."""
        return page(request, "now_live.html", **self._standing())

    def issue(self, request: Request) -> Response:
        """The way of one issue, drawn."""
        context = self._context()
        key = IssueKey(request.path_params["instance"], request.path_params["id"])
        view = context.store.read(lambda tx: views.issue(tx, key))
        if view.key != key:
            return RedirectResponse(issue_path(view.key), 302)
        known = bool(view.entries or view.mentions or view.claims or view.jobs)
        drawn = ways(view, context.settings) if known else ()
        chains = {claim.id: chain_words(claim, view.claims) for claim in view.claims}
        values = {"view": view, "ways": drawn, "now": context.clock(), "title": _title(view), "known": known}
        values["chains"] = chains
        return page(request, "issue.html", status=200 if known else 404, sentry=_address(context, view.key), **values)

    def find(self, request: Request) -> Response:
        """Where the search box leads."""
        asked = request.query_params.get("q", "").strip()[:500]
        found = search(self._context(), asked) if asked else []
        if len(found) == 1:
            return RedirectResponse(issue_path(found[0]), 303)
        return page(request, "found.html", asked=asked, found=found)

    def dead(self, request: Request) -> Response:
        """Dead letters by cause."""
        context = self._context()

        def work(tx: Tx) -> list[Any]:
            groups = views.dead(tx)
            return [(group, [queue.get(tx, number) for number in group.ids[-_LETTERS:]]) for group in groups]

        done = request.query_params.get("done", "")[:40]
        return page(request, "dead.html", groups=context.store.read(work), now=context.clock(), done=done)

    def journal(self, request: Request) -> Response:
        """The journal, newest first."""
        context, asked = self._context(), request.query_params
        text, kind, before = (
            asked.get("text", "").strip()[:200],
            _kind(asked.get("kind", "")),
            _whole(asked.get("before")),
        )
        found = context.store.read(lambda tx: lines.search(tx, text=text, kind=kind, before=before, limit=_PAGE + 1))
        more = found[_PAGE - 1].id if len(found) > _PAGE else None
        values: dict[str, Any] = {"rows": found[:_PAGE], "older": more, "before": before, "now": context.clock()}
        return page(request, "journal.html", text=text, kind=kind, kinds=tuple(EntryKind), **values)

    def login(self, request: Request) -> Response:
        """The button behind a login link; a link alone does nothing, since chat programs open links to preview them."""
        secret = self._context().settings.web.login_secret
        token = request.query_params.get("token", "")
        if secret is None:
            return page(request, "login.html", token="", state="none")
        if not token:
            return page(request, "login.html", status=401, token="", state="needed")
        good = link_is_good(token, secret)
        return page(request, "login.html", status=200 if good else 403, token=token, state="good" if good else "spent")

    def metrics(self, _: Request) -> Response:
        """For Prometheus."""
        context = self._context()
        view = metrics.read(context.store, now=context.clock())
        return Response(metrics.exposition(view, self._health()), media_type=metrics.CONTENT_TYPE)

    async def healthz(self, _: Request) -> Response:
        """This process answers."""
        return _json({"alive": True})

    async def readyz(self, request: Request) -> Response:
        """The store can take deliveries; else why not, for whoever may see the pages."""
        found = await asyncio.to_thread(self._health)
        content: dict[str, Any] = {"ready": found.ok}
        if request.state.session is not None:
            content |= {"trouble": found.trouble, "engine": found.engine}
        return _json(content, status=200 if found.ok else 503)

    def _standing(self) -> dict[str, Any]:
        context, health = self._context(), self._health()
        now = context.clock()

        def work(tx: Tx) -> dict[str, Any]:
            view = views.now(tx, now)
            return {
                "view": view,
                "titles": _titles(tx, view),
                "filters": short_lines(tx, context.settings, now=now),
                "wrong": wrong(tx, context.settings, now=now),
                "held": sum(each.held for each in flood.digests(tx)),
                "suppressed": suppressing.totals(tx, now - timedelta(days=1)),
                "refused": counters.total(tx, REFUSED, since=now - WINDOW),
                "recall": day_of(view.recall, context.settings.recall.counted, now=now),
                "recall_means": DEFINITION,
            }

        return context.store.read(work) | {"health": health, "now": now}


def _titles(tx: Tx, view: views.NowView) -> dict[IssueKey, str]:
    """What the errors behind the last tickets are called, as the decisions about them said."""
    found = {entry.issue: str(entry.details.get("title") or "") for entry in view.decisions if entry.issue}
    for key in {claim.issue for claim in view.tickets} - found.keys():
        told = (entry.details.get("title") for entry in lines.of_issue(tx, key, limit=_LOOKED_AT))
        found[key] = str(next(filter(None, told), ""))
    return found


def _title(view: views.IssueView) -> str:
    told = (entry.details.get("title") for entry in view.entries)
    heard = (mention.detail.get("title") for mention in view.mentions)
    return str(next(filter(None, (*told, *heard)), "") or f"Issue {view.key.id}")


def _address(context: Context, key: IssueKey) -> str:
    instance = context.settings.instances.get(key.instance)
    return f"{instance.url.rstrip('/')}/organizations/{instance.organization}/issues/{key.id}/" if instance else ""


def _kind(text: str) -> EntryKind | None:
    return EntryKind(text) if text in set(EntryKind) else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else None


def _json(content: dict[str, Any], *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")


def _told(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    words = problem.detail if isinstance(problem, HTTPException) else ""
    return page(request, "told.html", status=status, heading=_HEADINGS.get(status, "This did not work"), words=words)


def _unavailable(request: Request, problem: Exception) -> Response:
    log.error("page_unavailable", problem=str(problem))
    return page(request, "told.html", status=503, heading="The store does not answer", words=str(problem))


def _bug(request: Request, problem: Exception) -> Response:
    log.error("page_bug", exc_info=problem)
    return page(request, "told.html", status=500, heading="A bug of Vedette's", words="The log holds the rest.")


_HEADINGS = {
    400: "This cannot be read",
    403: "This is not allowed",
    404: "There is nothing here",
    405: "Not in this way",
    413: "Too large",
}
