"""Projects: which are made, changed and deleted, and which teams they belong to.

Law: a team is linked before another is unlinked, no project is left without one, and what nobody declared stays.
"""

from collections.abc import Mapping

from vedette.model.access import RESOLVE_AGES, AlertRules, DeclaredProject, Managed
from vedette.model.changes import (
    Change,
    CreateProject,
    DeleteProject,
    LinkTeam,
    SetOwnership,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.org import Lack, OwnershipRules, Project, ProjectOptions
from vedette.model.plan import Hold
from vedette.rules.access.alerts import plan_alerts
from vedette.rules.access.naming import named
from vedette.rules.access.scene import Scene, Sheet
from vedette.rules.access.teams import TeamEnds

#: Options by the names that the declared project and the project as it is share.
OPTIONS = ("subject_prefix", "sensitive_fields", "safe_fields", "resolve_age", "allowed_domains", "throttle")
# The server keeps these in an order of its own.
_SETS = frozenset({"sensitive_fields", "safe_fields", "allowed_domains"})


def plan_projects(scene: Scene, sheet: Sheet, *, ends: TeamEnds) -> None:
    """Write what becomes of the projects."""
    if not scene.manages(Managed.PROJECTS):
        return
    declared = {project.slug for project in scene.desired.projects}
    for project in scene.desired.projects:
        current = scene.current.project(project.slug)
        _ordered_in_vain(scene, sheet, project, current)
        if project.slug in scene.protected_projects:
            _protected(sheet, project, current)
        elif current is None:
            _make(scene, sheet, project, ends)
        elif not current.internal:
            _mend(scene, sheet, project, current, ends)
    for current in scene.current.projects:
        if not (current.internal or current.slug in scene.protected_projects or current.slug in declared):
            _end(scene, sheet, current)


def _protected(sheet: Sheet, project: DeclaredProject, current: Project | None) -> None:
    if current is None:
        change = CreateProject(project.slug, project.teams[0] if project.teams else "", project.name or "")
        sheet.hold(change, Hold.PROTECTED, "it is declared, and protected: nothing makes or changes it")


def _ordered_in_vain(scene: Scene, sheet: Sheet, project: DeclaredProject, current: Project | None) -> None:
    if named(project.slug, scene.orders.delete_projects, instance=scene.desired.instance):
        told = ("", ()) if current is None else (current.id, tuple(sorted(current.teams)))
        change = DeleteProject(project.slug, *told, "a flag names it")
        sheet.hold(change, Hold.NOT_NAMED, "--delete-project names it, but it is declared: take it out there first")


def _end(scene: Scene, sheet: Sheet, project: Project) -> None:
    teams = tuple(sorted(project.teams))
    if named(project.slug, scene.orders.delete_projects, instance=scene.desired.instance):
        why = "nobody declared it, and --delete-project names it"
        sheet.do(DeleteProject(project.slug, project.id, teams, why))
        return
    why = f"nobody declared it; it is deleted, with its events, only with --delete-project {project.slug}"
    sheet.hold(DeleteProject(project.slug, project.id, teams, "nobody declared it"), Hold.NOT_NAMED, why)


def _make(scene: Scene, sheet: Sheet, project: DeclaredProject, ends: TeamEnds) -> None:
    usable = [slug for slug in project.teams if ends.takes(slug, scene)]
    if not usable:
        change = CreateProject(project.slug, "", project.name or "", project.platform or "")
        hold = Hold.PROTECTED if scene.protected_teams & set(project.teams) else Hold.NOT_THERE
        sheet.hold(change, hold, "none of its declared teams is there, or may be given a project")
        return
    sheet.do(
        CreateProject(
            project.slug,
            usable[0],
            project.name or "",
            project.platform or "",
            project.alerts is AlertRules.LEAVE,
            "it is declared, and not there",
        )
    )
    _link(scene, sheet, project, have={usable[0]}, ends=ends)
    _options(scene, sheet, project, None)
    _own(scene, sheet, project, None)
    plan_alerts(scene, sheet, project, None)


def _mend(scene: Scene, sheet: Sheet, project: DeclaredProject, current: Project, ends: TeamEnds) -> None:
    _link(scene, sheet, project, have=set(current.teams), ends=ends)
    _unlink(scene, sheet, project, current, ends)
    _options(scene, sheet, project, current)
    _own(scene, sheet, project, current)
    plan_alerts(scene, sheet, project, current)


def _link(scene: Scene, sheet: Sheet, project: DeclaredProject, *, have: set[str], ends: TeamEnds) -> None:
    for slug in dict.fromkeys(project.teams):
        if slug in have:
            continue
        change = LinkTeam(project.slug, slug, "the project is declared for this team")
        if slug in scene.protected_teams:
            sheet.hold(change, Hold.PROTECTED, f"team {slug} is protected: nothing is given to it or taken from it")
        elif slug not in ends.there:
            sheet.hold(change, Hold.NOT_THERE, f"there is no team {slug} on {scene.desired.instance}")
        else:
            sheet.do(change)


def _unlink(scene: Scene, sheet: Sheet, project: DeclaredProject, current: Project, ends: TeamEnds) -> None:
    usable = {slug for slug in project.teams if ends.takes(slug, scene)}
    kept = usable | (set(current.teams) & (scene.protected_teams | set(project.teams)))
    for slug in sorted(set(current.teams) - kept - ends.doomed):
        change = UnlinkTeam(project.slug, slug, "the project is not declared for this team")
        if kept:
            sheet.do(change)
        else:
            why = "none of its declared teams is there, and a project is never without a team"
            sheet.hold(change, Hold.NOT_THERE, why)


def _options(scene: Scene, sheet: Sheet, project: DeclaredProject, current: Project | None) -> None:
    before: dict[str, object] = {}
    after: dict[str, object] = {}
    missing: dict[str, object] = {}
    for name, wish in _wishes(project, current).items():
        told = None if current is None else told_field(current, name)
        if _has_no(scene, name, current, told) or (name == "resolve_age" and wish not in RESOLVE_AGES):
            missing[name] = wish
        elif current is None:
            after[name] = wish
        elif not same_field(name, told, wish):
            before[name], after[name] = told, wish
    if after:
        sheet.do(UpdateProject(project.slug, before, after, "its declared fields are others"))
    if missing:
        why = "this server does not tell these fields, or has no such value"
        sheet.hold(UpdateProject(project.slug, {}, missing, "its fields are declared"), Hold.NOT_THERE, why)


def _wishes(project: DeclaredProject, current: Project | None) -> Mapping[str, object]:
    # A new project is made with its name and platform.
    basic = () if current is None else ("name", "platform")
    wishes = {name: getattr(project, name) for name in (*basic, *OPTIONS)}
    return {name: wish for name, wish in wishes.items() if wish is not None}


def told_field(current: Project, name: str) -> object:
    """A field as the server tells it, by its declared name; None where it does not."""
    if name in OPTIONS:
        return None if current.options is None else getattr(current.options, name)
    return getattr(current, name)


def _has_no(scene: Scene, name: str, current: Project | None, told: object) -> bool:
    if name not in OPTIONS:
        return False
    if current is not None:
        return told is None
    if scene.lacks(Lack.OPTIONS):
        return True
    # A project that is not there tells nothing; its neighbours tell what this server has. One that is to go does not
    # count: had it gone and the new one failed, the next plan would hold more than was reviewed.
    read = [each.options for each in scene.current.projects if each.options is not None and not _goes(scene, each)]
    return bool(read) and all(_option(options, name) is None for options in read)


def _goes(scene: Scene, project: Project) -> bool:
    if project.internal or project.slug in scene.protected_projects:
        return False
    declared = any(each.slug == project.slug for each in scene.desired.projects)
    return not declared and named(project.slug, scene.orders.delete_projects, instance=scene.desired.instance)


def _option(options: ProjectOptions, name: str) -> object:
    return getattr(options, name)


def same_field(name: str, told: object, wish: object) -> bool:
    """Whether a field is as wished; the server keeps lists in an order of its own."""
    if name in _SETS and isinstance(told, tuple) and isinstance(wish, tuple):
        return set(told) == set(wish)
    return told == wish


def _own(scene: Scene, sheet: Sheet, project: DeclaredProject, current: Project | None) -> None:
    wish = project.ownership
    if wish is None:
        return
    told = None if current is None else current.ownership
    before, after = ownership_difference(told, wish)
    if not after:
        return
    change: Change = SetOwnership(project.slug, before, after, "its declared ownership rules are others")
    if scene.lacks(Lack.OWNERSHIP) or (current is not None and told is None):
        sheet.hold(change, Hold.NOT_THERE, "this server has no ownership rules, or does not tell them")
    else:
        sheet.do(change)


def ownership_difference(
    told: OwnershipRules | None, wish: OwnershipRules
) -> tuple[Mapping[str, object], Mapping[str, object]]:
    """Fields that differ, as they are and as they should be; text is compared without blanks at the ends of lines."""
    wanted: dict[str, object] = {"raw": _text(wish.raw), "fallthrough": wish.fallthrough}
    if wish.auto_assignment:
        wanted["auto_assignment"] = wish.auto_assignment
    if told is None:
        return {}, wanted
    now: dict[str, object] = {
        "raw": _text(told.raw),
        "fallthrough": told.fallthrough,
        "auto_assignment": told.auto_assignment,
    }
    differing = [name for name, value in wanted.items() if now[name] != value]
    return {name: now[name] for name in differing}, {name: wanted[name] for name in differing}


def _text(raw: str) -> str:
    lines = [line.rstrip() for line in raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).strip("\n")
