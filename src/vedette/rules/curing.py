"""Curing: what a person must change so that a refusal does not come again, and where it stands in the settings."""

from collections.abc import Mapping

from vedette.model.jobs import JobKind

# Names that trackers give their fields, where a setting of a route is called otherwise.
_SETTINGS = {
    "issuetype": "type",
    "component": "components",
    "label": "labels",
    "transition": "status",
    "state": "status",
}
_OF_ROUTE = ("project", "type", "components", "labels", "priority", "assignee", "status", "section", "fields")
_OF_KIND = {JobKind.SET_STATUS: "status", JobKind.REOPEN_TICKET: "status"}
_FORBIDDEN = (401, 403)


def cure(
    kind: JobKind, *, status: int, fields: Mapping[str, str], destination: str, owner: str, where: Mapping[str, str]
) -> str:
    """What to change after a tracker has refused a job about an issue of `owner`; "" where nothing is known to help.

    `fields` are the vendor's own messages by field, `where` the places of the settings.
    """
    named = list(dict.fromkeys(setting_of(field) for field in fields))
    if not named and kind in _OF_KIND:
        named = [_OF_KIND[kind]]
    if named:
        told = " and ".join(f"`{name}`" for name in named)
        return f"change {told} in {route_at(owner, named[0], where)}"
    if status in _FORBIDDEN:
        return f"give the account of {destination} the right to do this, or change {route_at(owner, 'project', where)}"
    if kind is JobKind.OPEN_TICKET:
        return f"see whether the project is there and open, and correct {route_at(owner, 'project', where)}"
    return ""


def setting_of(field: str) -> str:
    """The setting of a route that gives this field of the tracker its value."""
    name = _SETTINGS.get(field.casefold(), field.casefold())
    return name if name in _OF_ROUTE else "fields"


def route_at(owner: str, setting: str, where: Mapping[str, str]) -> str:
    """The route that tickets of the owner take, and where it, or that setting of it, stands."""
    own, default = f"teams.{owner}.route", "routes.default"
    route = own if own in where else default
    place = where.get(f"{route}.{setting}") or where.get(route)
    return f"{route} at {place}" if place else "the route"


def block_at(destination: str, where: Mapping[str, str]) -> str:
    """The block of the settings that speaks of a destination, and where it stands."""
    kind, _, name = destination.partition(":")
    known = {
        "sentry": (f"sentry.{name}", "sentry"),
        "notifier": (f"notifiers.{name}",),
        "sink": (f"sinks.{name}",),
    }.get(kind if name else "", (f"trackers.{destination}",))
    for path in known:
        if path in where:
            return f"{path} at {where[path]}"
    return f"the settings of {destination}"
