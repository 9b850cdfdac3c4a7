"""Members: who is invited, changed and deleted, and who is left alone and why.

Law: nothing is done to an account that is protected, an identity provider's, or the token's own; an account that may
belong to somebody declared is not deleted; roles are settled before the teams that depend on them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from vedette.model.access import Managed
from vedette.model.changes import DeleteDuplicate, InviteMember, RenewInvitation, SetRole
from vedette.model.org import Member, MemberFlag, rank
from vedette.model.plan import Ailment, Diagnosis, Hold
from vedette.rules.access.leaving import MAY_BE_CALLER, plan_leavers
from vedette.rules.access.matching import Accounts, age, chosen, keys_of, shared_out
from vedette.rules.access.memberships import Place, joinable, plan_memberships
from vedette.rules.access.naming import listed
from vedette.rules.access.owners import Takings, settle_owners
from vedette.rules.access.resolving import Wanted
from vedette.rules.access.scene import Scene, Sheet
from vedette.rules.access.teams import TeamEnds


@dataclass(frozen=True, slots=True)
class Standing:
    """A wanted person, their accounts, and the change of role that they need."""

    wanted: Wanted
    accounts: Accounts
    role: SetRole | None = None


def plan_members(scene: Scene, sheet: Sheet, *, ends: TeamEnds) -> None:
    """Write what becomes of the members."""
    if not scene.manages(Managed.MEMBERS):
        return
    sheet.tell(*scene.desired.diagnoses)
    groups = shared_out(scene.members, (wanted.key for wanted in scene.desired.wanted))
    claimed = {member.id for group in groups.values() for member in group}
    takings = Takings()
    standings = [
        _standing(scene, sheet, wanted, groups[wanted.key], takings)
        for wanted in scene.desired.wanted
        if not _is_spared(scene, wanted, groups[wanted.key])
    ]
    plan_leavers(scene, sheet, takings, [member for member in scene.members if member.id not in claimed])
    kept_roles = settle_owners(scene, sheet, takings)
    # Newest first, so that of several accounts with one address the oldest is found.
    newest = sorted(scene.members, key=age, reverse=True)
    claimants = {key: member for member in newest for key in keys_of(member)}
    for standing in standings:
        if standing.accounts.kept is None:
            _invite(scene, sheet, standing.wanted, ends, claimants)
        else:
            _bring(scene, sheet, standing, standing.accounts.kept, ends, kept_roles)


def _is_spared(scene: Scene, wanted: Wanted, accounts: tuple[Member, ...]) -> bool:
    if wanted.key in scene.protected_people:
        return True
    kept = chosen(accounts).kept
    return kept is not None and scene.spares(kept)


def _standing(scene: Scene, sheet: Sheet, wanted: Wanted, group: tuple[Member, ...], takings: Takings) -> Standing:
    accounts = chosen(group)
    if accounts.kept is None:
        return Standing(wanted, accounts)
    _duplicates(scene, sheet, wanted, accounts)
    _ailments(sheet, wanted, accounts)
    role = _role(scene, sheet, wanted, accounts.kept)
    if role is not None:
        takings.roles.append((accounts.kept, role))
    return Standing(wanted, accounts, role)


def _bring(
    scene: Scene, sheet: Sheet, standing: Standing, kept: Member, ends: TeamEnds, kept_roles: frozenset[str]
) -> None:
    wanted = standing.wanted
    changed = standing.role is not None and kept.id not in kept_roles
    role = wanted.role if changed else kept.role
    if kept.pending and kept.expired:
        _renew(scene, sheet, wanted, kept)
    plan_memberships(scene, sheet, wanted, Place(kept, role), ends)


def _invite(scene: Scene, sheet: Sheet, wanted: Wanted, ends: TeamEnds, claimants: Mapping[str, Member]) -> None:
    claimant = claimants.get(wanted.key)
    change = InviteMember(wanted.email, wanted.role, {}, scene.access.send_invites, f"no account: {wanted.reason}")
    if claimant is not None:
        text = f"{wanted.email} is an address of the account {claimant.email}, which is declared as somebody else's"
        cure = f"make one entry of {wanted.person} and of whom {claimant.email} is declared as"
        sheet.hold(change, Hold.AMBIGUOUS, text)
        sheet.tell(Diagnosis(wanted.person, Ailment.SAME_ADDRESS, text, cure))
    elif wanted.role not in scene.current.roles:
        sheet.hold(change, Hold.NOT_THERE, f"this server has no role {wanted.role}")
    elif why := scene.too_strong(wanted.role):
        sheet.hold(change, Hold.NOT_MINE, why)
    else:
        sheet.do(replace(change, teams=joinable(scene, sheet, wanted, ends)))


def _renew(scene: Scene, sheet: Sheet, wanted: Wanted, kept: Member) -> None:
    change = RenewInvitation(kept.id, kept.email, f"the invitation of {wanted.person} expired")
    if MemberFlag.IDP_PROVISIONED in kept.flags:
        sheet.hold(change, Hold.NOT_MINE, "an identity provider keeps this account")
    elif scene.access.send_invites:
        sheet.do(change)
    else:
        cure = "resend it in Settings → Members, or set `send_invites: true`"
        text = f"the invitation of {kept.email} expired, and Vedette is to send none"
        sheet.tell(Diagnosis(wanted.person, Ailment.INVITATION_EXPIRED, text, cure))


def _role(scene: Scene, sheet: Sheet, wanted: Wanted, kept: Member) -> SetRole | None:
    """The change of role that may be done; what may not is held back."""
    roles = scene.current.roles
    if wanted.role == kept.role or rank(kept.role, roles=roles) < 0:
        return None
    change = SetRole(kept.id, kept.email, kept.role, wanted.role, wanted.reason)
    if not kept.flags.isdisjoint({MemberFlag.IDP_PROVISIONED, MemberFlag.IDP_ROLE_RESTRICTED}):
        sheet.hold(change, Hold.NOT_MINE, "an identity provider keeps the role of this account")
    elif scene.is_caller(kept):
        sheet.hold(change, Hold.OWN_ACCOUNT, "it is the token's own user, whose role no server lets them change")
    elif scene.may_be_caller(kept):
        sheet.hold(change, Hold.OWN_ACCOUNT, MAY_BE_CALLER)
    elif wanted.role not in roles:
        sheet.hold(change, Hold.NOT_THERE, f"this server has no role {wanted.role}")
    elif why := scene.too_strong(kept.role, wanted.role):
        sheet.hold(change, Hold.NOT_MINE, why)
    else:
        return change
    return None


def _duplicates(scene: Scene, sheet: Sheet, wanted: Wanted, accounts: Accounts) -> None:
    assert accounts.kept is not None
    kept = accounts.kept
    why = f"of the accounts of {wanted.person} {kept.id} is the one to keep: {accounts.why}"
    for other in (*accounts.duplicates, *accounts.rivals, *accounts.provisioned):
        change = DeleteDuplicate(other.id, other.email, kept.id, other.role, dict(sorted(other.teams.items())), why)
        if scene.spares(other) or scene.is_caller(other):
            hold = Hold.PROTECTED if scene.spares(other) else Hold.OWN_ACCOUNT
            sheet.hold(change, hold, "a second account that is protected, or the token's own")
        elif other in accounts.provisioned:
            sheet.hold(change, Hold.NOT_MINE, "an identity provider keeps this account")
        elif other in accounts.rivals:
            sheet.hold(change, Hold.AMBIGUOUS, "somebody logged in to both accounts: a person has to decide")
        elif stronger := scene.too_strong(other.role):
            sheet.hold(change, Hold.NOT_MINE, stronger)
        else:
            sheet.do(change)


def _ailments(sheet: Sheet, wanted: Wanted, accounts: Accounts) -> None:
    sheet.tell(*several(wanted.person, accounts))
    kept = accounts.kept
    if kept is None:
        return
    if MemberFlag.SSO_INVALID in kept.flags:
        sheet.tell(wrong_identity(wanted.person, kept))
    if kept.pending and MemberFlag.IDP_PROVISIONED in kept.flags:
        text = f"{kept.email} was made by the identity provider, and nobody has come in by it"
        cure = f"{wanted.person} logs in once by single sign-on; if that fails, assign them again in the provider"
        sheet.tell(Diagnosis(wanted.person, Ailment.NEVER_INVITED, text, cure))


def several(person: str, accounts: Accounts) -> Iterable[Diagnosis]:
    """That a person has accounts of which no rule can take one away, and which one to keep."""
    kept = accounts.kept
    others = (*accounts.rivals, *accounts.provisioned)
    if kept is None or not others:
        return
    ids = listed(f"{other.id} ({other.email})" for other in others)
    text = f"{person} has accounts {kept.id} ({kept.email}) and {ids}; {kept.id} is the one to keep: {accounts.why}"
    cure = f"let {person} log in with {kept.id}, then delete {ids} in Settings → Members"
    if not accounts.rivals:
        cure = f"take {ids} out in the identity provider, or link it to the login of {kept.id}"
    yield Diagnosis(person, Ailment.SEVERAL_ACCOUNTS, text, cure)


def wrong_identity(person: str, member: Member) -> Diagnosis:
    """That an account's link to the identity provider is not that of its user, and how it is mended."""
    text = f"the single sign-on identity of {member.email} is not valid"
    cure = (
        f"in Sentry's /manage/ (self-hosted: /admin/) open the user of {member.email}, delete the identity under "
        f"Auth identities, let {person} clear the cookies and log in again, and delete a second account if one appears"
    )
    return Diagnosis(person, Ailment.WRONG_IDENTITY, text, cure)
