"""Members: invited, renewed, given roles and deleted, and whether that holds; calls only.

https://docs.sentry.io/api/organizations/add-a-member-to-an-organization/. An invitation keeps no roles in teams, which
are therefore given after it; an address that is known already is refused with 400 or 409, by GlitchTip not at all.
"""

from dataclasses import dataclass
from typing import Any

from vedette.errors import Refused
from vedette.integrations.sentry.roster import lacks, shapes
from vedette.integrations.sentry.roster.hand import DONE, Done, Hand, taken
from vedette.integrations.sentry.roster.memberships import Memberships
from vedette.integrations.sentry.roster.refusals import with_cure
from vedette.integrations.sentry.untrusted import first_text, text
from vedette.model.changes import DeleteDuplicate, DeleteMember, InviteMember, JoinTeam, RenewInvitation, SetRole
from vedette.model.org import Member
from vedette.model.plan import Fate
from vedette.model.settings import Dialect
from vedette.ports.http import Fence

MemberChange = InviteMember | RenewInvitation | SetRole | DeleteDuplicate | DeleteMember


@dataclass(slots=True)
class Members:
    """The members of one server's organisation."""

    hand: Hand
    memberships: Memberships

    def perform(self, change: MemberChange, *, fence: Fence) -> Done:
        """Do one change. Raises the families of errors."""
        match change:
            case InviteMember():
                return self._invite(change, fence)
            case RenewInvitation():
                return self._renew(change, fence)
            case SetRole():
                return self._set_role(change, fence)
            case DeleteDuplicate() | DeleteMember():
                return self.hand.take_away(self.hand.places.member(change.member), fence=fence)

    def holds(self, change: MemberChange) -> bool:
        """Whether the server is as the change would make it."""
        match change:
            case InviteMember():
                found = self._by_address(change.email)
                return found is not None and found.role == change.role and not self._missing(found, change)
            case RenewInvitation():
                found = self.memberships.member(change.member)
                return found is not None and not found.expired
            case SetRole():
                found = self.memberships.member(change.member)
                return found is not None and found.role == change.after
            case DeleteDuplicate() | DeleteMember():
                return self.memberships.member(change.member) is None

    def _by_address(self, email: str) -> Member | None:
        """Whoever goes by that address, or has it among theirs; servers take either for the same person."""
        wanted = email.strip().casefold()
        for row in self.hand.all(self.hand.places.members):
            found = shapes.member(row, teams={})
            if found.key == wanted or wanted in (each.casefold() for each in found.other_emails):
                return self.memberships.member(found.id)
        return None

    def _missing(self, found: Member, change: InviteMember) -> list[JoinTeam]:
        """What an invited person has not got of what the invitation was to bring."""
        wanted = (JoinTeam(found.id, found.email, team, role) for team, role in change.teams.items())
        return [join for join in wanted if not self.memberships.is_in(found, join.team, join.role)]

    def _invite(self, change: InviteMember, fence: Fence) -> Done:
        try:
            told, _ = self.hand.send("POST", self.hand.places.members, self._invitation(change), fence=fence)
        except Refused as refused:
            return self._there(change, refused, fence)
        role = first_text(told.get("orgRole"), told.get("role"))
        if role and role != change.role:
            raise self.hand.not_held(f"has {change.email} as {role}", "it was invited before; plan again")
        number = text(told.get("id"))
        given = {team: role for team, role in change.teams.items() if role}
        for team, role in given.items() if number else ():
            self.memberships.give(JoinTeam(number, change.email, team, role), fence=fence)
        quiet = not change.send and self.hand.dialect is not Dialect.SENTRY
        return Fate.DONE, lacks.LOUD_INVITATIONS if quiet else ""

    def _invitation(self, change: InviteMember) -> dict[str, Any]:
        match self.hand.dialect:
            case Dialect.SENTRY9:
                return {"email": change.email, "role": change.role, "teams": list(change.teams)}
            case Dialect.GLITCHTIP:
                none: str | None = ""
            case Dialect.SENTRY:
                none = None
        teams = [{"teamSlug": team, "role": role or none} for team, role in change.teams.items()]
        return {"email": change.email, "orgRole": change.role, "teamRoles": teams, "sendInvite": change.send}

    def _there(self, change: InviteMember, refused: Refused, fence: Fence) -> Done:
        """A refusal for an address that is there: what the invitation was to bring besides is brought now."""
        if not _known_address(refused):
            raise refused
        found = self._by_address(change.email)
        if found is None:
            cure = "nobody of that address is listed: somebody may have asked for an invitation; answer the request"
            raise Refused(with_cure(str(refused), cure), status=refused.status, fields=refused.fields)
        if found.pending:
            for join in self._missing(found, change):
                self.memberships.perform(join, fence=fence)
        return Fate.ALREADY, f"the address was there already, as {found.role or 'a member'}"

    def _renew(self, change: RenewInvitation, fence: Fence) -> Done:
        path = self.hand.places.member(change.member)
        if self.hand.dialect is Dialect.GLITCHTIP:
            return self._invite_again(change, fence)
        try:
            told, _ = self.hand.send("PUT", path, {"reinvite": True, "regenerate": True}, fence=fence)
        except Refused as refused:
            found = self.memberships.member(change.member) if refused.status == 400 else None
            if found is None or found.pending:
                raise
            return Fate.ALREADY, "the person has come in meanwhile"
        if told.get("expired") is True and not self.holds(change):
            raise self.hand.not_held("left the invitation expired", "give the token member:admin")
        return DONE

    def _invite_again(self, change: RenewInvitation, fence: Fence) -> Done:
        """GlitchTip sends an invitation again to whoever is invited again; it keeps the role and the teams."""
        found = self.memberships.member(change.member)
        if found is None:
            raise self._gone(change.email)
        if not found.pending:
            return Fate.ALREADY, "the person has come in meanwhile"
        again = InviteMember(found.email, found.role, found.teams)
        self.hand.send("POST", self.hand.places.members, self._invitation(again), fence=fence)
        return DONE

    def _set_role(self, change: SetRole, fence: Fence) -> Done:
        found = self.memberships.member(change.member)
        if found is None:
            raise self._gone(change.email)
        if found.role == change.after:
            return Fate.ALREADY, "the role was that already"
        try:
            told, _ = self.hand.send(
                "PUT", self.hand.places.member(change.member), self._role(change, found), fence=fence
            )
        except Refused as refused:
            raise _with_cure(refused) from None
        role = first_text(told.get("orgRole"), told.get("role"))
        if role != change.after and not self.holds(change):
            raise self.hand.not_held(f"has {change.email} as {role or 'nothing'}", "see the member's page")
        return DONE

    def _role(self, change: SetRole, found: Member) -> dict[str, Any]:
        """The body that changes a role and leaves the teams.

        Sentry of 2026 takes a body without teams for one that takes them all away
        (src/sentry/core/endpoints/organization_member_details.py, `save_team_assignments`), so that those the member
        has at this moment go with it.
        """
        if self.hand.dialect is Dialect.SENTRY9:
            return {"role": change.after}
        if self.hand.dialect is Dialect.GLITCHTIP:
            return {"orgRole": change.after}
        teams = [{"teamSlug": team, "role": role or None} for team, role in found.teams.items()]
        return {"orgRole": change.after, "teamRoles": teams}

    def _gone(self, email: str) -> Refused:
        return Refused(f"{self.hand.talker.name}: the membership of {email} is gone; plan again", status=404)


def _known_address(refused: Refused) -> bool:
    """Whether the refusal is about an address that is there: 9.1.2 repeats the address and says no more."""
    return taken(refused) or (refused.status == 400 and "existing invite" in str(refused).casefold())


def _with_cure(refused: Refused) -> Refused:
    """A refusal without any words is what the token of an integration gets."""
    if refused.status != 400 or refused.fields or "answered 400:" in str(refused):
        return refused
    cure = "roles are changed with a person's token only, not with an integration's"
    return Refused(with_cure(str(refused), cure), status=refused.status)
