"""Checkpoints of a SQLite file: copies the write-ahead log into the file, by one process at a time.

Law: only the holder of the checkpoint lock does it, from its writing connection, between two transactions; nobody
opens the `-wal` or `-shm` file, since closing any descriptor of a file drops the locks that SQLite holds on it
(https://sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_).
"""

import time
from pathlib import Path
from typing import Any

from vedette.store import locks

EVERY_S = 0.25  # often, hence little at a time: a checkpoint holds up the commits behind it
TRUNCATE_ABOVE = 16_000  # frames (64 MB): readers were always in the way, so ask them to finish
TRUNCATE_WAIT_MS = 200
TAKE_EVERY_S = 1.0


class Checkpointer:
    """One process's part in checkpointing; call `tend` after a commit and when idle."""

    def __init__(self, path: Path) -> None:
        self._lock = locks.checkpoint_lock(path)
        self._log = path.with_name(path.name + "-wal")
        self._tried = self._looked = float("-inf")
        self._seen = 0

    @property
    def holder(self) -> bool:
        """Whether this process is the one that checkpoints."""
        return self._lock.held

    def tend(self, connection: Any) -> None:
        """Checkpoint through this raw connection if it is our turn and somebody has written."""
        if not self._ours() or time.monotonic() - self._looked < EVERY_S:
            return
        self._looked = time.monotonic()
        written = self._written()
        if written == self._seen:
            return
        _, frames, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if frames > TRUNCATE_ABOVE:
            _truncate(connection)
        if frames == copied:  # else a reader still needs what stands behind: come again
            self._seen = written

    def release(self) -> None:
        """Let another process take over."""
        self._lock.release()

    def _ours(self) -> bool:
        if self._lock.held:
            return True
        if time.monotonic() - self._tried < TAKE_EVERY_S:
            return False
        self._tried = time.monotonic()
        return self._lock.take()

    def _written(self) -> int:
        try:
            return self._log.stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _truncate(connection: Any) -> None:
    (wait,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute(f"PRAGMA busy_timeout={TRUNCATE_WAIT_MS}")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    connection.execute(f"PRAGMA busy_timeout={wait}")
