"""`vedette work`: worker threads alone, beside a `vedette serve --no-work` or other replicas."""

import os
import signal
import threading
from pathlib import Path
from types import FrameType

from vedette.app import App
from vedette.cli.garbage import stands
from vedette.cli.logging import set_up
from vedette.cli.opened import opened
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.config.load import reload
from vedette.errors import VedetteError
from vedette.flows.context import log


def work(*, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Read deliveries and do jobs until SIGTERM; SIGHUP reads the settings again.

    Sentry and the trackers may be down: their jobs wait. With SQLite the store must be on this machine.
    """
    set_up(level="info")
    asked = Asked()
    with opened(config, role="work") as app:
        worker = app.worker()
        worker.start()
        stands()
        log.info("working", threads=app.settings.queue.workers)
        try:
            while not asked.to_stop.is_set():
                if asked.to_reload.wait(1.0) and not asked.to_stop.is_set():
                    asked.to_reload.clear()
                    reload_settings(app, config)
        finally:
            worker.stop()  # before the store is closed under its hands
        log.info("stopped")
    return 0


class Asked:
    """What signals ask of this process; installed when made, so that none is missed while the store opens."""

    def __init__(self) -> None:
        self.to_stop = threading.Event()
        self.to_reload = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGHUP, self._reload)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.to_stop.set()
        self.to_reload.set()

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self.to_reload.set()


def reload_settings(app: App, config: Path) -> None:
    """Put the settings in `config` in force; on any problem the old ones stay, and the log says why."""
    settings, problems = reload(config, current=app.settings, environ=os.environ)
    for problem in problems:
        log.error("reload_refused", problem=str(problem))
    if problems:
        return
    try:
        app.reload(settings)
    except VedetteError as problem:
        log.error("reload_refused", problem=str(problem))
    else:
        log.info("reloaded")
