"""Access: what teams, projects, roles and people of `access:` ask of one another, and what is probably not meant.

It reads the plain tree and passes over what has the wrong form, as `checks` does.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from vedette.config.access_requests import request_doubts, request_faults
from vedette.config.checks import Fault
from vedette.config.nearest import nearest, suggestion
from vedette.config.owner_rules import rule_doubts
from vedette.config.schema.slugs import slug_of
from vedette.config.tree import Loc
from vedette.model.access import Managed
from vedette.model.org import OrgRole
from vedette.model.settings import Dialect

Named = tuple[str, Mapping[str, Any]]

_WAYS = ("email", "github", "directory")
_TOLD = 8  # names in a message; more of them help nobody
#: What is brought in line by each word of `manage:`.
_MANAGED = {
    "teams": Managed.TEAMS,
    "projects": Managed.PROJECTS,
    "people": Managed.MEMBERS,
    "organization": Managed.ORGANIZATION,
}
#: Keys of a project that GlitchTip has no place for.
_NOT_OF_GLITCHTIP = (
    "subject_prefix", "sensitive_fields", "safe_fields", "resolve_age", "allowed_domains", "ownership",
)  # fmt: skip


def access_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault that spans several keys."""
    access = _map(data, "access")
    yield from _instances(data, access)
    for name, block in _blocks(access, "projects"):
        yield from _teams(data, access, ("access", "projects", name, "teams"), block, what=f"project {name}")
        yield from _alert_rules(("access", "projects", name, "alert_rules"), block)
    for name, block in _blocks(access, "roles"):
        yield from _teams(data, access, ("access", "roles", name, "teams"), block, what=f"role {name}")
        if block.get("role") == OrgRole.BILLING.value and block.get("teams"):
            message = "billing sees no team, so that teams give it nothing"
            yield Fault(("access", "roles", name, "teams"), message, "drop them, or write role: member")
    yield from _people(access)
    yield from _tools(data, access)
    yield from request_faults(data)


def access_doubts(data: Mapping[str, Any], *, today: date) -> Iterator[Fault]:
    """What can be used and is probably not meant; `today` in UTC."""
    access = _map(data, "access")
    yield from _expired(access, today=today)
    yield from _idle(access)
    yield from _unmanaged(access)
    yield from request_doubts(data)
    for name, block in _blocks(access, "projects"):
        yield from _without_a_place(data, access, ("access", "projects", name), block)
        yield from rule_doubts(("access", "projects", name), block, teams=_texts(block.get("teams")))
    if access.get("apply") is True and access.get("every") is None:
        yield Fault(("access", "apply"), "nothing is applied by itself without every:", "add every: 10m, or drop it")


def _instances(data: Mapping[str, Any], access: Mapping[str, Any]) -> Iterator[Fault]:
    """Instances that are there, and that are managed."""
    there, managed = _map(data, "sentry"), _managed(data, access)
    for step, name in enumerate(_texts(access.get("instances"))):
        if name not in there:
            cure = suggestion(name, there) or "add it under sentry:"
            yield Fault(("access", "instances", step), f"there is no Sentry instance {name}", cure)
    for key in ("teams", "projects", "roles", "people"):
        for called, block in _blocks(access, key):
            for step, name in enumerate(_texts(block.get("instances"))):
                loc = ("access", key, called, "instances", step)
                if name not in there:
                    yield Fault(loc, f"there is no Sentry instance {name}", suggestion(name, there))
                elif name not in managed:
                    yield Fault(loc, f"instance {name} is not managed", "add it to access.instances, or drop it here")


def _managed(data: Mapping[str, Any], access: Mapping[str, Any]) -> tuple[str, ...]:
    return _texts(access.get("instances")) or tuple(_map(data, "sentry"))


def _where(data: Mapping[str, Any], access: Mapping[str, Any], block: Any) -> frozenset[str]:
    """The instances that a block is for; those that are not there are told elsewhere."""
    named = _texts(block.get("instances")) if isinstance(block, Mapping) else ()
    return frozenset(named or _managed(data, access)) & set(_map(data, "sentry"))


