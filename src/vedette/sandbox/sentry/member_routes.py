"""Member routes: who is in the organisation: list, one, invite, change, remove; GlitchTip's ways have their own file.

The order of refusals is that of the real endpoints: the words of the body, the caller's rights, the state of the row.
"""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, glitchtip_members, listing, member_shapes, member_words, rights, roles
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rights import Rights
from vedette.sandbox.sentry.rows import Flag, MemberRow, Standing, TeamRow
from vedette.sandbox.sentry.settings import Dialect

_RATE_LIMITED = "You are being rate limited for too many invitations."
_MIXED = (
    "You cannot modify member details when resending an invitation. Separate requests are required."  # Sentry's words
)
_EXPIRED = "You cannot resend an expired invitation without regenerating the token."
_FULL = "You cannot send an invitation to a user who is already a full member."
_SCOPE = "You are missing the member:admin scope."
_HIGHER = "You cannot remove a member who has more access than you."
_LAST_OWNER = "You cannot remove the only remaining owner of the organization."
_MANAGED = "This user is managed through your organization's identity provider."


def members(ask: Ask) -> Response:
    """GET members: accounts and invitations, by id; `query=` filters by a few keys."""
    rights.need(ask, "member:read", "member:write", "member:admin")
    view, rows = ask.world.view(), ask.world.roster.listed()
    if ask.arg("query") and ask.dialect is not Dialect.GLITCHTIP:
        rows = [row for row in rows if member_words.matches(row, ask.arg("query"))]
    return listing.listed(ask, rows, lambda row: member_shapes.member(row, view))


def member(ask: Ask) -> Response:
    """GET one member; `me` is the caller, on Sentry."""
    if ask.dialect is Dialect.GLITCHTIP and not ask.path("member").isdecimal():
        return answers.unknown_path(ask.request.url.path, ask.dialect)
    rights.need(ask, "member:read", "member:write", "member:admin")
    found = chosen(ask)
    # What this answer calls allowed is what the member could give, not the caller: so it was recorded.
    return _detail(ask, found, gives=roles.up_to(found.role))


def chosen(ask: Ask) -> MemberRow:
    """The member of the path, or 404; who only asked to be let in is none."""
    roster, name = ask.world.roster, ask.path("member")
    numbered = roster.members.get(int(name)) if name.isdecimal() else None
    found = rights.of(ask).member if name == "me" else numbered
    if found is None or found.standing is not Standing.APPROVED:
        raise answers.not_found(ask.dialect)
    return found


def invite(ask: Ask) -> Response:
    """POST a member: an invitation; team roles are not given with one, as Sentry's own note says."""
    if ask.dialect is Dialect.GLITCHTIP:
        return glitchtip_members.invite(ask)
    caller, body = rights.need(ask, "member:write", "member:admin", "member:invite"), ask.json()
    gives = roles.up_to(caller.role) or (("member",) if caller.integration else ())
    words = member_words.invitation(ask, body, gives=gives)
    spend_invitation(ask)
    if words.teams and not roles.on_teams(words.role):
        raise answers.refuse(400, {"email": _no_teams(words.role)})
    roster = ask.world.roster
    for asked in [row for row in roster.by_email(words.email) if row.standing is not Standing.APPROVED]:
        roster.remove(asked)
    made = roster.invite(words.email, role=words.role, inviter=caller.member, now=ask.world.clock())
    roster.assign(made, [(team, None) for team, _ in words.teams or ()])
    return answers.reply(member_shapes.member(made, ask.world.view()), 201)


def spend_invitation(ask: Ask) -> None:
    """One of the invitations that may still be sent; 429 when none is left."""
    choices = ask.world.roster.choices
    if choices.invitations == 0:
        raise answers.refuse(429, _RATE_LIMITED)
    if choices.invitations is not None:
        choices.invitations -= 1


