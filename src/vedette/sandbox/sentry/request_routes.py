"""Request routes: people who ask to be let into a team, or into the organisation; private paths of Sentry's own page.

Shapes and rules were read from its source; GlitchTip has neither.
"""

from typing import Any

from starlette.responses import Response

from vedette.sandbox.sentry import answers, listing, member_shapes, member_words, rights, roles, team_shapes
from vedette.sandbox.sentry.desk import Ask
from vedette.sandbox.sentry.part_shapes import user
from vedette.sandbox.sentry.rights import Rights
from vedette.sandbox.sentry.rows import MemberRow, Standing, Wish
from vedette.sandbox.sentry.settings import Dialect

_WRITES = ("org:write", "org:admin", "member:write", "member:admin")


def access_requests(ask: Ask) -> Response:
    """GET the requests to be let into teams, without those of people who are in by now; no pages."""
    caller = rights.need(ask, "org:read", "team:read", "member:read")
    wishes = ask.world.roster.wishes.values()
    open_ones = [wish for wish in wishes if wish.member.person and wish.team.id not in wish.member.teams]
    return answers.reply([_wish(ask, wish, caller) for wish in open_ones])


def answer_access_request(ask: Ask) -> Response:
    """PUT an answer: 204 for yes and for no; either way the request is gone."""
    caller = rights.need(ask, *_WRITES, "team:write", "team:admin")
    number = ask.path("request")
    found = ask.world.roster.wishes.get(int(number)) if number.isdecimal() else None
    if found is None:
        raise answers.not_found(ask.dialect)
    if not caller.has(*_WRITES) and not caller.runs(found.team):
        raise answers.Refusal(answers.empty(403))
    approved = ask.json().get("isApproved")
    if not isinstance(approved, bool):
        raise answers.refuse(400, {"isApproved": ["Must be a valid boolean."]})
    if approved and found.team.id not in found.member.teams:
        ask.world.roster.join(found.member, found.team)
    del ask.world.roster.wishes[found.id]
    return answers.empty(204)


def _wish(ask: Ask, found: Wish, caller: Rights) -> dict[str, Any]:
    view = ask.world.view()
    return {
        "id": str(found.id),
        "member": member_shapes.member(found.member, view),
        "team": team_shapes.alone(found.team, ask, caller),
        "requester": user(found.requester, view) if found.requester else None,
    }


def invite_requests(ask: Ask) -> Response:
    """GET who asked to be invited, and for whom others asked; the former only where people may ask."""
    rights.need(ask, "member:read", "member:write", "member:admin")
    shown = {Standing.PROPOSED} | ({Standing.ASKED} if ask.world.roster.choices.allow_join_requests else set())
    rows = [row for row in ask.world.roster.members.values() if row.standing in shown]
    rows.sort(key=lambda row: (row.standing is Standing.ASKED, row.email))
    return listing.listed(ask, rows, lambda row: _proposal(ask, row))


def propose(ask: Ask) -> Response:
    """POST somebody who should be invited; nobody is, until an answer."""
    caller, body = rights.need(ask, "member:read", "member:write", "member:admin"), ask.json()
    words = member_words.invitation(ask, body, gives=roles.ORDER)
    roster = ask.world.roster
    if ask.world.roster.choices.requires_sso:
        said = "Your organization must use its single sign-on provider to register new members."
        raise answers.refuse(400, said)
    made = roster.invite(words.email, role=words.role, inviter=caller.member, now=ask.world.clock())
    made.standing, made.token = Standing.PROPOSED, ""
    roster.assign(made, [(team, None) for team, _ in words.teams or ()])
    return answers.reply(member_shapes.member(made, ask.world.view()), 201)


def invite_request(ask: Ask) -> Response:
    """GET one of them."""
    rights.need(ask, "member:read", "member:write", "member:admin")
    return answers.reply(_proposal(ask, _asked(ask)))


def answer_invite_request(ask: Ask) -> Response:
    """PUT an answer, with another role or other teams where wanted: `approve` makes it an invitation."""
    caller = rights.need(ask, "member:write", "member:admin")
    found, body, roster = _asked(ask), ask.json(), ask.world.roster
    approve = body.pop("approve", None)
    words = member_words.alteration(ask, body, gives=caller.gives)
    found.role = words.role or found.role
    if words.teams is not None:
        roster.assign(found, [(team, None) for team, _ in words.teams])
    if approve and found.role not in caller.gives:
        said = f"You do not have permission to approve a member invitation with the role {found.role}."
        raise answers.refuse(400, {"approve": [said]})
    if approve:
        found.standing = Standing.APPROVED
        roster.renew(found, now=ask.world.clock())
    return answers.reply(_proposal(ask, found))


def reject_invite_request(ask: Ask) -> Response:
    """DELETE one of them: nobody is invited."""
    rights.need(ask, "member:write", "member:admin")
    ask.world.roster.remove(_asked(ask))
    return answers.empty(204)


def _asked(ask: Ask) -> MemberRow:
    number = ask.path("member")
    found = ask.world.roster.members.get(int(number)) if number.isdecimal() else None
    if found is None or found.standing is Standing.APPROVED:
        raise answers.not_found(ask.dialect)
    return found


def _proposal(ask: Ask, found: MemberRow) -> dict[str, Any]:
    slugs = sorted(ask.world.roster.teams[number].slug for number in found.teams)
    body = member_shapes.member(found, ask.world.view()) | {"teams": slugs}
    if ask.dialect is Dialect.SENTRY9:
        return body
    return body | {"teamRoles": [{"teamSlug": slug, "role": None} for slug in slugs]}
