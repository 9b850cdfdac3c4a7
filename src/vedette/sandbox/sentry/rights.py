"""Rights: who holds the token of a request, and what the two together may.

A token of a person may what the person's role may and the token's own scopes allow; a token of an internal
integration is nobody's, and may give no role.
"""

from dataclasses import dataclass

from vedette.sandbox.sentry import answers, roles
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rows import MemberRow, TeamRow
from vedette.sandbox.sentry.settings import Dialect


@dataclass(frozen=True, slots=True)
class Rights:
    """What a caller may; `member` is None for an integration, and for a person who is no member any more."""

    member: MemberRow | None
    scopes: frozenset[str]
    integration: bool
    #: The token's own scopes; None where it has all.
    limits: frozenset[str] | None = None

    @property
    def role(self) -> str:
        """The organisation's role of the caller; empty for nobody."""
        return self.member.role if self.member else ""

    @property
    def gives(self) -> tuple[str, ...]:
        """The roles that the caller may give and take away."""
        return roles.up_to(self.role) if "member:admin" in self.scopes else ()

    def has(self, *scopes: str) -> bool:
        """Whether any of these is among the caller's."""
        return not self.scopes.isdisjoint(scopes)

    def within(self, team: TeamRow, *scopes: str) -> bool:
        """Whether any of these is the caller's in a team: by the organisation's role, or by the one in the team."""
        if self.has(*scopes):
            return True
        if self.member is None or team.id not in self.member.teams:
            return False
        told = frozenset(roles.TEAM_SCOPES[effective(self.member, team)])
        return not (told if self.limits is None else told & self.limits).isdisjoint(scopes)

    def runs(self, team: TeamRow) -> bool:
        """Whether the caller is in a team, and may say who else is."""
        inside = self.member is not None and team.id in self.member.teams
        return inside and self.within(team, "team:write", "org:write", "member:write")


def effective(member: MemberRow, team: TeamRow) -> str:
    """The team role that counts: the one given, or the one that comes along, whichever is higher."""
    least = roles.least_team_role(member.role)
    return "admin" if "admin" in {least, member.teams.get(team.id)} else "contributor"


def of(ask: Ask) -> Rights:
    """The rights behind a request; read at each call, since a change of role counts at once."""
    roster, config = ask.world.roster, ask.world.config
    integration = ask.token in config.integration_tokens
    holder = None if integration else roster.holder()
    role = "manager" if integration else (holder.role if holder else "")
    # GlitchTip's tokens may what was ticked when they were made; roles are asked for where they matter.
    held = roles.SCOPES.get("owner" if role and ask.dialect is Dialect.GLITCHTIP else role, ())
    limits = roster.scopes.get(ask.token)
    bound = None if limits is None else frozenset(limits)
    return Rights(holder, frozenset(held) if bound is None else frozenset(held) & bound, integration, bound)


def ranks(ask: Ask, caller: Rights, *, least: str) -> None:
    """GlitchTip finds nothing for a caller below the role; Sentry has scopes for that."""
    if ask.dialect is not Dialect.GLITCHTIP:
        return
    if caller.role not in roles.ORDER or roles.ORDER.index(caller.role) < roles.ORDER.index(least):
        raise answers.not_found(ask.dialect)


def need(ask: Ask, *scopes: str, team: TeamRow | None = None) -> Rights:
    """The caller's rights; 403 when none of the scopes is among them, in the team where one is named."""
    found = of(ask)
    if not (found.has(*scopes) if team is None else found.within(team, *scopes)):
        raise answers.forbidden(ask.dialect)
    return found
