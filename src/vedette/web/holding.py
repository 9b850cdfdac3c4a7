"""Holding: the page of what was held back and suppressed, and its button that gives held issues tickets.

Law: the button asks for what its page showed, never for what came since.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from vedette.flows import suppressing
from vedette.flows.context import Context, log
from vedette.flows.splitting import ask
from vedette.model.flood import WAITING, Held, Place
from vedette.rules.muting import expired
from vedette.store import flood
from vedette.store.database import Tx
from vedette.web.acting import Form, number_in, signed_form
from vedette.web.showing import page

_SHOWN = 100  # held issues of each place
_DAY = timedelta(days=1)


class Holding:
    """The page and its form."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    def held(self, request: Request) -> Response:
        """Everything that is held, by place."""
        return self._shown(request, digest="")

    def held_in(self, request: Request) -> Response:
        """What is held in one place: where a digest's own link leads."""
        return self._shown(request, digest=request.path_params["digest"])

    async def split(self, request: Request) -> Response:
        """Ask for tickets: for one held issue, or for those of a place that were shown."""
        form = await signed_form(request)
        context = self._context()
        count = await asyncio.to_thread(_split, context, form)
        log.info("split_asked", count=count)
        return RedirectResponse(f"/held?done={count}%20asked%20for", 303)

    def _shown(self, request: Request, *, digest: str) -> Response:
        context = self._context()
        now = context.clock()

        def work(tx: Tx) -> dict[str, Any]:
            places = [each for each in flood.digests(tx) if not digest or each.place.digest.id == digest]
            return {
                "places": [(each, flood.listing(tx, place=each.place, limit=_SHOWN)) for each in _by_place(places)],
                "suppressed": suppressing.since(tx, now - _DAY, issues=3),
            }

        told = context.store.read(work) | {"now": now, "expired": expired(context.settings.mutes, now=now)}
        return page(request, "held.html", done=request.query_params.get("done", "")[:40], **told)


def _by_place(standing: list[flood.Standing]) -> list[flood.Standing]:
    """One line a place: while a digest follows another, its issues are of both."""
    found: dict[Place, flood.Standing] = {}
    for each in standing:
        before = found.get(each.place)
        if before is None:
            found[each.place] = each
        else:
            known = before.digest or each.digest
            found[each.place] = flood.Standing(each.place, known, before.held + each.held, before.asked + each.asked)
    return list(found.values())


def _split(context: Context, form: Form) -> int:
    """How many were asked for; nothing where the form names none that is still held."""
    last, place = number_in(form.get("last", "")), Place(form.get("tracker", ""), form.get("project", ""))

    def meant(tx: Tx) -> list[Held]:
        if one := number_in(form.get("id", "")):
            return [each for each in flood.listing(tx, states=WAITING, limit=1_000_000) if each.id == one]
        return [each for each in flood.listing(tx, place=place, limit=1_000_000) if each.id <= last]

    ids = [each.id for each in context.store.read(meant)]
    return ask(context, ids, over_caps=form.get("over_caps") == "yes", by="on the pages").asked
