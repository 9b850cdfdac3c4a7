"""Undo files: what takes a run back, written before its first change and again after its last.

Law: a file is whole or not there; nothing in it is secret. JSON is YAML too, so that either reader takes it.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from vedette.model.changes import Change
from vedette.model.org import Organization
from vedette.model.plan import Fate, Outcome
from vedette.rules.access.undoing import Undo, summary, undo_of
from vedette.rules.access.wording import what
from vedette.rules.access.written import change_data

#: What `state` says: the changes that were about to be made, or what was made of them.
PLANNED, COMPLETED = "planned", "completed"
_SHORT = 12  # digits of a checksum in a file's name


@dataclass(frozen=True, slots=True)
class UndoFile:
    """One run's file."""

    path: Path
    checksum: str
    who: str
    started_at: datetime
    before: Mapping[str, Organization]  # by instance, as the run found them

    def planned(self, changes: Sequence[tuple[str, Change]], *, run: int) -> None:
        """Write what would take everything back, in case nobody comes to write what was really done."""
        self._write(PLANNED, [(name, Outcome(change, Fate.DONE)) for name, change in changes], run=run, at=None)

    def completed(self, outcomes: Sequence[tuple[str, Outcome]], *, run: int, now: datetime) -> None:
        """Write what takes back what was done, and nothing else."""
        self._write(COMPLETED, outcomes, run=run, at=now)

    def _write(self, state: str, outcomes: Sequence[tuple[str, Outcome]], *, run: int, at: datetime | None) -> None:
        data = {
            "version": 1,
            "state": state,
            "run": run,
            "checksum": self.checksum,
            "who": self.who,
            "started_at": self.started_at,
            "completed_at": at,
            "instances": [self._part(name, outcomes) for name in self.before],
        }
        written(self.path, msgspec.json.format(msgspec.json.encode(data), indent=2) + b"\n")

    def _part(self, instance: str, outcomes: Sequence[tuple[str, Outcome]]) -> Mapping[str, Any]:
        mine = [outcome for name, outcome in outcomes if name == instance]
        undo = undo_of(mine, before=self.before[instance])
        return {
            "instance": instance,
            "organization": self.before[instance].slug,
            "summary": summary(undo),
            "undo": [{"what": what(change), **change_data(change)} for change in undo.changes],
            "cannot_be_undone": _lasting(undo),
            "alert_rules": undo.rules,
        }


def undo_path(folder: Path, checksum: str, *, now: datetime) -> Path:
    """Where a run's file lies; no two runs share one."""
    path = folder / f"access-undo-{checksum[:_SHORT]}-{now:%Y%m%dT%H%M%SZ}.json"
    number = 2
    while path.exists():
        path = path.with_name(f"access-undo-{checksum[:_SHORT]}-{now:%Y%m%dT%H%M%SZ}-{number}.json")
        number += 1
    return path


def written(path: Path, content: bytes) -> None:
    """Put the content into the file, whole or not at all, and on the disk; readable by whoever owns it alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _lasting(undo: Undo) -> list[Mapping[str, str]]:
    return [{"what": what(each.change), "why": each.why} for each in undo.cannot]