def change(ask: Ask) -> Response:
    """PUT a member: an invitation again, or roles and teams; never both."""
    if ask.dialect is Dialect.GLITCHTIP:
        return glitchtip_members.change(ask, chosen(ask))
    caller = rights.need(ask, "member:invite", "member:write", "member:admin")
    found, body = chosen(ask), ask.json()
    words = member_words.alteration(ask, body, gives=caller.gives)
    if Flag.PARTNERSHIP in found.flags:
        raise answers.refuse(403, "This member is managed by an active partnership and cannot be modified.")
    if body.get("reinvite"):
        _reinvite(ask, found, body, caller)
    else:
        _alter(ask, found, words, caller)
    return _detail(ask, found, gives=caller.gives)


def _reinvite(ask: Ask, found: MemberRow, body: dict[str, Any], caller: Rights) -> None:
    if not set(body) <= {"reinvite", "regenerate"}:
        raise answers.refuse(403, _MIXED)
    if found.person is not None:
        if ask.world.roster.choices.has_auth_provider and Flag.LINKED not in found.flags:
            return  # Sentry sends a letter that asks for the identity to be linked
        raise answers.refuse(400, _FULL)
    spend_invitation(ask)
    now = ask.world.clock()
    if body.get("regenerate"):
        if not caller.has("member:admin"):
            raise answers.refuse(400, _SCOPE)
        ask.world.roster.renew(found, now=now)
    if found.expired(now):
        raise answers.refuse(400, _EXPIRED)


def _alter(ask: Ask, found: MemberRow, words: member_words.Words, caller: Rights) -> None:
    role = words.role or found.role
    # The real endpoint writes the teams before it looks at the role; a refused role has changed them all the same.
    teams = _wanted_teams(ask, found, words)
    if teams and not roles.on_teams(role):
        raise answers.refuse(400, _no_teams(role))
    ask.world.roster.assign(found, teams)
    if role != found.role:
        _check_role(ask, found, role, caller)
        found.role = role
    least = roles.least_team_role(found.role)
    found.teams = {team: None if given == least == "admin" else given for team, given in found.teams.items()}


def _wanted_teams(ask: Ask, found: MemberRow, words: member_words.Words) -> list[tuple[TeamRow, str | None]]:
    if words.teams is not None:
        return words.teams
    if words.modern and words.role and ask.world.roster.choices.role_clears_teams:
        return []
    return [(ask.world.roster.teams[team], given) for team, given in found.teams.items()]


def _check_role(ask: Ask, found: MemberRow, role: str, caller: Rights) -> None:
    if found.role not in caller.gives:
        raise answers.refuse(403, {"role": "You do not have permission to assign a role to the given user."})
    if found is caller.member:
        raise answers.refuse(400, "You cannot make changes to your own role.")
    if role == "admin" and ask.world.roster.choices.team_roles and ask.dialect is Dialect.SENTRY:
        raise answers.refuse(400, f"The role '{role}' is deprecated and may no longer be assigned.")


def remove(ask: Ask) -> Response:
    """DELETE a member; with a person go the invitations that they sent."""
    if ask.dialect is Dialect.GLITCHTIP:
        return glitchtip_members.remove(ask, chosen(ask))
    caller = rights.need(ask, "member:read", "member:write", "member:admin")
    found, roster = chosen(ask), ask.world.roster
    if found is not caller.member:
        if not caller.has("member:admin"):
            raise answers.refuse(400, _SCOPE)
        if found.role not in caller.gives:
            raise answers.refuse(400, _HIGHER)
    if roster.owners() == [found]:
        raise answers.refuse(403, _LAST_OWNER)
    if Flag.PROVISIONED in found.flags:
        raise answers.refuse(403, _MANAGED)
    roster.remove(found)
    return answers.empty(204)


def _no_teams(role: str) -> str:
    return f"The user with a '{role}' role cannot have team-level permissions."


def _detail(ask: Ask, found: MemberRow, *, gives: tuple[str, ...]) -> Response:
    return answers.reply(member_shapes.detail(found, ask.world.roster, ask.world.view(), gives=gives))
