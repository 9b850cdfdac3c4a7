"""A file of JSON lines: one for each point, and one for each of its trending issues.

Law: a push is appended whole and is on disk when it returns, or leaves the file as it was; a line that a crash tore is
taken away by the next push, which brings it again. The same point twice is two lines: docs/how-to/write-json-lines.md
has the query that makes them one.
"""

import errno
import fcntl
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from threading import Event
from typing import Any

import msgspec
from pydantic import BaseModel, ConfigDict, Field

from vedette.errors import Unauthorised, Unavailable, VedetteError
from vedette.model.metrics import Lack, Point, Resend, Tags, Trending
from vedette.model.ownership import Finding
from vedette.model.settings import SinkSettings
from vedette.ports.http import Fence, LeaseSpent
from vedette.ports.roles import Integration
from vedette.rules.labelling import cut_short
from vedette.rules.sampling import chronological

# A file has no limit of its own; this one keeps a stranger's message from filling the disk.
_LONGEST = 32_768
_BLOCK = 65_536
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)
_TRY_LOCK_EVERY_S = 0.02
_CURE = "give the account that Vedette runs as an existing folder that it may write to, with room in it"


class Config(BaseModel):
    """A file on this machine."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    path: Path = Field(description="The file, such as /var/lib/vedette/errors.jsonl; from this file's folder.")
    daily: bool = Field(
        default=False, description="Write a file for each day (UTC) of the windows: errors-2026-03-01.jsonl."
    )
    max_bytes: int | None = Field(
        default=None, ge=1, description="Set the file aside as errors.1.jsonl before it grows past this many bytes."
    )


class JsonLines:
    """Appends points to one file, or to one for each day."""

    resend = Resend.AT_LEAST_ONCE
    corrects = True

    def __init__(self, name: str, config: Config, *, timeout: float) -> None:
        self.name = name
        self._config = config
        self._timeout = timeout

    @classmethod
    def from_settings(cls, settings: SinkSettings) -> "JsonLines":
        """The sink that the settings describe."""
        return cls(settings.name, settings.config, timeout=settings.timeout.total_seconds())

    def render(self, points: Sequence[Point]) -> Sequence[Any]:
        """The lines."""
        return [line for point in chronological(points) for line in lines(point)]

    def push(self, points: Sequence[Point], *, fence: Fence) -> Sequence[str]:
        """Append the points' lines; nothing is ever left out."""
        if not points:
            return ()
        with self._told(), self._locked(fence):
            for path, group in groupby(chronological(points), key=self._path):
                self._append(path, b"".join(msgspec.json.encode(line) + b"\n" for line in self.render(list(group))))
        return ()

    def check(self) -> Iterator[Finding]:
        """Look whether the file, or one in its folder, could be written; nothing is."""
        path, folder = self._config.path, self._config.path.parent
        try:
            with self._told():
                if not os.access(folder, os.W_OK | os.X_OK):
                    raise OSError(errno.EACCES if folder.exists() else errno.ENOENT, "", str(folder))
                if path.exists():
                    os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
        except VedetteError as problem:
            yield Finding(self.name, ok=False, message=str(problem).removesuffix(f"; {_CURE}"), cure=_CURE)
            return
        yield Finding(self.name, ok=True, message=f"takes lines in {folder}")

    def close(self) -> None:
        """Nothing is held open."""

    def _path(self, point: Point) -> Path:
        path = self._config.path
        day = f"{point.window.end.astimezone(UTC):%Y-%m-%d}"
        return path.with_name(f"{path.stem}-{day}{path.suffix}") if self._config.daily else path

    def _append(self, path: Path, added: bytes) -> None:
        most = self._config.max_bytes
        with _opened(path) as file:
            size = _mended(file)
            if most is None or size == 0 or size + len(added) <= most:
                _write(file, added, size=size)
                return
        path.rename(_aside(path))
        with _opened(path) as file:
            _write(file, added, size=0)

    @contextmanager
    def _locked(self, fence: Fence) -> Iterator[None]:
        """One process at a time, by a lock that ends with its process; Unavailable where it is long in coming."""
        until = Fence(until=min(fence.until, Fence.after(self._timeout).until))
        handle = os.open(f"{self._config.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            while not _lock(handle):
                if until.left() <= 0:
                    raise Unavailable(f"{self.name}: another process keeps {self._config.path} locked")
                Event().wait(_TRY_LOCK_EVERY_S)
            if fence.left() <= 0:
                raise LeaseSpent(f"{self.name}: nothing written: the lease ran out")
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns what the system says into an error that names the remedy."""
        try:
            yield
        except OSError as problem:
            words = (problem.strerror or os.strerror(problem.errno or 0)).lower()
            said = f"{self.name}: cannot write {problem.filename or self._config.path}: {words}; {_CURE}"
            raise (Unauthorised if problem.errno in _FORBIDDEN else Unavailable)(said) from None


def lines(point: Point) -> list[dict[str, Any]]:
    """The point's line and those of its trending issues, each with the id that folds twins."""
    counted = point.is_counted
    whole = {
        "issue": None,  # so that a table made of the lines has the column before there is an issue
        "projects": list(point.projects),
        "errors": point.total if counted else None,
        "issues": point.issues if counted and point.rows_lack is not Lack.NOT_COUNTED else None,
        "users": point.users,
        "new": point.new,
        "regressed": point.regressed,
        "complete": point.is_complete,
        "lack": point.lack.value,
        "issues_lack": point.rows_lack.value,
        "detail": _text(point.detail),
        "counted_at": _moment(point.counted_at),
    }
    return [_said("point", point) | whole, *(_said("issue", point) | _of_issue(each) for each in point.trending)]


def _said(kind: str, point: Point) -> dict[str, Any]:
    return {
        "type": kind,
        "vedette.point_id": point.id,
        "vedette.revision": point.revision,
        "filter": _text(point.filter),
        "instance": _text(point.instance),
        "start": _moment(point.window.start),
        "end": _moment(point.window.end),
    }


def _of_issue(issue: Trending) -> dict[str, Any]:
    return {
        "issue": issue.issue.id,
        "count": issue.count,
        "before": issue.before,
        "yesterday": issue.yesterday,
        "last_week": issue.last_week,
        "users": issue.users,
        "project": _text(issue.project),
        "short_id": _text(issue.short_id),
        "title": _text(issue.title),
        "link": _text(issue.link),
        "first_seen": _moment(issue.first_seen),
        "is_new": issue.is_new,
        "is_regressed": issue.is_regressed,
        "owner": _text(issue.owner),
        "ticket": _text(issue.ticket),
        "ticket_url": _text(issue.ticket_url),
        "groups": [{"tags": _tags(tags), "count": count} for tags, count in issue.groups],
    }


def _tags(tags: Tags) -> Mapping[str, str | None]:
    return {_text(key): None if value is None else _text(value) for key, value in tags}


def _text(text: str) -> str:
    return cut_short(text, _LONGEST)


def _moment(at: datetime | None) -> str | None:
    return None if at is None else f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file to append to, made where there is none; its name is on disk too."""
    is_new = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        if is_new:
            _sync_folder(path.parent)
        yield file
    finally:
        os.close(file)


def _mended(file: int) -> int:
    """The file's size once its last line is whole: a torn one is taken away, one that lacks only its end is ended."""
    size = os.fstat(file).st_size
    if size == 0 or os.pread(file, 1, size - 1) == b"\n":
        return size
    start = _last_line(file, size)
    try:
        msgspec.json.decode(os.pread(file, size - start, start))
    except (msgspec.DecodeError, UnicodeDecodeError):
        os.ftruncate(file, start)
        return start
    return size + os.write(file, b"\n")


def _last_line(file: int, size: int) -> int:
    """Where the last line begins."""
    end = size
    while end > 0:
        begin = max(0, end - _BLOCK)
        found = os.pread(file, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _write(file: int, added: bytes, *, size: int) -> None:
    """Append the bytes and see them to the disk; where that fails the file has its size again."""
    rest = memoryview(added)
    try:
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    except OSError:
        with suppress(OSError):
            os.ftruncate(file, size)
        raise


def _aside(path: Path) -> Path:
    """The next free name for a file that is full: errors.1.jsonl, errors.2.jsonl …"""
    numbered = re.compile(rf"{re.escape(path.stem)}\.([0-9]+){re.escape(path.suffix)}")
    taken = [int(found[1]) for each in path.parent.iterdir() if (found := numbered.fullmatch(each.name))]
    return path.with_name(f"{path.stem}.{max(taken, default=0) + 1}{path.suffix}")


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


INTEGRATION = Integration(config=Config, sink=JsonLines.from_settings)
