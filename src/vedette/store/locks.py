"""File locks beside a SQLite file: who may checkpoint, and which processes may write.

Law: a lock is the kernel's (`flock`), so that it is gone the moment its process is, however that died.
"""

import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self


class FileLock:
    """One `flock` on one file; the file itself stays, since removing it would race with the next locker."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._descriptor is not None

    def take(self, *, shared: bool = False, wait: bool = False) -> bool:
        """Take the lock; False when somebody else has it and `wait` is not asked for."""
        if self.held:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        how = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB)
        try:
            fcntl.flock(descriptor, how)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Let go, which closing the descriptor does."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        self.take(wait=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


def checkpoint_lock(path: Path) -> FileLock:
    """Held by the one process that checkpoints."""
    return FileLock(path.with_name(path.name + ".checkpoint.lock"))


def migrate_lock(path: Path) -> FileLock:
    """Held while the tables are brought up to date."""
    return FileLock(path.with_name(path.name + ".migrate.lock"))


def turn_lock(path: Path) -> FileLock:
    """Held by the one process that is next to write, so that who has just written does not step in front of it."""
    return FileLock(path.with_name(path.name + ".turn.lock"))


def process_lock(path: Path) -> FileLock:
    """Shared by processes whose SQLite may share the file, exclusive where it may not."""
    return FileLock(path.with_name(path.name + ".process.lock"))
