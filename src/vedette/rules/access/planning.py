"""Planning: what is declared against what is, as one plan; pure, the same for the same reading in any order.

Law: the changes of a plan, done in their order, make the organisation as declared, and every beginning of them leaves
exactly the rest for the next plan.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from vedette.model.access import AccessSettings
from vedette.model.changes import DeleteMember
from vedette.model.org import Organization
from vedette.model.plan import FailedReading, Hold, OrganizationPlan, Plan
from vedette.rules.access.checksum import checksum_of
from vedette.rules.access.guards import trips_of
from vedette.rules.access.members import plan_members
from vedette.rules.access.ordering import ordered, ordered_diagnoses, ordered_withheld
from vedette.rules.access.organization import plan_organization
from vedette.rules.access.projects import plan_projects
from vedette.rules.access.resolving import Desired
from vedette.rules.access.scene import Orders, Sheet, Sightings, scene_of
from vedette.rules.access.teams import ends_of, plan_teams


def plan_for(
    desired: Desired,
    current: Organization,
    *,
    access: AccessSettings,
    now: datetime,
    sightings: Sightings | None = None,
    orders: Orders | None = None,
    past: Mapping[str, int] | None = None,
) -> OrganizationPlan:
    """One organisation's plan; `past`: what `guards.counts_after` told to remember of the last one."""
    scene = scene_of(
        desired,
        current,
        access=access,
        orders=orders or Orders(),
        sightings=sightings or Sightings(),
        now=now,
    )
    sheet, ends = Sheet(), ends_of(scene)
    plan_organization(scene, sheet)
    plan_teams(scene, sheet, ends=ends)
    plan_projects(scene, sheet, ends=ends)
    plan_members(scene, sheet, ends=ends)
    return OrganizationPlan(
        instance=desired.instance,
        organization=current.slug,
        changes=ordered(sheet.changes),
        withheld=ordered_withheld(sheet.withheld),
        diagnoses=ordered_diagnoses(sheet.diagnoses),
        trips=trips_of(scene, sheet.changes, past),
        lacks=current.lacks,
        calls=current.calls,
    )


def plan_of(parts: Iterable[OrganizationPlan], failed: Iterable[FailedReading] = ()) -> Plan:
    """One plan over all instances, with its checksum."""
    sorted_parts = tuple(sorted(parts, key=lambda part: (part.instance, part.organization)))
    return Plan(sorted_parts, tuple(sorted(failed, key=lambda each: each.instance)), checksum_of(sorted_parts))


def sightings_after(part: OrganizationPlan, before: Sightings, *, now: datetime) -> Sightings:
    """What to remember of accounts that nobody declared; one that is declared, or may be somebody's, begins anew."""
    waiting = [each.change for each in part.withheld if each.hold in {Hold.GRACE, Hold.LAST_OWNER}]
    seen = sorted({change.member for change in (*waiting, *part.changes) if isinstance(change, DeleteMember)})
    return Sightings(
        {member: before.first_seen.get(member, now) for member in seen},
        {member: before.plans.get(member, 0) + 1 for member in seen},
    )
