"""Written: changes and plans as data that JSON takes, and back; the keys are stable."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import cast

from vedette.model.changes import ORDER, Change
from vedette.model.plan import (
    Ailment,
    Diagnosis,
    FailedReading,
    Hold,
    OrganizationPlan,
    Plan,
    Trip,
    Withheld,
)

KINDS: Mapping[str, type[Change]] = {kind.__name__: kind for kind in ORDER}

Data = dict[str, object]


def change_data(change: Change) -> Data:
    """A change as `{"change": its kind, …its fields}`."""
    told: Data = {"change": type(change).__name__}
    return told | {each.name: plain(getattr(change, each.name)) for each in fields(change)}


def change_from(data: Mapping[str, object]) -> Change:
    """The change that was written so; unknown fields are left out. Raises KeyError for an unknown kind."""
    kind = KINDS[str(data["change"])]
    known = {each.name for each in fields(kind)}
    given = {name: value for name, value in data.items() if name in known}
    return kind(**cast("dict[str, object]", {name: _back(name, value) for name, value in given.items()}))  # type: ignore[arg-type]


def _back(name: str, value: object) -> object:
    # JSON has no tuples: lists that changes hold are tuples again, and in `before` and `after` too.
    if isinstance(value, list) and name != "body":
        return tuple(value)
    if isinstance(value, dict) and name in {"before", "after"}:
        return {key: _back(key, inner) for key, inner in value.items()}
    return value


def plain(value: object) -> object:
    """A value as JSON has it."""
    match value:
        case Mapping():
            return {str(key): plain(inner) for key, inner in value.items()}
        case str() | bool() | int() | float() | None:
            return value
        case Sequence():
            return [plain(inner) for inner in value]
        case frozenset() | set():
            return sorted(plain(inner) for inner in value)  # type: ignore[type-var]
    return str(value)


def canonical(change: Change, *, without: frozenset[str] = frozenset({"reason"})) -> str:
    """A change as one line that is the same for the same change."""
    told = {name: value for name, value in change_data(change).items() if name not in without}
    return json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def part_data(part: OrganizationPlan) -> Data:
    """One organisation's plan as data."""
    return {
        "instance": part.instance,
        "organization": part.organization,
        "changes": [change_data(change) for change in part.changes],
        "withheld": [change_data(each.change) | {"hold": each.hold, "why": each.reason} for each in part.withheld],
        "diagnoses": [
            {"subject": each.subject, "ailment": each.ailment, "text": each.text, "cure": each.cure}
            for each in part.diagnoses
        ],
        "trips": [{"kind": each.kind, "text": each.text, "flag": each.flag} for each in part.trips],
        "lacks": list(part.lacks),
        "calls": part.calls,
    }


def plan_data(plan: Plan) -> Data:
    """A plan as data."""
    return {
        "version": 1,
        "checksum": plan.checksum,
        "empty": plan.empty,
        "safe": not plan.refused,
        "organizations": [part_data(part) for part in plan.parts],
        "failed": [{"instance": each.instance, "error": each.error} for each in plan.failed],
    }


def plan_from(data: Mapping[str, object]) -> Plan:
    """The plan that was written so. Raises KeyError where it is not one."""
    parts = tuple(_part(each) for each in _rows(data, "organizations"))
    failed = tuple(FailedReading(str(each["instance"]), str(each["error"])) for each in _rows(data, "failed"))
    return Plan(parts, failed, str(data["checksum"]))


def _part(data: Mapping[str, object]) -> OrganizationPlan:
    return OrganizationPlan(
        instance=str(data["instance"]),
        organization=str(data["organization"]),
        changes=tuple(change_from(each) for each in _rows(data, "changes")),
        withheld=tuple(
            Withheld(change_from(each), Hold(str(each["hold"])), str(each["why"])) for each in _rows(data, "withheld")
        ),
        diagnoses=tuple(
            Diagnosis(str(each["subject"]), Ailment(str(each["ailment"])), str(each["text"]), str(each["cure"]))
            for each in _rows(data, "diagnoses")
        ),
        trips=tuple(Trip(str(each["kind"]), str(each["text"]), str(each["flag"])) for each in _rows(data, "trips")),
        lacks=tuple(str(each) for each in cast("list[object]", data["lacks"])),
        calls=cast("int", data["calls"]),
    )


def _rows(data: Mapping[str, object], name: str) -> list[Mapping[str, object]]:
    return cast("list[Mapping[str, object]]", data[name])
