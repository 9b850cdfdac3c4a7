"""Access undoing: the organisations that a run changed are read once, and planned back to what they were.

Law: an instance that cannot be read stops no other; an organisation that is not the file's is never planned.
"""

from dataclasses import dataclass, replace

from vedette.errors import ConfigError, Problem, VedetteError
from vedette.flows.access import Planned, Wish, read_patiently
from vedette.flows.access_known import Pace, paced
from vedette.flows.access_right import RightLost
from vedette.flows.access_undo_file import UndoPart, WrittenUndo, only
from vedette.flows.context import Context, log
from vedette.model.org import Organization
from vedette.model.plan import FailedReading, OrganizationPlan
from vedette.ports.clock import elapsed
from vedette.rules.access.planning import plan_of
from vedette.rules.access.taking_back import details_of, undo_for
from vedette.store import access


@dataclass(frozen=True, slots=True)
class Undoing:
    """Plans what takes the file's run back; called as `flows.access.plan` is."""

    file: WrittenUndo

    def wish(self, wish: Wish) -> Wish:
        """The wish for the file's instances alone; raises `ConfigError` for others."""
        return replace(wish, instances=tuple(part.instance for part in only(self.file, wish.instances)))

    def __call__(self, context: Context, wish: Wish, *, pace: Pace | None = None) -> Planned:
        """Read and decide; recorded, so that a refusal can say what came and went, unless the wish says no."""
        began = elapsed()
        parts: list[OrganizationPlan] = []
        current: dict[str, Organization] = {}
        failed: list[FailedReading] = []
        wanted = only(self.file, wish.instances)
        for part in wanted:
            try:
                current[part.instance], made = self._part(context, part, wish, pace=pace)
            except (RightLost, ConfigError):
                raise
            except VedetteError as problem:
                log.warning("access_unread", instance=part.instance, problem=str(problem))
                failed.append(FailedReading(part.instance, str(problem)))
            else:
                parts.append(made)
        plan = plan_of(parts, failed)
        if wish.record and not context.dry:
            context.store.write(lambda tx: access.remember_plan(tx, plan, now=context.clock()))
        calls = sum(part.calls for part in parts)
        return Planned(plan, tuple(part.instance for part in wanted), current, calls, elapsed() - began)

    def _part(
        self, context: Context, part: UndoPart, wish: Wish, *, pace: Pace | None
    ) -> tuple[Organization, OrganizationPlan]:
        now, settings = context.clock(), context.settings.access
        details = details_of(part.undo.changes)
        current = read_patiently(context, part.instance, details, now=now, pace=paced(context, pace))
        if current.slug != part.organization:
            told = f"its run was in the organization {part.organization}, and {part.instance} is {current.slug}"
            cure = "undo it with the settings that the run had"
            raise ConfigError((Problem(str(self.file.path), 1, 1, told, cure),))
        reason = f"it takes back what run {self.file.run} did"
        undo = replace(part.undo, changes=tuple(replace(each, reason=reason) for each in part.undo.changes))
        return current, undo_for(undo, current, access=settings, now=now, orders=wish.orders)
