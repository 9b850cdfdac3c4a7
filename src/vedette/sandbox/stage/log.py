"""The append-only log of what really happened: one JSON line per committed change, and one per fault drawn.

Its lines have one form for every stand-in, so that one judge reads them all.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import msgspec


class Log:
    """Numbered entries, kept in memory for readers and, when a file is given, on disk before the answer leaves."""

    def __init__(self, path: Path | None = None, *, fsync: bool = False) -> None:
        self.entries: list[dict[str, Any]] = []
        self.listeners: list[Callable[[dict[str, Any]], None]] = []
        self._fsync = fsync
        self._file: IO[bytes] | None = path.open("ab") if path else None

    def write(self, op: str, **facts: Any) -> None:
        """Append one entry; both clocks are noted, since only the monotonic one orders events surely."""
        entry = {
            "seq": len(self.entries) + 1,
            "mono": round(time.monotonic(), 6),
            "wall": round(time.time(), 6),
            "op": op,
            **facts,
        }
        self.entries.append(entry)
        if self._file is not None:
            self._keep(self._file, entry)
        for listener in self.listeners:
            listener(entry)

    def _keep(self, file: IO[bytes], entry: dict[str, Any]) -> None:
        file.write(msgspec.json.encode(entry) + b"\n")
        file.flush()
        if self._fsync:
            os.fsync(file.fileno())

    def after(self, seq: int) -> list[dict[str, Any]]:
        """Return the entries numbered above `seq`."""
        return self.entries[max(seq, 0) :]

    def close(self) -> None:
        """Let the file go."""
        if self._file is not None:
            self._file.close()
            self._file = None
