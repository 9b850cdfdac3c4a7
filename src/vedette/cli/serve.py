"""`vedette serve`: hooks, pages and workers in one process."""

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from vedette.app import App
from vedette.cli.garbage import stands
from vedette.cli.logging import set_up
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, read_settings
from vedette.config.load import reload
from vedette.errors import ConfigError
from vedette.web.server import Serving

Level = Literal["debug", "info", "warning", "error"]


def serve(
    *,
    config: ConfigFile = DEFAULT_CONFIG,
    work: bool = True,
    log: Annotated[Level, Parameter(help="Least level that is logged.")] = "info",
) -> None:
    """Take hooks in, show pages and do the work, until SIGTERM or Ctrl-C; SIGHUP reads the settings anew.

    Parameters
    ----------
    work
        Run workers in this process; with --no-work others must run `vedette work`.
    """
    settings = read_settings(config)
    set_up(level=log, human=sys.stderr.isatty())
    app = App.build(settings, role="serve")
    try:
        serving = Serving(app, work=work, reload=lambda: _reload(app, config))
        stands()
        with asyncio.Runner(loop_factory=_loop()) as runner:
            runner.run(serving.run(announce=lambda line: print(line, flush=True)))
    finally:
        app.close()


def _reload(app: App, config: Path) -> None:
    settings, problems = reload(config, current=app.settings, environ=os.environ)
    if problems:
        raise ConfigError(problems)
    app.reload(settings)


def _loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not to be had on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop
