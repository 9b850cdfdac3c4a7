"""Access pages: what the doctor found last of people's accounts, and who asks for access.

Law: they show what was read last, with its age, and change nothing: access is changed in the settings.
"""

from collections.abc import Callable
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vedette.flows.access_doctor import last_visits
from vedette.flows.context import Context
from vedette.rules.access.doctor import found
from vedette.store import requests
from vedette.store.database import Tx
from vedette.web.showing import page

_SHOWN = 200  # people on one page; whoever looks for one types their name
_CLOSED, _CLOSED_SHOWN = timedelta(days=7), 50


class Accesses:
    """The handlers of the pages."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    def first(self, _: Request) -> Response:
        """The pages of access begin with the doctor."""
        return RedirectResponse("/access/doctor", 302)

    def doctor(self, request: Request) -> Response:
        """Everybody whom something is wrong with, or whoever is looked for."""
        context, asked = self._context(), request.query_params.get("person", "").strip()[:200]
        managed = context.settings.access.instances
        visits = context.store.read(lambda tx: last_visits(tx, managed))
        people = [
            patient
            for visit in visits
            for patient in (found(visit.patients, asked) if asked else visit.patients)
            if asked or patient.findings
        ]
        return page(
            request,
            "access_doctor.html",
            person=asked,
            visits=visits,
            unvisited=[name for name in managed if name not in {each.instance for each in visits}],
            managed=managed,
            people=people[:_SHOWN],
            more=max(0, len(people) - _SHOWN),
            now=context.clock(),
        )

    def requests(self, request: Request) -> Response:
        """Who waits for access, and what was closed within a week."""
        context = self._context()
        now = context.clock()

        def work(tx: Tx) -> tuple[object, object]:
            return requests.open_ones(tx), requests.closed_since(tx, now - _CLOSED, limit=_CLOSED_SHOWN)

        waiting, closed = context.store.read(work)
        settings = context.settings.access.requests
        return page(request, "access_requests.html", waiting=waiting, closed=closed, settings=settings, now=now)
