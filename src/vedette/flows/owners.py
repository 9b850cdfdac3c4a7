"""Owners: the CODEOWNERS files at hand, refreshed now and then; the last good copy stays, marked stale."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from vedette.errors import Unavailable, VedetteError
from vedette.model.owners import CodeownersSource
from vedette.rules.codeowners import parse
from vedette.rules.routing import OwnersFile, choose
from vedette.store import refs
from vedette.store.database import Store

log: structlog.stdlib.BoundLogger = structlog.get_logger("vedette")


@dataclass(frozen=True, slots=True)
class OwnersText:
    """A CODEOWNERS text and its revision (a commit, a digest, "" for text in the settings)."""

    body: str
    revision: str = ""


# A file that was never read is asked for again sooner than one that is merely due.
_UNREAD_REST = timedelta(seconds=20)

Fetch = Callable[[CodeownersSource], OwnersText]


@dataclass(slots=True)
class _Shelf:
    """One file on the shelf, and when it was last asked for."""

    file: OwnersFile | None = None
    revision: str = ""
    asked_at: datetime | None = None


class OwnersBook:
    """Every CODEOWNERS of the settings, parsed once per revision; safe for threads."""

    def __init__(
        self,
        sources: Sequence[CodeownersSource],
        *,
        fetch: Fetch,
        store: Store | None,
        refresh: timedelta,
        dry: bool = False,
    ) -> None:
        self._sources = tuple(sources)
        self._fetch = fetch
        self._store = store
        self._refresh = refresh
        self._dry = dry
        self._shelves = {source.name: _Shelf() for source in self._sources}
        self._lock = threading.Lock()

    def file_for(self, project: str, *, now: datetime) -> OwnersFile | None:
        """The file that speaks for the Sentry project (slug), or None where the settings name none.

        `Unavailable` while that file could never be read: a decision that waits is better than one for the wrong team.
        """
        self.files(now=now)
        wanted = choose(self._sources, project=project)
        if wanted is None:
            return None
        found = self._shelves[wanted.name].file
        if found is None:
            raise Unavailable(f"CODEOWNERS {wanted.name} could not be read yet, so nobody can say who owns {project}")
        return found

    def files(self, *, now: datetime) -> tuple[OwnersFile, ...]:
        """Every file that can be had, fresh where it is due."""
        with self._lock:
            for source in self._sources:
                self._keep_fresh(source, now=now)
            return tuple(shelf.file for shelf in self._shelves.values() if shelf.file is not None)

    def _keep_fresh(self, source: CodeownersSource, *, now: datetime) -> None:
        shelf = self._shelves[source.name]
        rest = self._refresh if shelf.file is not None else min(self._refresh, _UNREAD_REST)
        if shelf.asked_at is not None and now - shelf.asked_at < rest:
            return
        shelf.asked_at = now
        try:
            text = self._fetch(source)
        except VedetteError as problem:
            log.warning("codeowners_stale", source=source.name, problem=str(problem))
            self._fall_back(source, shelf)
            return
        self._shelve(source, shelf, text, stale=False)
        if self._store is not None and not self._dry:
            self._store.write(lambda tx: refs.put(tx, _name(source), body=text.body, revision=text.revision, now=now))

    def _fall_back(self, source: CodeownersSource, shelf: _Shelf) -> None:
        if shelf.file is not None:
            shelf.file = replace(shelf.file, stale=True)
            return
        stored = self._store.read(lambda tx: refs.get(tx, _name(source))) if self._store else None
        if stored is not None:
            self._shelve(source, shelf, OwnersText(stored.body, stored.revision), stale=True)

    def _shelve(self, source: CodeownersSource, shelf: _Shelf, text: OwnersText, *, stale: bool) -> None:
        if shelf.file is not None and text.revision and text.revision == shelf.revision:
            shelf.file = replace(shelf.file, stale=stale)
            return
        owners = parse(text.body, dialect="gitlab" if source.dialect == "gitlab" else "github")
        origin = f"{source.name}@{text.revision[:12]}" if text.revision else source.name
        shelf.revision = text.revision
        shelf.file = OwnersFile(source.name, owners, source.projects, source.maps, origin, stale)


def _name(source: CodeownersSource) -> str:
    return f"codeowners:{source.name}"
