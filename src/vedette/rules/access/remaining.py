"""Remaining: whether a plan of now is what is left of a plan that was reviewed."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from vedette.model.changes import (
    Change,
    DeleteDuplicate,
    DeleteMember,
    DeleteProject,
    DeleteTeam,
    InviteMember,
    JoinTeam,
    LeaveTeam,
    SetOwnership,
    SetTeamRole,
    UpdateProject,
)
from vedette.model.plan import OrganizationPlan, Plan
from vedette.rules.access.naming import folded
from vedette.rules.access.written import canonical

Deletion = DeleteDuplicate | DeleteMember | DeleteProject


def may(now: Plan, reviewed: Plan) -> bool:
    """Whether everything that would be done now was in the plan that was reviewed."""
    return not extra(now, reviewed)


def extra(now: Plan, reviewed: Plan) -> tuple[tuple[str, Change], ...]:
    """Changes of now that were not reviewed, each with its instance."""
    before = {(part.instance, part.organization): part for part in reviewed.parts}
    return tuple(
        (part.instance, change)
        for part in now.parts
        for change in _extra(part, before.get((part.instance, part.organization)))
    )


def _extra(part: OrganizationPlan, reviewed: OrganizationPlan | None) -> Iterable[Change]:
    allowed = () if reviewed is None else reviewed.changes
    exact = {canonical(change) for change in allowed}
    return (each for each in part.changes if canonical(each) not in exact and not _is_rest(each, allowed))


def _is_rest(change: Change, reviewed: Collection[Change]) -> bool:
    """Whether a change is what is left of a greater one, of which others that were reviewed did a part."""
    match change:
        case UpdateProject() | SetOwnership():
            return any(
                isinstance(other, type(change)) and other.project == change.project and _within(change, other)
                for other in reviewed
            )
        case JoinTeam() | SetTeamRole():
            return any(_brings(other, change) for other in reviewed)
        case LeaveTeam(member=member, team=team):
            # A role in the organisation that grew meanwhile hides the role in the team.
            return any(isinstance(each, LeaveTeam) and (each.member, each.team) == (member, team) for each in reviewed)
        case DeleteDuplicate() | DeleteMember() | DeleteProject():
            return any(_same_deletion(change, other, reviewed) for other in reviewed)
    return False


def _brings(other: Change, change: JoinTeam | SetTeamRole) -> bool:
    """Whether a reviewed change was to bring that role in that team: an invitation, or the joining itself."""
    role = change.role if isinstance(change, JoinTeam) else change.after
    match other:
        case InviteMember(email=email, teams=teams):
            return folded(email) == folded(change.email) and teams.get(change.team) == role
        case JoinTeam(member=member, team=team, role=reviewed):
            # Who joined while still an admin of the organisation was given no role in the team beside that.
            return (member, team, reviewed) == (change.member, change.team, role)
    return False


def _same_deletion(change: Deletion, other: Change, reviewed: Iterable[Change]) -> bool:
    """Whether the same goes, less teams that went before it: those stand in the change for the undo file only."""
    if not isinstance(other, (DeleteDuplicate, DeleteMember, DeleteProject)):
        return False
    gone = {each.team for each in reviewed if isinstance(each, DeleteTeam)} - set(change.teams)
    return canonical(_without(other, gone)) == canonical(change)


def _without(change: Deletion, gone: Collection[str]) -> Deletion:
    if isinstance(change, DeleteProject):
        return replace(change, teams=tuple(slug for slug in change.teams if slug not in gone))
    return replace(change, teams={slug: role for slug, role in change.teams.items() if slug not in gone})


def _within(change: UpdateProject | SetOwnership, other: UpdateProject | SetOwnership) -> bool:
    # A project that was not there had nothing before; of one that was, what was before is part of what was reviewed.
    return _part_of(change.after, other.after) and (not other.before or _part_of(change.before, other.before))


def _part_of(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(name in other and other[name] == value for name, value in one.items())
