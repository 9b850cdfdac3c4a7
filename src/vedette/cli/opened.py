"""Opened: a command's settings and app, opened together and closed together."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from vedette.app import App
from vedette.cli.logging import warn_on_stderr
from vedette.cli.options import standard_input as piped
from vedette.config.load import load
from vedette.model.settings import Settings
from vedette.store.database import READ, Store

_SQLITE = "sqlite:///"


@contextmanager
def opened(config: Path, *, role: str = "command", standard_input: str | None = None) -> Iterator[App]:
    """The app of the settings in `config`; raises ConfigError with every problem, or VedetteError about the store."""
    app = App.build(load(config, environ=os.environ), role=role, standard_input=standard_input)
    try:
        yield app
    finally:
        app.close()


@contextmanager
def opened_to_look(config: Path) -> Iterator[App]:
    """The app for a command that only looks, beside a running `serve` or before the first one.

    Where the store does not exist yet nothing was ever heard or cut: an empty one stands in, and is gone afterwards.
    """
    warn_on_stderr()
    settings = load(config, environ=os.environ)
    with ExitStack() as standing:
        if not _has_store(settings):
            settings = _with_empty_store(settings, Path(standing.enter_context(TemporaryDirectory(prefix="vedette-"))))
        app = App.build(settings, role=READ, standard_input=piped(settings))
        standing.callback(app.close)
        yield app


def _has_store(settings: Settings) -> bool:
    url = settings.store.url
    return not url.startswith(_SQLITE) or Path(url.removeprefix(_SQLITE)).exists()


def _with_empty_store(settings: Settings, folder: Path) -> Settings:
    store = replace(settings.store, url=f"{_SQLITE}{folder / 'empty.db'}")
    Store.open(store, role="command").close()
    return replace(settings, store=store)
