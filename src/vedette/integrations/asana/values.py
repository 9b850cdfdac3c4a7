"""Values: what a route says of a custom field → what Asana takes for a field of that kind."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from vedette.integrations.asana.client import Json
from vedette.integrations.asana.places import meant
from vedette.integrations.asana.reading import folded
from vedette.rules.fitting import clean

LONGEST_TEXT = 1024
_DAYS = re.compile(r"\+?(\d{1,4})\s*d")

Person = Callable[[str], Mapping[str, Any] | None]


class Unfit(ValueError):
    """A value that the field cannot take; the message says why and what it would take."""


def value_of(field: Json, wanted: Any, *, person: Person, now: datetime) -> Any:
    """The value in the shape of the field's kind; raises `Unfit`."""
    kind = str(field.get("resource_subtype") or "")
    if field.get("is_formula_field"):
        raise Unfit("Asana computes it by a formula")
    match kind:
        case "text":
            return clean(str(wanted))[:LONGEST_TEXT]
        case "number":
            return _number(wanted)
        case "enum":
            return _option(field, wanted)
        case "date":
            return {"date": day(wanted, now=now)}
        case "multi_enum" | "people" | "reference":
            return [_member(field, each, kind=kind, person=person) for each in _listed(wanted)]
    raise Unfit(f"a field of kind {kind or 'unknown'} cannot be written")


def _member(field: Json, wanted: Any, *, kind: str, person: Person) -> str:
    if kind == "multi_enum":
        return _option(field, wanted)
    return _person(wanted, person=person) if kind == "people" else str(wanted)


def day(wanted: Any, *, now: datetime) -> str:
    """A date from a date, or from days to come such as `3d` or `+3d`; raises `Unfit`."""
    found = _DAYS.fullmatch(str(wanted).strip())
    if found:
        return (now.date() + timedelta(days=int(found[1]))).isoformat()
    try:
        return date.fromisoformat(str(wanted)[:10]).isoformat()
    except ValueError:
        raise Unfit(f"{wanted} is neither a date such as 2026-12-24 nor days such as 3d") from None


def _listed(wanted: Any) -> list[Any]:
    return list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]


def _number(wanted: Any) -> float:
    try:
        number = float(wanted)
    except (TypeError, ValueError):
        raise Unfit(f"{wanted} is no number") from None
    if number - number != 0:  # neither infinity nor "not a number" can be written as JSON
        raise Unfit(f"{wanted} is no number")
    return number


def _option(field: Json, wanted: Any) -> str:
    options = [each for each in field.get("enum_options") or () if each.get("enabled", True)]
    for each in options:
        if folded(wanted) in (each.get("gid"), folded(each.get("name"))):
            return str(each["gid"])
    raise Unfit(f"it has no option {wanted}; {meant(str(wanted), [str(each.get('name')) for each in options])}")


def _person(wanted: Any, *, person: Person) -> str:
    found = person(str(wanted))
    if found is None:
        raise Unfit(f"nobody is known as {wanted}: write an e-mail address of the workspace, or a gid")
    return str(found["gid"])
