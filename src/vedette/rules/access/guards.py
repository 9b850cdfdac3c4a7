"""Guards: how much a plan may take away, and how much less may be declared than before; refusals with their numbers.

Law: a guard marks a plan as unsafe and takes nothing out of it; what is held back does not count.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from vedette.model.access import Guards, Managed
from vedette.model.changes import TAKES_AWAY, Change, Kind
from vedette.model.org import Organization
from vedette.model.plan import OrganizationPlan, Trip
from vedette.rules.access.resolving import Desired
from vedette.rules.access.scene import Orders, Scene

ALLOW_DELETIONS, ALLOW_EMPTY, ALLOW_SHRINK = "--allow-deletions", "--allow-empty", "--allow-shrink"

_MANAGED: Mapping[Kind, Managed] = {
    Kind.TEAM: Managed.TEAMS,
    Kind.PROJECT: Managed.PROJECTS,
    Kind.MEMBER: Managed.MEMBERS,
}


def counts_of(desired: Desired) -> dict[str, int]:
    """How much is declared, by kind; people whose address is not known are declared all the same."""
    return {
        Kind.TEAM.value: len(desired.teams),
        Kind.PROJECT.value: len(desired.projects),
        Kind.MEMBER.value: len(desired.wanted) + len(desired.unresolved),
    }


def counts_after(part: OrganizationPlan, desired: Desired, before: Mapping[str, int] | None) -> Mapping[str, int]:
    """What to remember as declared: not what a guard refused, or the second plan would take the loss for usual."""
    refused = any(trip.flag in {ALLOW_EMPTY, ALLOW_SHRINK} for trip in part.trips)
    return before if refused and before is not None else counts_of(desired)


def trips_of(scene: Scene, changes: Iterable[Change], past: Mapping[str, int] | None) -> tuple[Trip, ...]:
    """Every guard that refuses these changes, less those that a flag lifts."""
    orders = scene.orders
    found = [*_empty(scene), *_shrunken(scene, past or {}), *_deletions(scene, changes)]
    return tuple(trip for trip in found if not _lifted(trip, orders))


def deletion_trips(scene: Scene, changes: Iterable[Change]) -> tuple[Trip, ...]:
    """The guards of how much goes at once, for changes that no declaration asks for; () where a flag lifts them."""
    return () if scene.orders.allow_deletions else tuple(_deletions(scene, changes))


def _lifted(trip: Trip, orders: Orders) -> bool:
    return {
        ALLOW_DELETIONS: orders.allow_deletions,
        ALLOW_EMPTY: orders.allow_empty,
        ALLOW_SHRINK: orders.allow_shrink,
    }[trip.flag]


def _empty(scene: Scene) -> Iterable[Trip]:
    declared, there = counts_of(scene.desired), _manageable(scene)
    for kind, managed in _MANAGED.items():
        if scene.manages(managed) and not declared[kind.value] and there[kind]:
            text = (
                f"no {_noun(kind)} are declared for {scene.desired.instance}, which has {there[kind]}: "
                f"declare them, or take {managed} out of `manage`"
            )
            yield Trip(kind.value, text, ALLOW_EMPTY)


def _noun(kind: Kind) -> str:
    return "people" if kind is Kind.MEMBER else kind.value


def _manageable(scene: Scene) -> Mapping[Kind, int]:
    current = scene.current
    return {
        Kind.TEAM: sum(team.slug not in scene.protected_teams for team in current.teams),
        Kind.PROJECT: sum(not (p.internal or p.slug in scene.protected_projects) for p in current.projects),
        Kind.MEMBER: sum(not (scene.spares(member) or scene.is_caller(member)) for member in scene.members),
    }


def _shrunken(scene: Scene, past: Mapping[str, int]) -> Iterable[Trip]:
    declared, most = counts_of(scene.desired), scene.access.guards.shrink
    for kind, managed in _MANAGED.items():
        before, now = past.get(kind.value, 0), declared[kind.value]
        # Of nothing left the guard above tells.
        if scene.manages(managed) and now and (before - now) > most * before:
            text = (
                f"{_noun(kind)} declared: {now}, at the last plan {before}: "
                f"{_percent(before - now, before)} fewer, at most {_share(most)}"
            )
            yield Trip(kind.value, text, ALLOW_SHRINK)


def _deletions(scene: Scene, changes: Iterable[Change]) -> Iterable[Trip]:
    guards = scene.access.guards
    going = Counter(TAKES_AWAY[type(change)] for change in changes if type(change) in TAKES_AWAY)
    there = totals(scene.current)
    for kind in Kind:
        gone, total = going[kind], there[kind]
        if _is_much(gone, total, guards):
            text = (
                f"{gone} of {total} {kind.value} ({_percent(gone, total)}) would go; "
                f"at most {_share(guards.share)} and {guards.deletions} at once"
            )
            yield Trip(kind.value, text, ALLOW_DELETIONS)


def _is_much(gone: int, total: int, guards: Guards) -> bool:
    return gone > guards.deletions or (total > guards.floor and gone > guards.share * total)


def totals(current: Organization) -> Mapping[Kind, int]:
    """How much there is of each kind that can go."""
    return {
        Kind.ORGANIZATION: 0,
        Kind.TEAM: len(current.teams),
        Kind.PROJECT: sum(not project.internal for project in current.projects),
        Kind.LINK: sum(len(project.teams) for project in current.projects),
        Kind.OWNERSHIP: 0,
        Kind.ALERT: sum(len(project.alert_rules or ()) for project in current.projects),
        Kind.MEMBER: len(current.members),
        Kind.MEMBERSHIP: sum(len(member.teams) for member in current.members),
    }


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.3g} %" if whole else "all"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"
