"""Undo file: read back, and proven before anything is asked: every part of it is known, and its instances are managed.

Law: a file of which one word is not understood undoes nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from vedette.config.nearest import suggestion
from vedette.errors import ConfigError, Problem
from vedette.flows.access_undo import COMPLETED, PLANNED
from vedette.model.access import AccessSettings
from vedette.model.changes import Change, SetOrganization, SetOwnership, UpdateProject
from vedette.model.org import AlertRule
from vedette.rules.access.undoing import Undo
from vedette.rules.access.written import KINDS, change_from

_VERSION = 1
_CURE = "name a file that `vedette access apply` wrote, as it wrote it; `vedette access runs` lists them"


class _Told(msgspec.Struct):
    what: str
    why: str


class _Fields(msgspec.Struct, forbid_unknown_fields=True):
    """What a project's fields can be set to."""

    name: str = ""
    platform: str = ""
    subject_prefix: str = ""
    sensitive_fields: list[str] = []
    safe_fields: list[str] = []
    resolve_age: int = 0
    allowed_domains: list[str] = []
    throttle: int = 0


class _Ownership(msgspec.Struct, forbid_unknown_fields=True):
    raw: str = ""
    fallthrough: bool = True
    auto_assignment: str = ""


_Setting = Literal["open_membership", "join_requests"]


class _Part(msgspec.Struct):
    instance: str
    organization: str
    undo: list[dict[str, Any]]
    cannot_be_undone: list[_Told] = []
    alert_rules: dict[str, list[AlertRule]] = {}


class _File(msgspec.Struct):
    state: str
    run: int
    checksum: str
    instances: list[_Part]


@dataclass(frozen=True, slots=True)
class UndoPart:
    """What takes the run back in one organisation; `cannot`: what was done and why it stays, in words."""

    instance: str
    organization: str
    undo: Undo
    cannot: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenUndo:
    """A file as it was read. Not `complete`: its run never wrote its end, and it holds all that it meant to do."""

    path: Path
    run: int
    checksum: str
    complete: bool
    parts: tuple[UndoPart, ...]


def undo_file(path: Path, access: AccessSettings) -> WrittenUndo:
    """The file, held against the settings; raises `ConfigError` with what is wrong, where, and the cure."""
    text = _text(path)
    file = _decoded(path, text)
    if file.state not in {PLANNED, COMPLETED}:
        raise _wrong(path, text, file.state, f"the state {file.state} is not known")
    names = [part.instance for part in file.instances]
    for part in file.instances:
        if names.count(part.instance) > 1:
            raise _wrong(path, text, part.instance, f"the instance {part.instance} is in it twice")
        if part.instance not in access.instances:
            known = suggestion(part.instance, access.instances)
            cure = f"undo it with settings whose `access:` manages that instance ({known})"
            raise _wrong(path, text, part.instance, f"access does not manage an instance {part.instance}", cure)
    parts = tuple(_part(path, text, part) for part in file.instances)
    return WrittenUndo(path, file.run, file.checksum, file.state == COMPLETED, parts)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError((Problem(str(path), 1, 1, "there is no such undo file", _CURE),)) from None
    except OSError as problem:
        words = problem.strerror or "it cannot be read"
        raise ConfigError((Problem(str(path), 1, 1, f"it cannot be read: {words}", "correct the path"),)) from None
    except UnicodeDecodeError:
        raise ConfigError((Problem(str(path), 1, 1, "it is no text", _CURE),)) from None


def _decoded(path: Path, text: str) -> _File:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as problem:
        told = f"it is no JSON: {problem.msg}"
        raise ConfigError((Problem(str(path), problem.lineno, problem.colno, told, _CURE),)) from None
    if not isinstance(data, dict) or "version" not in data:
        raise _wrong(path, text, "", "it is no undo file: it has no version")
    if data["version"] != _VERSION:
        cure = "undo it with the Vedette that wrote it"
        raise _wrong(path, text, "version", f"its version is {data['version']}, and {_VERSION} is understood", cure)
    try:
        return msgspec.convert(data, _File)
    except msgspec.ValidationError as problem:
        raise _wrong(path, text, "", f"it is no undo file: {problem}") from None


def _part(path: Path, text: str, part: _Part) -> UndoPart:
    changes = tuple(_change(path, text, part.instance, row) for row in part.undo)
    rules = {project: tuple(told) for project, told in part.alert_rules.items()}
    cannot = tuple((each.what, each.why) for each in part.cannot_be_undone)
    return UndoPart(part.instance, part.organization, Undo(changes, rules=rules), cannot)


def _change(path: Path, text: str, instance: str, row: Mapping[str, Any]) -> Change:
    kind = row.get("change")
    if kind not in KINDS:
        told = f"{instance}: there is no kind of change {kind}"
        raise _wrong(path, text, str(kind), told, suggestion(str(kind), KINDS))
    try:
        change = msgspec.convert(row, KINDS[str(kind)])
        _prove_fields(change)
    except msgspec.ValidationError as problem:
        raise _wrong(path, text, str(kind), f"{instance}: the {kind} is not whole: {problem}") from None
    return change_from(row)


def _prove_fields(change: Change) -> None:
    """Raises where fields are set that there are not, or to what they cannot be."""
    match change:
        case UpdateProject():
            msgspec.convert(change.after, _Fields)
        case SetOwnership():
            msgspec.convert(change.after, _Ownership)
        case SetOrganization(setting=setting):
            msgspec.convert(setting, _Setting)


def _wrong(path: Path, text: str, word: str, told: str, cure: str = _CURE) -> ConfigError:
    """The problem, at the first place where that word stands."""
    at = max(text.find(json.dumps(word, ensure_ascii=False)), 0) if word else 0
    line = text.count("\n", 0, at) + 1
    return ConfigError((Problem(str(path), line, at - text.rfind("\n", 0, at), told, cure),))


def only(file: WrittenUndo, names: Sequence[str]) -> tuple[UndoPart, ...]:
    """Its parts of these instances, or all; raises `ConfigError` for a name that is not in it."""
    there = [part.instance for part in file.parts]
    for name in names:
        if name not in there:
            told = f"it says nothing of an instance {name}"
            raise ConfigError((Problem(str(file.path), 1, 1, told, suggestion(name, there)),))
    return tuple(part for part in file.parts if not names or part.instance in names)
