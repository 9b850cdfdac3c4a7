"""Leaving: what becomes of accounts that nobody declared.

Law: such an account goes only after a time of grace, seen by two plans; while a declared person's address is not known,
nothing goes that could be theirs.
"""

from collections.abc import Iterable
from datetime import timedelta

from vedette.model.changes import DeleteMember
from vedette.model.org import Member, MemberFlag
from vedette.model.plan import Ailment, Diagnosis, Hold
from vedette.rules.access.matching import keys_of, resembles
from vedette.rules.access.naming import folded, listed
from vedette.rules.access.owners import Takings
from vedette.rules.access.resolving import Unresolved
from vedette.rules.access.scene import Scene, Sheet

#: Why an account is left alone where it may be the token's own.
MAY_BE_CALLER = (
    "it may be the token's own user, whom this server does not tell: name that account in `protected.people`"
)

_DAY = timedelta(days=1)


def plan_leavers(scene: Scene, sheet: Sheet, takings: Takings, strangers: Iterable[Member]) -> None:
    """Write what becomes of accounts that are nobody's; those that may go are put to the takings."""
    for member in strangers:
        if scene.spares(member):
            continue
        if scene.is_caller(member):
            sheet.tell(_own(member))
            continue
        why = _why(scene, member)
        change = DeleteMember(member.id, member.email, member.role, dict(sorted(member.teams.items())), why)
        held = _foreign(scene, member) or _maybe_somebody(scene, member) or _grace(scene, member)
        if held is None:
            takings.deletions.append((member, change))
        else:
            sheet.hold(change, held[0], f"{why}; {held[1]}")


def _own(member: Member) -> Diagnosis:
    text = f"{member.email} is the token's own user, and nobody declared it; it is never deleted"
    cure = "declare it under `people:`, or name it under `protected.people`"
    return Diagnosis(member.email, Ailment.NOT_DECLARED, text, cure)


def _why(scene: Scene, member: Member) -> str:
    told = next((scene.desired.leavers[key] for key in keys_of(member) if key in scene.desired.leavers), None)
    return told or "nobody declared it"


def _foreign(scene: Scene, member: Member) -> tuple[Hold, str] | None:
    if MemberFlag.IDP_PROVISIONED in member.flags:
        return Hold.NOT_MINE, "an identity provider keeps this account: take it out there"
    if scene.may_be_caller(member):
        return Hold.OWN_ACCOUNT, MAY_BE_CALLER
    why = scene.too_strong(member.role)
    return (Hold.NOT_MINE, why) if why else None


def _maybe_somebody(scene: Scene, member: Member) -> tuple[Hold, str] | None:
    missing = scene.desired.unresolved
    keys = keys_of(member)
    last = next((each for each in missing if each.last and folded(each.last) in keys), None)
    if last is not None:
        return Hold.UNKNOWN_ADDRESS, f"it was the address of {last.person.name}, whose address is not known now"
    never = [each for each in missing if not each.last]
    alike = [each.person.name for each in never if resembles(member, _names(each))]
    if alike:
        return Hold.UNKNOWN_ADDRESS, f"it may belong to {listed(alike)}, whose address is not known"
    if never and member.logged_in:
        names = listed(each.person.name for each in never)
        return Hold.UNKNOWN_ADDRESS, f"somebody logs in with it, and the address of {names} is not known"
    return None


def _names(missing: Unresolved) -> list[str]:
    person = missing.person
    return [name for name in (person.name, person.github, person.directory) if name]


def _grace(scene: Scene, member: Member) -> tuple[Hold, str] | None:
    first = scene.sightings.first_seen.get(member.id, scene.now)
    due = first + scene.access.grace
    plans = scene.sightings.plans.get(member.id, 0) + 1
    if plans >= 2 and scene.now >= due:
        return None
    days = f"{scene.access.grace / _DAY:g} days"
    if plans < 2:
        return Hold.GRACE, f"seen for the first time; it may go from {due:%Y-%m-%d %H:%M} UTC on ({days})"
    return Hold.GRACE, f"seen since {first:%Y-%m-%d}; it may go from {due:%Y-%m-%d %H:%M} UTC on ({days})"
