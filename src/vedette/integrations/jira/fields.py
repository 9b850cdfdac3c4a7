"""Fields: a draft → the fields of a Jira issue, shaped as the create screen wants them.

The law: what can be left out never costs the ticket. A component, priority or assignee that Jira does not know is left
out here and told by `mend`; only a mandatory field without a value refuses.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from vedette.errors import Refused
from vedette.integrations.jira import adf, wiki
from vedette.integrations.jira.client import Json
from vedette.integrations.jira.reading import label
from vedette.integrations.jira.screens import Screens
from vedette.integrations.jira.text import fit_title
from vedette.model.document import Document, Paragraph, Text
from vedette.model.tickets import TicketDraft

OUR_LABEL = "vedette"
_NEVER_DROPPED = frozenset({"project", "issuetype", "summary"})
# Jira fills these in by itself even where a screen calls them required.
_FILLED = frozenset({"project", "issuetype", "summary", "reporter"})


def labels(draft: TicketDraft) -> list[str]:
    """The route's labels, the constant one, and the stamp; each once."""
    return list(dict.fromkeys(label(each) for each in (*draft.route.labels, OUR_LABEL, draft.stamp)))


def body(document: Document, *, cloud: bool) -> Any:
    """The document in the markup that this Jira takes."""
    return adf.render(document) if cloud else wiki.render(document)


def fields_of(draft: TicketDraft, *, screens: Screens, cloud: bool) -> Json:
    """Every field of the create; raises `Refused` naming a mandatory field without a value, and the cure."""
    route = draft.route
    kind = screens.type_of(route.project, route.type)
    screen = screens.fields(route.project, str(kind["id"])) if kind else {}
    fields: Json = {
        "project": {"key": route.project},
        "issuetype": {"id": str(kind["id"])} if kind else {"name": route.type or "Bug"},
        "summary": fit_title(draft.title, link=draft.link),
        "description": body(draft.body, cloud=cloud),
        "labels": labels(draft),
        "components": _known("components", [{"name": each} for each in route.components], screen),
        "priority": next(iter(_known("priority", [{"name": route.priority}], screen)), None)
        if route.priority
        else None,
        "assignee": screens.person(route.project, route.assignee) if route.assignee else None,
    }
    kept = {name: value for name, value in fields.items() if value and (not screen or name in {*screen, *_FILLED})}
    custom = _custom(route.fields, screen=screen, cloud=cloud)
    _refuse_missing(draft, kept | custom, screen=screen, kind=str((kind or {}).get("name") or route.type))
    return kept | custom


def without(fields: Json, refused: Iterable[str], *, screen: Mapping[str, Json]) -> Json | None:
    """The fields without those that Jira refused; None where one of them cannot be left out, or none was named."""
    named = set(refused)
    mandatory = {name for name in named if (screen.get(name) or {}).get("required")} | (named & _NEVER_DROPPED)
    if mandatory or not named & fields.keys():
        return None
    return {name: value for name, value in fields.items() if name not in named}


def field_id(name: str, screen: Mapping[str, Json]) -> str:
    """The id of a field given by id or by name, in any case; the name itself where the screen knows none."""
    if name in screen:
        return name
    folded = name.casefold()
    return next((each for each, field in screen.items() if str(field.get("name")).casefold() == folded), name)


def missing(fields: Iterable[str], screen: Mapping[str, Json]) -> list[str]:
    """Ids of mandatory fields that get no value and have no default."""
    given = {*fields, *_FILLED}
    return [
        each
        for each, field in screen.items()
        if field.get("required") and not field.get("hasDefaultValue") and each not in given
    ]


def allowed(field: Json) -> list[str]:
    """Names of the values that a field takes; [] where any."""
    return [str(each.get("name") or each.get("value") or each.get("id")) for each in field.get("allowedValues") or ()]


def shaped(value: Any, schema: Json, *, cloud: bool) -> Any:
    """A value of the settings in the shape that a field of this schema takes; objects are passed as they are."""
    if isinstance(value, Mapping):
        return dict(value)
    kind, items = str(schema.get("type")), str(schema.get("items"))
    if kind == "array":
        listed = value if isinstance(value, list | tuple) else [value]
        return [shaped(each, {"type": items}, cloud=cloud) for each in listed]
    if kind == "string" and str(schema.get("custom")).endswith(":textarea"):
        return body(Document((Paragraph((Text(str(value)),)),)), cloud=cloud)
    if kind == "number":
        return float(value) if isinstance(value, str) else value
    keys = {"option": "value", "user": "accountId" if cloud else "name", "group": "name", "version": "name"}
    keys |= {"component": "name", "priority": "name", "issuelink": "key", "project": "key"}
    if kind in keys:
        return {keys[kind]: str(value)}
    return str(value) if kind in ("string", "date", "datetime") else value


def _custom(given: Mapping[str, Any], *, screen: Mapping[str, Json], cloud: bool) -> Json:
    ids = {field_id(name, screen): value for name, value in given.items()}
    return {
        each: shaped(value, (screen.get(each) or {}).get("schema") or {}, cloud=cloud)
        for each, value in ids.items()
        if not screen or each in screen
    }


def _known(name: str, wanted: list[Json], screen: Mapping[str, Json]) -> list[Json]:
    """Those of the wanted values that the screen allows, spelled as it spells them."""
    values = {each.casefold(): each for each in allowed(screen.get(name) or {})}
    if not values:
        return wanted
    found = (values.get(str(each["name"]).casefold()) for each in wanted)
    return [{"name": each} for each in found if each]


def _refuse_missing(draft: TicketDraft, fields: Json, *, screen: Mapping[str, Json], kind: str) -> None:
    lacking = missing(fields, screen)
    if not lacking:
        return
    told = {each: _cure(screen[each]) for each in lacking}
    where = f"{draft.route.project}, type {kind}"
    raise Refused(f"{where}: mandatory without a value: {'; '.join(told.values())}", status=400, fields=told)


def _cure(field: Json) -> str:
    name, values = str(field.get("name")), allowed(field)
    choice = f" (one of {', '.join(values[:8])})" if values else ""
    return f"{name}: add `fields: {{{name}: …}}` to the route{choice}"
