"""Owners: whose role or account is taken away, held against the law that an owner who logged in remains."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vedette.model.changes import DeleteMember, SetRole
from vedette.model.org import Member, OrgRole
from vedette.model.plan import Hold
from vedette.rules.access.scene import Scene, Sheet


@dataclass(slots=True)
class Takings:
    """Changes of roles and deletions of members that nothing else stands against."""

    roles: list[tuple[Member, SetRole]] = field(default_factory=list)
    deletions: list[tuple[Member, DeleteMember]] = field(default_factory=list)


def is_owner(member: Member) -> bool:
    """Whether an account counts as an owner: the server counts none that nobody came in by."""
    return member.role == OrgRole.OWNER and member.logged_in


def settle_owners(scene: Scene, sheet: Sheet, takings: Takings) -> frozenset[str]:
    """Write the changes, less the one that would take the last owner; the ids of those whose role stays after all."""
    rescued = _rescued(scene, takings)
    why = "the organization would be without an owner who has ever logged in"
    for member, change in takings.roles:
        if member.id == rescued:
            sheet.hold(change, Hold.LAST_OWNER, why)
        else:
            sheet.do(change)
    for member, deletion in takings.deletions:
        if member.id == rescued:
            sheet.hold(deletion, Hold.LAST_OWNER, why)
        else:
            sheet.do(deletion)
    return frozenset({rescued}) if rescued else frozenset()


def _rescued(scene: Scene, takings: Takings) -> str:
    """The id of the owner who has to stay one; "" where another does anyway."""
    owners = [member for member in scene.members if is_owner(member)]
    demoted = [member for member, change in takings.roles if is_owner(member) and change.after != OrgRole.OWNER]
    deleted = [member for member, _ in takings.deletions if is_owner(member)]
    promoted = [member for member, change in takings.roles if member.logged_in and change.after == OrgRole.OWNER]
    going = {member.id for member in (*demoted, *deleted)}
    if not owners or promoted or any(owner.id not in going for owner in owners):
        return ""
    # A declared person rather than somebody unknown; then whoever was there last.
    return _latest(demoted or deleted).id


def _latest(members: Sequence[Member]) -> Member:
    return min(members, key=lambda member: (-_login(member), len(member.id), member.id))


def _login(member: Member) -> float:
    return 0.0 if member.last_login is None else member.last_login.timestamp()