def _teams(
    data: Mapping[str, Any], access: Mapping[str, Any], loc: Loc, block: Mapping[str, Any], *, what: str
) -> Iterator[Fault]:
    """Teams that are declared, and where whatever names them is."""
    # A team whose own name is no slug is told of once, where it is declared.
    declared = {slug_of(slug) or slug: team for slug, team in _map(access, "teams").items()}
    named = _names(block.get("teams"))
    for step, slug in named:
        if slug not in declared:
            meant = slug_of(slug)
            cure = f"did you mean {meant}?" if meant in declared else _cure(slug, declared, "access.teams")
            yield Fault((*loc, step), f"there is no team {slug}", cure)
    known = [slug for _, slug in named if slug in declared]
    if not known or len(known) < len(named):
        return
    reached = frozenset[str]().union(*(_where(data, access, declared[slug]) for slug in known))
    lacking = sorted(_where(data, access, block) - reached)
    # A role may bring nothing on an instance; a project without a team cannot be made there.
    if lacking and (loc[1] == "projects" or len(lacking) == len(_where(data, access, block))):
        message = f"none of the teams of {what} is on instance {lacking[0]}"
        yield Fault(loc, message, "add instances: to it, or let one of its teams be there too")


def _cure(name: str, known: Mapping[str, Any], where: str) -> str:
    """What is to be done about a name that is not there."""
    meant = nearest(name, known)
    told = suggestion(name, known) if len(known) <= _TOLD else f"did you mean {meant}?" if meant else ""
    return told or f"add it under {where}:"


def _alert_rules(loc: Loc, block: Mapping[str, Any]) -> Iterator[Fault]:
    rules = block.get("alert_rules")
    seen: dict[str, Loc] = {}
    for step, rule in enumerate(rules) if isinstance(rules, list) else ():
        name = rule.get("name") if isinstance(rule, Mapping) else None
        if not isinstance(rule, Mapping):
            continue
        if not isinstance(name, str) or not name.strip():
            yield Fault((*loc, step), "the alert rule has no name", "add name:, by which it is known again")
        elif name in seen:
            message = f"alert rule {name} has the same name as the one at"
            yield Fault((*loc, step, "name"), message, "give each a name of its own", seen[name])
        else:
            seen[name] = (*loc, step, "name")


def _people(access: Mapping[str, Any]) -> Iterator[Fault]:
    """People with one way to an address of their own, and roles that there are."""
    roles = _map(access, "roles")
    seen: dict[tuple[str, str], Loc] = {}
    for name, person in _blocks(access, "people"):
        loc: Loc = ("access", "people", name)
        ways = [way for way in _WAYS if person.get(way)]
        if len(ways) != 1:
            yield _one_way(loc, ways)
        for step, role in enumerate(_texts(person.get("roles"))):
            if role not in roles:
                cure = _cure(role, roles, "access.roles")
                yield Fault((*loc, "roles", step), f"there is no role {role}", cure)
        for way in ways:
            key = (way, str(person[way]).strip().casefold())
            if key in seen:
                message = f"{name} has the same {_CALLED[way]} as the one at"
                yield Fault((*loc, way), message, "join the two, with the roles of both", seen[key])
            seen.setdefault(key, (*loc, way))


_CALLED = {"email": "address", "github": "GitHub login", "directory": "id in the directory"}


def _one_way(loc: Loc, ways: list[str]) -> Fault:
    if not ways:
        return Fault(loc, f"nothing says what address {loc[-1]} has", f"add {' or '.join(_WAYS)}")
    return Fault(loc, f"{loc[-1]} has {' and '.join(ways)}", f"keep one of {', '.join(_WAYS)}")


