"""A place for commands: stand-ins on loopback, a settings file for them, and a desk that works in the same store."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.databases import lay_tables
from tests.flows.conftest import Desk
from vedette.app import App
from vedette.cli.demo.stage import furnish
from vedette.cli.main import main
from vedette.cli.practice import Ground, practice_ground
from vedette.config.load import load
from vedette.store import journal
from vedette.store.database import READ, Store


@dataclass
class Place:
    """A folder with a vedette.yaml, and what the commands say when they are run on it."""

    ground: Ground
    home: Path
    run: Callable[..., tuple[int, str, str]]

    @property
    def config(self) -> Path:
        return self.home / "vedette.yaml"

    def change(self, old: str, new: str) -> None:
        """Change the settings; the old text must be there."""
        text = self.config.read_text(encoding="utf-8")
        assert old in text
        self.config.write_text(text.replace(old, new), encoding="utf-8")

    @contextmanager
    def working(self) -> Iterator[Desk]:
        """A worker on the same store, one job at a time."""
        if not (self.home / "vedette.db").exists():
            lay_tables(self.home / "vedette.db")
        app = App.build(load(self.config, environ=os.environ))
        try:
            yield Desk(app, self.ground.sentry, self.ground.jira)
        finally:
            app.close()

    def remembered(self) -> list[object]:
        """What the store holds, for a comparison."""
        settings = load(self.config, environ=os.environ)
        if not (self.home / "vedette.db").exists():
            return []
        with Store.open(settings.store, role=READ) as store:
            return [store.read(self._rows), store.read(lambda tx: journal.search(tx, limit=500))]

    @staticmethod
    def _rows(tx: object) -> object:
        from vedette.store import archive  # noqa: PLC0415

        return archive.count(tx)  # type: ignore[arg-type]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    for name in ("VEDETTE_CONFIG", "VEDETTE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    home = tmp_path / "home"
    home.mkdir()

    def run(*words: str, config: bool = True) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--config", str(home / "vedette.yaml")] if config else list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    with practice_ground() as ground:
        furnish(home, ground, hooks="127.0.0.1:0", pages="127.0.0.1:0")
        yield Place(ground, home, run)
