"""Pages: the listener for people and Prometheus."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from vedette import __version__
from vedette.flows.context import Context
from vedette.store.database import Health
from vedette.web import metrics


def pages(context: Callable[[], Context], *, health: Callable[[], Health]) -> Any:
    """The ASGI application."""

    async def healthz(_: Request) -> Response:
        return _json({"alive": True, "version": __version__})

    async def readyz(_: Request) -> Response:
        found = await asyncio.to_thread(health)
        return _json(
            {"ready": found.ok, "trouble": found.trouble, "engine": found.engine}, status=200 if found.ok else 503
        )

    def scrape(_: Request) -> Response:
        here = context()
        view = metrics.read(here.store, now=here.clock())
        return Response(metrics.exposition(view, health()), media_type=metrics.CONTENT_TYPE)

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scrape)])


def _json(content: dict[str, Any], *, status: int = 200) -> Response:
    return Response(msgspec.json.encode(content), status_code=status, media_type="application/json")
