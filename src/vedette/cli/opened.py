"""Opened: a command's settings and app, opened together and closed together."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from vedette.app import App
from vedette.config.load import load


@contextmanager
def opened(config: Path, *, role: str = "command", standard_input: str | None = None) -> Iterator[App]:
    """The app of the settings in `config`; raises ConfigError with every problem, or VedetteError about the store."""
    app = App.build(load(config, environ=os.environ), role=role, standard_input=standard_input)
    try:
        yield app
    finally:
        app.close()
