"""Adopted text: what was adopted as YAML that people go on writing, with comments beside what wants one."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vedette.model.access import DeclaredProject, DeclaredRole, DeclaredTeam, Person
from vedette.rules.access.adopting import Adopted
from vedette.rules.access.wording import what

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./@-]*|[1-9][0-9]*h")
# What YAML 1.1 reads as something else than text.
_MEANT = re.compile(r"(?i:y|n|yes|no|on|off|true|false|null|nan|inf)")
_OPTIONS = ("subject_prefix", "sensitive_fields", "safe_fields", "resolve_age", "allowed_domains", "throttle")
_HEAD = """\
# Who has access to what, as `vedette access adopt` found it. From here on it is yours: change it, review it, and see
# with `vedette access plan` what would become of the change. Nothing in it is secret.
"""
_APART = """\
    # To keep teams apart: open_membership false, join_requests false, sso_required true.
"""


def adopted_text(adopted: Adopted) -> str:
    """The whole file."""
    return "".join([_HEAD, *_left(adopted), "access:\n", *_blocks(adopted)])


def _left(adopted: Adopted) -> Iterator[str]:
    if adopted.left:
        yield "# A plan would still do this, and nothing here can keep it from it:\n"
        yield from (f"#   {instance}: {what(change)}\n" for instance, change in adopted.left)


def _blocks(adopted: Adopted) -> Iterator[str]:
    access, notes = adopted.access, adopted.notes
    yield f"  instances: {flow(access.instances)}\n"
    wish = access.organization
    known = {name: getattr(wish, name) for name in ("open_membership", "join_requests", "sso_required")}
    yield from _block("organization", notes.get("organization", ()), ())
    if any(value is not None for value in known.values()):
        yield "  organization:\n" + _APART
        yield from (f"    {name}: {flow(value)}\n" for name, value in known.items() if value is not None)
    teams = [(slug, _team(each), notes.get(f"team {slug}", ())) for slug, each in access.teams.items()]
    yield from _block("teams", notes.get("teams", ()), teams)
    projects = [(slug, _project(each), notes.get(f"project {slug}", ())) for slug, each in access.projects.items()]
    yield from _block("projects", notes.get("projects", ()), projects)
    roles = [(name, _role(each), ()) for name, each in sorted(access.roles.items())]
    yield from _block("roles", (), roles)
    people = [(name, _person(each), notes.get(f"person {name}", ())) for name, each in access.people.items()]
    yield from _block("people", notes.get("people", ()), people)
    yield from _protected(adopted)


def _block(
    name: str, notes: Sequence[str], rows: Sequence[tuple[str, Mapping[str, Any], Sequence[str]]]
) -> Iterator[str]:
    yield from (f"  # {_safe(note)}\n" for note in notes)
    if rows:
        yield f"  {name}:\n"
    for key, value, told in rows:
        yield from (f"    # {_safe(note)}\n" for note in told)
        yield f"    {flow(key)}: {flow(value)}\n" if value else f"    {flow(key)}:\n"


def _protected(adopted: Adopted) -> Iterator[str]:
    protected = adopted.access.protected
    if not (protected.people or protected.teams or protected.projects):
        return
    yield "  # Left alone, since they could not be declared as they are: mend and declare them, then take them out.\n"
    yield "  protected:\n"
    for name in ("people", "teams", "projects"):
        listed = getattr(protected, name)
        if listed:
            yield f"    {name}:\n"
        for each in listed:
            notes = adopted.notes.get(f"protected {each}", ())
            yield from (f"      # {_safe(note)}\n" for note in notes)
            yield f"      - {flow(each)}\n"


def _team(team: DeclaredTeam) -> dict[str, Any]:
    return _given(name=team.name, instances=team.instances)


def _project(project: DeclaredProject) -> dict[str, Any]:
    options = {name: getattr(project, name) for name in _OPTIONS}
    age = options["resolve_age"]
    options["resolve_age"] = None if age is None else f"{age}h" if age else "never"
    told = {name: value for name, value in options.items() if value is not None}
    return (
        _given(name=project.name, platform=project.platform, teams=project.teams)
        | told
        | _given(instances=project.instances)
    )


def _role(role: DeclaredRole) -> dict[str, Any]:
    bare = all(within is None for within in role.teams.values())
    teams: Any = list(role.teams) if bare else {slug: within and within.value for slug, within in role.teams.items()}
    return {"role": role.role.value} | _given(teams=teams, instances=role.instances)


def _person(person: Person) -> dict[str, Any]:
    return _given(email=person.email, roles=person.roles, bot=person.bot)


def _given(**values: Any) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value}


def flow(value: Any) -> str:
    """A value on one line."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case Mapping():
            return "{" + ", ".join(f"{flow(key)}: {flow(each)}" for key, each in value.items()) + "}"
        case str():
            return value if _PLAIN.fullmatch(value) and not _MEANT.fullmatch(value) else _quoted(value)
    return "[" + ", ".join(flow(each) for each in value) + "]"


def _quoted(text: str) -> str:
    # JSON's escapes are YAML's too; what neither may hold was no word of a person's.
    return json.dumps(_safe(text), ensure_ascii=False)


def _safe(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)
