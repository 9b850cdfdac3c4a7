"""Asking: reading tickets for a job whose own destination is another; the tracker's pause and rest hold here too."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from vedette.errors import Refused
from vedette.flows.context import Context, blaming, log
from vedette.flows.setback import NotYet
from vedette.model.tickets import Ticket, TicketRef
from vedette.ports.roles import Tracker
from vedette.store import limits
from vedette.store.limits import DestinationState


def read_tickets(context: Context, name: str, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
    """Tickets of one tracker by id; raises `NotYet` while the tracker rests, else what the tracker raises, blaming it.

    While it is paused one reading now and then is the probe, so that it resumes even where no job of its own waits.
    """
    return _ask(context, name, lambda tracker: tracker.read(refs))


def read_each(context: Context, name: str, refs: Sequence[TicketRef]) -> Mapping[str, Ticket]:
    """As `read_tickets`; one that is not for our eyes hides no other, and is told of in the log."""
    try:
        return read_tickets(context, name, refs)
    except Refused as problem:
        if len(refs) == 1:
            log.warning("ticket_unreadable", tracker=name, ticket=refs[0].key, problem=str(problem))
            return {}
    middle = len(refs) // 2
    return {**read_each(context, name, refs[:middle]), **read_each(context, name, refs[middle:])}


def changed_tickets(context: Context, name: str, refs: Sequence[TicketRef], *, since: datetime) -> Mapping[str, Ticket]:
    """Of these tickets those that changed since then; raises as `read_tickets` does."""
    return _ask(context, name, lambda tracker: tracker.changed(refs, since=since))


def _ask(context: Context, name: str, question: Callable[[Tracker], Mapping[str, Ticket]]) -> Mapping[str, Ticket]:
    with blaming(name):
        tracker = context.tracker(name)
        is_probe = not context.dry and _admitted(context, name)
        tickets = question(tracker)
    if is_probe:
        context.store.write(lambda tx: limits.succeeded(tx, name, now=context.clock()))
    return tickets


def _admitted(context: Context, name: str) -> bool:
    """Whether this reading is a probe."""
    now = context.clock()
    state = next((each for each in context.store.read(limits.states) if each.name == name), None)
    if state is None:
        return False
    until = max((at for at in (state.throttled_until, state.open_until) if at is not None and at > now), default=None)
    if until is not None:
        raise NotYet(f"{name} rests", wait=(until - now).total_seconds())
    return state.paused_at is not None and _probe(context, state, now=now)


def _probe(context: Context, state: DestinationState, *, now: datetime) -> bool:
    if not context.store.write(lambda tx: limits.probe_due(tx, state.name, every=limits.PROBE_EVERY, now=now)):
        raise NotYet(f"{state.name} is paused: {state.paused_reason}")
    return True
