"""Running: the monitor at a person's or a cron's word, with what came of every filter and sink; and backfilling."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vedette.errors import VedetteError
from vedette.flows.context import Context, log
from vedette.flows.counting import Calls, Counted, count_window, filters_of, keep, with_projects
from vedette.flows.keeping import go_on
from vedette.flows.monitor import count_owed, paced
from vedette.flows.served import SinkOutcome, SinkReport, served
from vedette.model.metrics import Filter, Lack, Point, Window
from vedette.rules.windowing import newest, windows_of
from vedette.store import windows

_LOOK_S = 0.05
_JOBS = 500


@dataclass(frozen=True, slots=True)
class FilterReport:
    """One filter; `point` is None where its window could not be counted, and `problem` says why."""

    filter: str
    instance: str
    projects: tuple[str, ...]
    point: Point | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run came to. `calls`: readings of Sentry for counting, for lists of issues and for owners."""

    window: Window
    debug: bool
    filters: tuple[FilterReport, ...]
    sinks: tuple[SinkReport, ...]
    calls: Calls = field(default_factory=Calls)

    @property
    def failed(self) -> bool:
        """Whether nothing at all could be counted."""
        return bool(self.filters) and all(each.point is None for each in self.filters)

    @property
    def partial(self) -> bool:
        """Whether a filter was not counted whole, or a sink has not got its points."""
        missed = any(each.point is None or not each.point.is_complete for each in self.filters)
        return missed or any(each.outcome in (SinkOutcome.WAITING, SinkOutcome.DEAD) for each in self.sinks)


def run(
    context: Context,
    *,
    window: Window | None = None,
    names: Collection[str] | None = None,
    debug: bool = False,
    patience: timedelta = timedelta(seconds=25),
    meanwhile: Callable[[], bool] | None = None,
) -> RunReport:
    """Count the window (the newest that is over, with all that are owed, unless given), and see the sinks served.

    `debug`: nothing is kept and nothing sent; Sentry is read all the same. `patience`: how long the sinks are waited
    for; `meanwhile` does one job, where nobody else works the queue off, and says whether there was one.
    """
    settings, calls = context.settings.monitor, Calls()
    chosen = window or newest(context.clock(), every=settings.every, delay=settings.delay)
    if debug:
        return _rehearse(context, chosen, names, calls)
    problems: dict[str, VedetteError] = {}
    for instance in _instances(context, names):
        problem = _count(context, instance, window, names, calls)
        if problem is not None:
            problems[instance] = problem
    filters = tuple(_report(context, each, chosen, problems.get(each.instance)) for each in _chosen(context, names))
    sinks = served(context, chosen, names, patience=patience, meanwhile=meanwhile)
    return RunReport(chosen, debug=False, filters=filters, sinks=sinks, calls=calls)


def backfill(
    context: Context,
    *,
    since: datetime,
    until: datetime | None = None,
    names: Collection[str] | None = None,
    anew: bool = False,
) -> Iterator[tuple[Counted, Sequence[Point]]]:
    """Count the windows that begin since then and are over, oldest first, and tell the sinks what is new.

    Whole ones are left as they are unless `anew`. Yields each instance's window with the points that it changed; ends
    after the first one that Sentry does not answer (its `problem`).
    """
    settings = context.settings.monitor
    end = newest(context.clock(), every=settings.every, delay=settings.delay).end
    span = Window(since, end if until is None else min(until, end))
    for instance in _instances(context, names):
        pace = paced(context, instance, go_on)
        for window in windows_of(span, every=settings.every):
            wanted = _missing(context, instance, window, names, anew=anew)
            if not wanted:
                continue
            counted = count_window(context, instance, window, names=wanted, pace=pace, calls=Calls())
            changed = context.store.write(lambda tx, done=counted: keep(tx, context, done, now=context.clock()))  # type: ignore[misc]
            yield counted, changed
            if counted.problem is not None:
                return


def _chosen(context: Context, names: Collection[str] | None) -> list[Filter]:
    return [each for each in context.settings.monitor.filters if names is None or each.name in names]


def _instances(context: Context, names: Collection[str] | None) -> list[str]:
    return list(dict.fromkeys(each.instance for each in _chosen(context, names)))


def _missing(context: Context, instance: str, window: Window, names: Collection[str] | None, *, anew: bool) -> set[str]:
    wanted = {each.name for each in filters_of(context, instance) if names is None or each.name in names}
    if anew:
        return wanted
    return wanted - context.store.read(lambda tx: windows.whole(tx, instance, window=window, names=wanted))


def _count(
    context: Context, instance: str, window: Window | None, names: Collection[str] | None, calls: Calls
) -> VedetteError | None:
    """What kept the instance's windows from being counted; a window that is whole is not asked for again."""
    pace = paced(context, instance, go_on)
    if window is None and names is None:
        problem = count_owed(context, instance, pace=pace, calls=calls)
        if problem is not None:
            return problem
    settings = context.settings.monitor
    chosen = window or newest(context.clock(), every=settings.every, delay=settings.delay)
    wanted = _missing(context, instance, chosen, names, anew=False)
    if not wanted:
        return None
    counted = count_window(context, instance, chosen, names=wanted, pace=pace, calls=calls)
    context.store.write(lambda tx: keep(tx, context, counted, now=context.clock()))
    return counted.problem


def _report(context: Context, each: Filter, window: Window, problem: VedetteError | None) -> FilterReport:
    point = context.store.read(lambda tx: windows.get(tx, each.instance, each.name, window.start))
    why = "" if point is not None else str(problem or "it was not counted")
    told = None if point is None else replace(point, projects=each.projects)
    return FilterReport(each.name, each.instance, each.projects, told, why)


def _rehearse(context: Context, window: Window, names: Collection[str] | None, calls: Calls) -> RunReport:
    dry = replace(context, dry=True)
    points: dict[tuple[str, str], Point] = {}
    problems: dict[str, VedetteError | None] = {}
    for instance in _instances(context, names):
        pace = paced(dry, instance, go_on)
        wanted = None if names is None else set(names)
        counted = count_window(dry, instance, window, names=wanted, pace=pace, calls=calls)
        points |= {(instance, point.filter): point for point, _ in counted.points}
        problems[instance] = counted.problem
    filters = tuple(
        FilterReport(each.name, each.instance, each.projects, found, "" if found else str(problems[each.instance]))
        for each in _chosen(context, names)
        for found in (points.get((each.instance, each.name)),)
    )
    sinks = tuple(_rendered(context, name, [each.point for each in filters if each.point]) for name in context.sinks)
    for report in sinks:
        log.info("would_send", sink=report.sink, points=report.points, bodies=report.bodies)
    return RunReport(window, debug=True, filters=filters, sinks=sinks, calls=calls)


def _rendered(context: Context, name: str, points: Sequence[Point]) -> SinkReport:
    takes = {each.name for each in context.settings.monitor.filters if each.sinks is None or name in each.sinks}
    told = [each for each in points if each.filter in takes and each.lack is not Lack.REFUSED]
    bodies = tuple(context.sinks[name].render(with_projects(context, told))) if told else ()
    return SinkReport(name, SinkOutcome.WOULD_SEND if told else SinkOutcome.NOTHING_NEW, len(told), bodies=bodies)
