"""Wording: one line for each change, for what is held back, and for what is wrong; every door says the same words."""

from collections.abc import Mapping

from vedette.model.changes import (
    TAKES_AWAY,
    Change,
    CreateAlertRule,
    CreateProject,
    CreateTeam,
    DeleteAlertRule,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    LinkTeam,
    RenameTeam,
    RenewInvitation,
    SetOrganization,
    SetOwnership,
    SetRole,
    SetTeamRole,
    UnlinkTeam,
    UpdateProject,
)
from vedette.model.plan import Diagnosis, OrganizationPlan, Plan
from vedette.rules.access.naming import listed
from vedette.rules.telling import cut, one_line

#: A line is for reading; a value that is longer is in the plan as JSON.
_LONGEST_VALUE = 60


def what(change: Change) -> str:
    """What a change does, verb first, without its reason."""
    told = _team(change) or _project(change) or _rule(change) or _member(change) or _membership(change)
    return one_line(told)


def say(change: Change) -> str:
    """What a change does, and why."""
    return f"{what(change)}: {one_line(change.reason)}" if change.reason else what(change)


def say_diagnosis(diagnosis: Diagnosis) -> str:
    """What is wrong, and what to do about it."""
    return f"{one_line(diagnosis.text)}. To mend it: {one_line(diagnosis.cure)}"


def sign(change: Change) -> str:
    """`+` for what adds, `-` for what takes away, `~` for what changes."""
    if type(change) in TAKES_AWAY:
        return "-"
    adds = (CreateTeam, CreateProject, LinkTeam, CreateAlertRule, InviteMember, JoinTeam)
    return "+" if isinstance(change, adds) else "~"


def _team(change: Change) -> str:
    match change:
        case SetOrganization():
            return f"set {change.setting} from {_value(change.before)} to {_value(change.after)}"
        case CreateTeam():
            return f"create team {change.team}" + (f" ({change.name})" if change.name else "")
        case RenameTeam():
            return f"rename team {change.team} from {_value(change.before)} to {_value(change.after)}"
        case DeleteTeam():
            return f"delete team {change.team}"
    return ""


def _project(change: Change) -> str:
    match change:
        case CreateProject():
            return f"create project {change.project} of team {change.team}" + _of(change.platform)
        case LinkTeam():
            return f"give project {change.project} to team {change.team} too"
        case UnlinkTeam():
            return f"take project {change.project} from team {change.team}"
        case UpdateProject():
            return f"change project {change.project}: {_fields(change.before, change.after)}"
        case DeleteProject():
            return f"delete project {change.project} with all of its events"
    return ""


def _rule(change: Change) -> str:
    match change:
        case SetOwnership():
            return f"change the ownership rules of {change.project}: {_fields(change.before, change.after)}"
        case CreateAlertRule():
            return f"create alert rule {_value(change.name)} of {change.project}"
        case DeleteAlertRule():
            return f"delete alert rule {_value(change.name)} ({change.id}) of {change.project}"
    return ""


def _membership(change: Change) -> str:
    match change:
        case JoinTeam():
            return f"put {change.email} into team {change.team}" + (f" as {change.role}" if change.role else "")
        case SetTeamRole():
            now, then = change.after or "contributor", change.before or "contributor"
            return f"make {change.email} {now} of team {change.team} instead of {then}"
        case LeaveTeam():
            return f"take {change.email} out of team {change.team}"
    return ""


def _member(change: Change) -> str:
    match change:
        case InviteMember():
            mail = "" if change.send else ", without a mail"
            return f"invite {change.email} as {change.role}{_into(change.teams)}{mail}"
        case RenewInvitation():
            return f"renew the invitation of {change.email}"
        case SetRole():
            return f"make {change.email} {change.after} instead of {change.before}"
        case DeleteDuplicate():
            return f"delete the second account {change.member} of {change.email}; {change.kept} stays"
        case DeleteMember():
            account = f", account {change.member}" if change.member else ""
            return f"delete member {change.email} ({change.role or 'no role told'}{account})"
    return ""


def _of(platform: str) -> str:
    return f" for {platform}" if platform else ""


def _into(teams: Mapping[str, str]) -> str:
    told = [f"{slug} (as {role})" if role else slug for slug, role in sorted(teams.items())]
    return f" into {listed(told)}" if told else ""


def _fields(before: Mapping[str, object], after: Mapping[str, object]) -> str:
    return ", ".join(_field(name, before.get(name), new, known=name in before) for name, new in sorted(after.items()))


def _field(name: str, old: object, new: object, *, known: bool) -> str:
    told = _age if name == "resolve_age" else _value
    return f"{name} from {told(old)} to {told(new)}" if known else f"{name} {told(new)}"


def _age(hours: object) -> str:
    match hours:
        case 0:
            return "never"
        case int() if hours % 24 == 0:
            return "1 day" if hours == 24 else f"{hours // 24} days"
        case int():
            return "1 hour" if hours == 1 else f"{hours} hours"
    return _value(hours)


def _value(value: object) -> str:
    match value:
        case None:
            return "unknown"
        case bool():
            return "on" if value else "off"
        case tuple():
            return f"[{cut(', '.join(one_line(str(each)) for each in value), _LONGEST_VALUE)}]"
        case str():
            return f"“{cut(one_line(value), _LONGEST_VALUE)}”"
    return str(value)


def totals(part: OrganizationPlan, *, nothing: str = "as declared") -> str:
    """How much one organisation's plan does, holds back and finds wrong; `nothing`: what an empty one says."""
    signs = [sign(change) for change in part.changes]
    counted = [("add", "+"), ("change", "~"), ("take away", "-")]
    told = [f"{signs.count(mark)} to {word}" for word, mark in counted if mark in signs]
    told += [f"{len(part.withheld)} held back"] if part.withheld else []
    told += [f"{len(part.diagnoses)} to mend by hand"] if part.diagnoses else []
    return ", ".join(told) or nothing


def verdict(plan: Plan, *, nothing: str = "Everything is as declared.") -> str:
    """What a plan comes to, in one sentence; `nothing`: what an empty one says."""
    trips = sum(len(part.trips) for part in plan.parts)
    if trips:
        return f"This plan is refused by {trips} guard{'s' if trips > 1 else ''}."
    if plan.failed:
        return f"{listed(each.instance for each in plan.failed)} could not be read; the rest is planned."
    if plan.empty:
        return nothing
    changes = sum(len(part.changes) for part in plan.parts)
    return f"{changes} change{'s' if changes != 1 else ''} would be made." if changes else "Nothing would be changed."
