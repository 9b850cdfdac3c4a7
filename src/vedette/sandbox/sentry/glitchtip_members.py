"""GlitchTip's ways with members: strict bodies in the new names only, a second invitation that is welcome.

Read from its own source and measured after 5.1.0: a PUT heeds the role alone, whatever it says of teams.
"""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, member_shapes, rights, roles
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.rows import MemberRow

_ROLES = ("member", "admin", "manager", "owner")


def invite(ask: Ask) -> Response:
    """POST a member: 201 also for an address that is invited already; 409 for one that has an account."""
    caller, body = rights.need(ask, "member:write", "member:admin"), ask.json()
    role = _role(body)
    email = body.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise (
            answers.missing("email")
            if email is None
            else answers.invalid(["body", "payload", "email"], "not an address")
        )
    if not roles.is_global(caller.role):
        raise answers.refuse(403, "forbidden")
    roster = ask.world.roster
    known = roster.by_email(email)
    if any(row.person is not None for row in known):
        raise answers.refuse(409, f"The user {email} is already a member")
    made = known[0] if known else roster.invite(email, role=role, inviter=caller.member, now=ask.world.clock())
    for slug in _slugs(body):
        team = roster.team(slug)
        if team is not None:
            roster.join(made, team)
    return answers.reply(member_shapes.member(made, ask.world.view()), 201)


def change(ask: Ask, found: MemberRow) -> Response:
    """PUT a member: the role; `teamRoles` is read and left aside."""
    caller, role = rights.need(ask, "member:write", "member:admin"), _role(ask.json())
    if not roles.is_global(caller.role):
        raise answers.refuse(403, "Forbidden")
    owners = [row for row in ask.world.roster.members.values() if row.role == "owner"]
    if role != "owner" and owners == [found]:
        raise answers.invalid(["body", "payload", "orgRole"], "Organization must have at least one owner")
    found.role = role
    view = ask.world.view()
    return answers.reply(member_shapes.detail(found, ask.world.roster, view, gives=caller.gives))


def remove(ask: Ask, found: MemberRow) -> Response:
    """DELETE a member; the owner is asked to hand over first."""
    caller = rights.need(ask, "member:admin")
    if ask.world.roster.owners() == [found]:
        raise answers.refuse(400, "User is organization owner. Transfer ownership first.")
    if not roles.is_global(caller.role) and found is not caller.member:
        raise answers.refuse(403, "Forbidden")
    ask.world.roster.remove(found)
    return answers.empty(204)


def _role(body: dict[str, Any]) -> str:
    if "orgRole" not in body:
        raise answers.missing("orgRole")
    if body["orgRole"] not in _ROLES:
        raise answers.invalid(["body", "payload", "orgRole"], "Input should be 'member', 'admin', 'manager' or 'owner'")
    return str(body["orgRole"])


def _slugs(body: dict[str, Any]) -> list[str]:
    given = body.get("teamRoles") or []
    return [str(row.get("teamSlug")) for row in given if isinstance(row, dict)]