def _tools(data: Mapping[str, Any], access: Mapping[str, Any]) -> Iterator[Fault]:
    """What people's addresses are looked up with."""
    if access.get("directory") is None:
        for name, person in _blocks(access, "people"):
            if person.get("directory"):
                loc = ("access", "people", name, "directory")
                yield Fault(loc, "there is no directory to look it up in", "add access.directory: {file: people.csv}")
    named, trackers = access.get("github"), _map(data, "trackers")
    tracker = trackers.get(named) if isinstance(named, str) else None
    if isinstance(named, str) and named and named not in trackers:
        cure = suggestion(named, trackers) or "add it under trackers:"
        yield Fault(("access", "github"), f"there is no tracker {named}", cure)
    elif isinstance(tracker, Mapping) and isinstance(tracker.get("kind"), str) and tracker["kind"] != "github":
        message = f"tracker {named} is of kind {tracker['kind']}, which knows no GitHub logins"
        yield Fault(("access", "github"), message, "name one of kind github, or drop it")
    first = next((name for name, person in _blocks(access, "people") if person.get("github")), None)
    if not named and first is not None and looks_up(trackers) is None:
        of_kind = [name for name, block in trackers.items() if _is_github(block)]
        message = "GitHub shows addresses only to callers with a token, and nothing says whose"
        cure = f"write github: {' or '.join(of_kind)} under access:" if of_kind else "add a tracker of kind github"
        yield Fault(("access", "people", first, "github"), message, cure)


def looks_up(trackers: Mapping[str, Any]) -> str | None:
    """The tracker whose token looks logins up where none is named: the only one of kind github."""
    found = [name for name, block in trackers.items() if _is_github(block)]
    return found[0] if len(found) == 1 else None


def _is_github(block: Any) -> bool:
    kind = block.get("kind") if isinstance(block, Mapping) else getattr(block, "kind", None)
    return bool(kind == "github")


def _expired(access: Mapping[str, Any], *, today: date) -> Iterator[Fault]:
    for key, what in (("roles", "the role gives nothing"), ("people", "they have no role any more")):
        for name, block in _blocks(access, key):
            day = _day(block.get("expires"))
            if day is not None and day <= today:
                yield Fault(("access", key, name, "expires"), f"is over: {what}", "drop it, or write a later day")


def _idle(access: Mapping[str, Any]) -> Iterator[Fault]:
    """Roles that nobody has, and people who have none."""
    people = dict(_blocks(access, "people"))
    had = {role for person in people.values() for role in _texts(person.get("roles"))}
    for name in _map(access, "roles"):
        if name not in had:
            yield Fault(("access", "roles", name), f"nobody has role {name}", "give it to somebody, or drop it")
    for name, person in people.items():
        if not person.get("roles"):
            message = f"{name} has no role, and with it no access"
            yield Fault(("access", "people", name), message, "add roles: [NAME], or drop them")


def _unmanaged(access: Mapping[str, Any]) -> Iterator[Fault]:
    """What is declared and left alone all the same."""
    manage = _texts(access.get("manage"))
    for key, word in _MANAGED.items() if manage else ():
        if access.get(key) and word.value not in manage:
            message = f"{key}: is left alone, since access.manage does not name it"
            yield Fault(("access", key), message, f"add {word} to manage")


def _without_a_place(
    data: Mapping[str, Any], access: Mapping[str, Any], loc: Loc, block: Mapping[str, Any]
) -> Iterator[Fault]:
    """Keys that no server of the project's has a place for."""
    servers = [_map(_map(data, "sentry"), name) for name in _where(data, access, block)]
    kin = [server.get("dialect") == Dialect.GLITCHTIP.value for server in servers]
    if block.get("throttle") is not None and kin and not any(kin):
        yield Fault((*loc, "throttle"), "only GlitchTip can refuse a part of the events", "drop it")
    for key in _NOT_OF_GLITCHTIP if kin and all(kin) else ():
        if block.get(key) is not None:
            yield Fault((*loc, key), "GlitchTip has no place for it", "drop it")


def _day(written: Any) -> date | None:
    try:
        return date.fromisoformat(written) if isinstance(written, str) else None
    except ValueError:
        return None


def _names(found: Any) -> tuple[tuple[str | int, str], ...]:
    """The texts of a list, or the keys of a map, each with its step."""
    if isinstance(found, Mapping):
        return tuple((key, key) for key in found)
    return tuple(enumerate(_texts(found)))


def _blocks(access: Mapping[str, Any], key: str) -> Iterator[Named]:
    for name, block in _map(access, key).items():
        if isinstance(block, Mapping):
            yield name, block


def _map(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def _texts(found: Any) -> tuple[str, ...]:
    """The texts of a list, numbers as their digits; () for anything else."""
    return tuple(str(each) for each in found if isinstance(each, str | int)) if isinstance(found, list) else ()
