"""The hooks' door of an app, listening on loopback in a thread of this process."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from tests.waiting import until
from vedette.app import App
from vedette.flows.tally import Tally
from vedette.model.settings import Listen
from vedette.web.hooks import HooksDoor
from vedette.web.monitor_run import RunDoor
from vedette.web.server import address, listen


@contextmanager
def door(app: App, *, tally: Tally | None = None, elsewhere: RunDoor | None = None) -> Iterator[str]:
    """Its address, while it is open."""
    tally = tally or Tally()

    async def health() -> object:
        return await asyncio.to_thread(app.store.health)

    application = HooksDoor(lambda: app.context, tally=tally, health=health, elsewhere=elsewhere)  # type: ignore[arg-type]
    config = uvicorn.Config(application, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    bound = listen(Listen("127.0.0.1", 0))
    thread = threading.Thread(target=lambda: server.run(sockets=[bound]), name="door")
    thread.start()
    try:
        until(lambda: server.started, within=60, saying="the door to open")
        yield address(bound)
    finally:
        server.should_exit = True
        thread.join(10)
        tally.write(app.context)
