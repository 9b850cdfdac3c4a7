"""`vedette queue`: what waits, what died and why, and the hands to set it right."""

from collections.abc import Sequence
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.markup import escape as _escape
from rich.table import Table

from vedette.cli.opened import opened
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.paper import visible
from vedette.errors import VedetteError
from vedette.flows.context import wall_clock
from vedette.model.jobs import Job, JobState
from vedette.model.journal import EntryKind, NewEntry
from vedette.store import journal, limits
from vedette.store import queue as jobs
from vedette.store.database import Tx

queue = App(name="queue", help="Jobs: list, show, retry, drop; resume a paused destination.")
AllDead = Annotated[bool, Parameter(negative=(), help="Every dead letter.")]
Numbers = Annotated[int, Parameter(name="JOB", help="Numbers of the jobs, as `vedette queue list` shows them.")]


@queue.command(name="list")
def listing(
    *, state: JobState | None = None, destination: str = "", limit: int = 50, config: ConfigFile = DEFAULT_CONFIG
) -> int:
    """List jobs, newest first; dead letters are grouped by cause.

    Parameters
    ----------
    state
        Only jobs in this state: ready, leased, done, dead or dropped.
    destination
        Only jobs of this tracker, or of `sentry:INSTANCE`.
    limit
        At most this many.
    """
    console = Console(highlight=False)
    with opened(config, role="read") as app:
        rows = app.store.read(lambda tx: jobs.listing(tx, state=state, destination=destination or None, limit=limit))
        groups = app.store.read(jobs.dead_groups)
        states = app.store.read(limits.states)
    for each in states:
        if each.paused_at is not None:
            console.print(f"[red]{escape(each.name)} is paused[/]: {escape(each.paused_reason)}")
    console.print(_table(rows))
    for group in groups:
        console.print(
            f"[red]{group.count} dead[/] to {escape(group.destination or 'nobody')} ({group.reason}): "
            f"{escape(group.detail_pattern)}"
        )
    return 0


@queue.command
def show(job: Annotated[int, Parameter(help="Number of the job.")], /, *, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Show one job whole: what it is for, its tries, and the vendor's own words."""
    console = Console(highlight=False, soft_wrap=True)
    with opened(config, role="read") as app:
        found = app.store.read(lambda tx: jobs.get(tx, job))
    if found is None:
        raise VedetteError(f"there is no job {job}; `vedette queue list` shows them")
    for name in (
        "id",
        "kind",
        "state",
        "destination",
        "issue",
        "claim",
        "attempt",
        "run_at",
        "created_at",
        "finished_at",
    ):
        console.print(f"[bold]{name:12}[/] {escape(str(getattr(found, name)))}")
    console.print(f"[bold]{'reason':12}[/] {escape(found.reason)}")
    console.print(f"[bold]{'detail':12}[/] {escape(found.detail)}")
    title = found.payload.get("title")
    if title:
        console.print(f"[bold]{'ticket':12}[/] {escape(str(title))}")
    return 0


@queue.command
def retry(*ids: Numbers, all_dead: AllDead = False, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Bring dead letters back: the numbered ones, or all of them with --all-dead."""
    return _change(ids, all_dead=all_dead, config=config, verb="retried")


@queue.command
def drop(*ids: Numbers, all_dead: AllDead = False, config: ConfigFile = DEFAULT_CONFIG) -> int:
    """Let go of jobs for good: the numbered ones, or every dead letter with --all-dead."""
    return _change(ids, all_dead=all_dead, config=config, verb="dropped")


@queue.command
def resume(
    destination: Annotated[str, Parameter(help="A tracker, or `sentry:INSTANCE`.")],
    /,
    *,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Resume a destination that lost its credentials, once they are mended."""
    with opened(config) as app:

        def work(tx: Tx) -> bool:
            now = wall_clock()
            if destination not in {state.name for state in limits.states(tx)}:
                return False
            limits.resume(tx, destination, now=now)
            journal.write(tx, NewEntry(EntryKind.OPERATOR, "resumed", f"{destination} was resumed by hand"), now=now)
            return True

        if not app.store.write(work):
            raise VedetteError(
                f"there is no destination {destination}; `vedette queue list` names those that are paused"
            )
    print(f"{destination} resumed")
    return 0


def _change(ids: Sequence[int], *, all_dead: bool, config: ConfigFile, verb: str) -> int:
    if bool(ids) == all_dead:
        raise VedetteError("name the jobs by number, or say --all-dead; not both, not neither")
    with opened(config) as app:

        def work(tx: Tx) -> int:
            now = wall_clock()
            wanted = list(ids) or [job.id for job in jobs.listing(tx, state=JobState.DEAD, limit=100_000)]
            done = jobs.retry_dead(tx, wanted, now=now) if verb == "retried" else jobs.drop(tx, wanted, now=now)
            if done:
                entry = NewEntry(EntryKind.OPERATOR, verb, f"{done} jobs were {verb} by hand", details={"jobs": wanted})
                journal.write(tx, entry, now=now)
            return done

        count = app.store.write(work)
    print(f"{count} {verb}")
    return 0 if count else 1


def _table(rows: Sequence[Job]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("job", "state", "kind", "issue", "to", "tries", "runs at (UTC)", "why"):
        table.add_column(heading, overflow="fold")
    for job in rows:
        why = f"{job.reason}: {job.detail}" if job.detail else job.reason
        cells = (
            job.id,
            job.state,
            job.kind,
            job.issue or "",
            job.destination,
            job.attempt,
            f"{job.run_at:%m-%d %H:%M:%S}",
        )
        table.add_row(*(escape(str(cell)) for cell in cells), escape(why))
    return table


def escape(words: str) -> str:
    """A stranger's words: no markup, and nothing that commands the terminal."""
    return _escape(visible(words))
