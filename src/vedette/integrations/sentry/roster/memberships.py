"""Memberships: members in teams, and their roles there, given and taken, and whether that holds; calls only.

https://docs.sentry.io/api/teams/add-an-organization-member-to-a-team/. 201 is in, 204 was in, 202 only asked. Each is
a call of its own: a member's page takes all of a member's teams at once, and would undo what others do meanwhile.
"""

from dataclasses import dataclass

from vedette.errors import Refused
from vedette.integrations.sentry.roster import shapes
from vedette.integrations.sentry.roster.hand import DONE, Done, Hand
from vedette.integrations.sentry.talker import NoSuchAddress
from vedette.integrations.sentry.untrusted import text
from vedette.model.changes import JoinTeam, LeaveTeam, SetTeamRole
from vedette.model.org import Lack, Member, TeamRole
from vedette.model.plan import Fate
from vedette.model.settings import Dialect
from vedette.ports.http import Fence
from vedette.rules.access.memberships import team_role

MembershipChange = JoinTeam | SetTeamRole | LeaveTeam
_ACCEPTED, _NOTHING_TO_DO = 202, 204


@dataclass(slots=True)
class Memberships:
    """Who is in which team on one server."""

    hand: Hand

    def perform(self, change: MembershipChange, *, fence: Fence) -> Done:
        """Do one change. Raises the families of errors."""
        match change:
            case JoinTeam():
                return self._join(change, fence)
            case SetTeamRole():
                self._roles_or_refuse()
                return self.give(JoinTeam(change.member, change.email, change.team, change.after), fence=fence)
            case LeaveTeam():
                return self._leave(change, fence)

    def holds(self, change: MembershipChange) -> bool:
        """Whether the server is as the change would make it."""
        found = self.member(change.member)
        match change:
            case JoinTeam():
                return found is not None and self.is_in(found, change.team, change.role)
            case SetTeamRole():
                return found is not None and self.is_in(found, change.team, change.after or TeamRole.CONTRIBUTOR)
            case LeaveTeam():
                return found is None or change.team not in found.teams

    def member(self, number: str) -> Member | None:
        """The member as their own page tells it now, with their teams; None where they are gone."""
        row = self.hand.look(self.hand.places.member(number))
        return None if row is None else shapes.member({**row, "id": number}, teams=shapes.memberships(row))

    def is_in(self, found: Member, team: str, role: str) -> bool:
        """Whether a member is in a team and has that role there in effect, where one is wanted and there are such."""
        if team not in found.teams:
            return False
        return not role or not self._has_roles or _same(role, found.teams[team], org_role=found.role)

    def give(self, join: JoinTeam, *, fence: Fence) -> Done:
        """Give a member of a team a role there. What the organisation's role brings anyway is told as null."""
        role = join.role or TeamRole.CONTRIBUTOR
        told, _ = self.hand.send(
            "PUT", self.hand.places.membership(join.member, join.team), {"teamRole": role}, fence=fence
        )
        if text(told.get("teamRole")) != role and not self.holds(join):
            raise self.hand.not_held(
                f"did not make {join.email} {role} of {join.team}", "its plan may have no roles in teams"
            )
        return DONE

    @property
    def _has_roles(self) -> bool:
        return self.hand.dialect is Dialect.SENTRY

    def _roles_or_refuse(self) -> None:
        if not self._has_roles:
            raise self.hand.lack(Lack.TEAM_ROLES)

    def _join(self, change: JoinTeam, fence: Fence) -> Done:
        if change.role:
            self._roles_or_refuse()
        _, answer = self.hand.send("POST", self.hand.places.membership(change.member, change.team), fence=fence)
        if answer.status == _ACCEPTED:
            return Fate.ASKED, "the token may not let anybody in: an access request was made, which somebody approves"
        if change.role:
            return self.give(change, fence=fence)
        return (Fate.ALREADY, "was in the team already") if answer.status == _NOTHING_TO_DO else DONE

    def _leave(self, change: LeaveTeam, fence: Fence) -> Done:
        try:
            self.hand.send("DELETE", self.hand.places.membership(change.member, change.team), fence=fence)
        except NoSuchAddress:
            raise
        except Refused as refused:
            if refused.status != 404:
                raise
            return Fate.ALREADY, "the member or the team is gone"
        return DONE


def _same(wanted: str, told: str, *, org_role: str) -> bool:
    """Whether two roles in a team come to the same for somebody with that role in the organisation."""
    return team_role(wanted, org_role=org_role) == team_role(told, org_role=org_role)
