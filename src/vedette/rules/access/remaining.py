"""Remaining: whether a plan of now is what is left of a plan that was reviewed."""

from collections.abc import Iterable, Mapping

from vedette.model.changes import Change, InviteMember, JoinTeam, LeaveTeam, SetOwnership, SetTeamRole, UpdateProject
from vedette.model.plan import OrganizationPlan, Plan
from vedette.rules.access.naming import folded
from vedette.rules.access.written import canonical


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


def _is_rest(change: Change, reviewed: Iterable[Change]) -> bool:
    """Whether a change is what is left of a greater one: of a project made since, or of a member invited since."""
    match change:
        case UpdateProject() | SetOwnership():
            return any(
                isinstance(other, type(change)) and other.project == change.project and _within(change, other)
                for other in reviewed
            )
        case JoinTeam(email=email, team=team, role=role) | SetTeamRole(email=email, team=team, after=role):
            return any(
                isinstance(other, InviteMember)
                and folded(other.email) == folded(email)
                and other.teams.get(team) == role
                for other in reviewed
            )
        case LeaveTeam(member=member, team=team):
            # A role in the organisation that grew meanwhile hides the role in the team.
            return any(isinstance(each, LeaveTeam) and (each.member, each.team) == (member, team) for each in reviewed)
    return False


def _within(change: UpdateProject | SetOwnership, other: UpdateProject | SetOwnership) -> bool:
    # A project that was not there had nothing before; of one that was, what was before is part of what was reviewed.
    return _part_of(change.after, other.after) and (not other.before or _part_of(change.before, other.before))


def _part_of(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return all(name in other and other[name] == value for name, value in one.items())
