"""`vedette poll --once`: a sweep of Sentry now; with --dry-run only what it would decide, in the same words."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console

from vedette.app import App
from vedette.cli.logging import warn_on_stderr
from vedette.cli.opened import opened, opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import written
from vedette.errors import VedetteError
from vedette.flows.context import Context
from vedette.flows.explain import policy_place
from vedette.flows.foresee import Foreseen, foresee_poll
from vedette.flows.placing import board_foreseen
from vedette.flows.poll import poll_job, polled_instances
from vedette.model.actions import OpenTicket
from vedette.model.jobs import Job, JobState
from vedette.model.journal import Entry, EntryKind
from vedette.model.policies import Policy
from vedette.model.settings import Settings
from vedette.rules.deciding import Decision
from vedette.rules.rendering import owner_sentence
from vedette.store import journal, queue
from vedette.store.database import Tx

Flag = Annotated[bool, Parameter(negative=())]
# Deciding and cutting takes a second or two an issue; what is not done by then is the workers'.
_PATIENCE_S = 300.0
_LOOK_S = 0.1
_MOST = 1000


def poll(*, once: Flag = False, dry_run: Flag = False, policy: str = "", config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Sweep Sentry now: each issue that a policy asks for is decided on, and gets its ticket.

    `vedette serve` does this by itself every few minutes. This does it once, beside it or without it, and prints every
    decision. With --dry-run the same is read, weighed and printed, and nothing is written anywhere.

    Parameters
    ----------
    once
        Needed, since there is no polling forever here.
    dry_run
        Only print what would be decided.
    policy
        Only this policy; every policy that polls unless given.
    """
    if not (once or dry_run):
        raise VedetteError("say --once; `vedette serve` polls by itself, as often as its policies say")
    console = Console(highlight=False, soft_wrap=True)
    if dry_run:
        with opened_to_look(config) as app:
            return _foresee(console, app, policy)
    warn_on_stderr()
    with opened(config) as app:
        return _sweep(console, app, policy)


def _polled(settings: Settings, context: Context, name: str) -> Iterator[tuple[Policy, str]]:
    named = [each for each in settings.policies if name in ("", each.name)]
    if not named:
        raise VedetteError(f"there is no policy {name}; there are {', '.join(each.name for each in settings.policies)}")
    pairs = [(each, instance) for each in named for instance in polled_instances(context, each)]
    if not pairs:
        raise VedetteError("no policy is to be polled; add poll to its on:")
    yield from pairs


def _foresee(console: Console, app: App, name: str) -> int:
    reasons: Counter[str] = Counter()
    for policy, instance in _polled(app.settings, app.context, name):
        _head(console, app.settings, policy, instance)
        for foreseen in foresee_poll(app.context, policy, instance):
            _print_foreseen(console, app.settings, foreseen)
            reasons.update(str(decision.reason) for decision in foreseen.decisions)
    _print_sum(console, reasons)
    console.print("dry run: nothing was written")
    return 0


def _print_foreseen(console: Console, settings: Settings, foreseen: Foreseen) -> None:
    issue = foreseen.gathered.issue
    console.print(written(f"  {issue.key}  ", (issue.title, "bold")))
    console.print(written(f"    {owner_sentence(foreseen.gathered.verdict)}"))
    board = board_foreseen(settings, foreseen.gathered)
    for decision in foreseen.decisions:
        console.print(written(f"    {decision.reason}: {decision.sentence}{_would(decision, board)}"))


def _would(decision: Decision, board: str) -> str:
    opening = [action for action in decision.actions if isinstance(action, OpenTicket)]
    if opening:
        return f" ─▶ would open a ticket in {opening[0].route.tracker} {board or opening[0].route.project}"
    return "".join(f" ─▶ would {type(action).__name__}" for action in decision.actions)


def _sweep(console: Console, app: App, name: str) -> int:
    newest = app.store.read(lambda tx: journal.search(tx, limit=1))
    since = newest[0].id if newest else 0
    sweeps: list[int] = []
    for policy, instance in _polled(app.settings, app.context, name):
        _head(console, app.settings, policy, instance)
        sweeps.append(_enqueue(app, policy, instance))
    left = _work_off(app, first=min(sweeps))
    told = [entry for entry in app.store.read(lambda tx: journal.search(tx, limit=_MOST)) if entry.id > since]
    for entry in reversed(told):
        _print_told(console, entry)
    _print_sum(console, Counter(entry.reason for entry in told if entry.kind is EntryKind.DECISION))
    undone = [job for number in sweeps if (job := app.store.read(lambda tx, n=number: queue.get(tx, n))) and job.detail]  # type: ignore[misc]
    for job in undone:
        console.print(written(f"the sweep of {job.destination} did not end: {job.detail}", style="red"))
    if left:
        console.print(f"{left} jobs are left to `vedette serve` or `vedette work`; `vedette queue list` shows them")
    return 1 if undone else 0


def _enqueue(app: App, policy: Policy, instance: str) -> int:
    """The job that sweeps; one that waits already, even for a later try, is taken instead."""
    job = poll_job(policy, instance, slot=app.context.clock())

    def work(tx: Tx) -> int:
        number = queue.enqueue(tx, job, now=app.context.clock())
        if number is not None:
            return number
        ready = queue.listing(tx, state=JobState.READY, destination=job.destination, limit=_MOST)
        return next(each.id for each in ready if each.kind is job.kind and each.payload["policy"] == policy.name)

    return app.store.write(work)


def _work_off(app: App, *, first: int) -> int:
    """Do what is ready, beside other workers, until the sweeps and what came of them are done; how many are left."""
    worker, deadline = app.worker(), time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        if worker.one_job(app.context):
            continue
        now = app.context.clock()
        if not any(job.state is JobState.LEASED or job.run_at <= now for job in _live(app, first)):
            break
        time.sleep(_LOOK_S)
    return len(_live(app, first))


def _live(app: App, first: int) -> list[Job]:
    """The newest jobs that are not over, from the first sweep on; a sweep that waits for a later try counts too."""
    newest = app.store.read(lambda tx: queue.listing(tx, limit=_MOST))
    return [job for job in newest if job.id >= first and job.state in (JobState.READY, JobState.LEASED)]


def _head(console: Console, settings: Settings, policy: Policy, instance: str) -> None:
    place = policy_place(settings, policy.name)
    console.print(
        written(f"policy {policy.name}{f' ({place})' if place else ''}, instance {instance}", style="bold cyan")
    )


def _print_told(console: Console, entry: Entry) -> None:
    about = f"{entry.issue}  " if entry.issue else ""
    style = "red" if entry.kind is EntryKind.ALARM else ""
    console.print(written(f"  {about}{entry.reason}: {entry.sentence}", style=style))


def _print_sum(console: Console, reasons: Counter[str]) -> None:
    told = ", ".join(f"{reason} {count}" for reason, count in reasons.most_common()) or "no issue was decided on"
    console.print(written(told, style="bold"))
