"""Requests for access: read, weighed, told to people once, and answered in Sentry where the settings say so.

Law: that a notifier was told is written only in the transaction that ends the job by which it took the notice; a notice
that did not go out is tried again, and a request that stays open is told again after the repeat.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from vedette.errors import Refused, Unauthorised
from vedette.flows.access_doctor import EVERY as VISIT_EVERY
from vedette.flows.access_doctor import keep_visit, last_visits, visit
from vedette.flows.access_known import Pace, managed, paced
from vedette.flows.context import Context, log, notifier_destination, sentry_destination
from vedette.flows.keeping import ended, keeping
from vedette.flows.turns import enqueue_in_turn
from vedette.model.doctor import Visit
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.journal import EntryKind, NewEntry
from vedette.model.org import AccessRequest
from vedette.model.requests import FROM_MAIL, AnswerPolicy, RequestSeen, Weighed, request_id
from vedette.model.settings import Mode
from vedette.ports.http import Fence
from vedette.rules.access.requests import due, is_over, notice_of, weigh
from vedette.store import journal, queue, requests
from vedette.store.database import Tx

EVERY = timedelta(minutes=5)
_FENCE_S = 30.0


def waiting(context: Context, names: Sequence[str] = ()) -> list[Weighed]:
    """Who waits now, asked of every managed instance, or these; nothing is kept, and nobody told."""
    found: list[Weighed] = []
    for instance in managed(context, names):
        asked = [*context.roster(instance).requests(pace=paced(context)), *_by_mail(context, instance)]
        seen = visit(context, instance) if asked else None
        found += _weighed(context, instance, asked, seen)
    return found


def answer_now(context: Context, weighed: Weighed, *, approve: bool) -> None:
    """Approve or deny at a person's word; one that came by mail is only closed here."""
    if weighed.request.source != FROM_MAIL:
        context.roster(weighed.instance).answer(weighed.request, approve=approve, fence=Fence.after(_FENCE_S))
    word = "approved" if approve else "denied"
    entry = NewEntry(EntryKind.OPERATOR, f"request_{word}", f"{word} by hand: {weighed.text}")
    context.store.write(lambda tx: _close(tx, weighed.key, entry, now=context.clock()))


def tend_requests(context: Context) -> None:
    """Enqueue the reading of each managed instance's requests, every five minutes."""
    access = context.settings.access
    for instance in access.instances if access.requests.poll else ():
        enqueue_in_turn(context, requests_job(instance), every=EVERY)


def requests_job(instance: str) -> NewJob:
    """The reading of an instance's requests; one may wait."""
    name = f"requests:{instance}"
    return NewJob(JobKind.REQUESTS, sentry_destination(instance), name, unique_key=name, payload={"instance": instance})


def read_requests(context: Context, lease: Lease, _fence: Fence) -> str:
    """Read who waits, weigh each, and have told what is new."""
    instance = str(lease.job.payload["instance"])
    if instance not in context.rosters:
        return ended(context, lease, "no_such_instance")
    between = keeping(context, lease)
    try:
        asked = list(context.roster(instance).requests(pace=paced(context, between)))
        by_mail = _by_mail(context, instance)
        seen = _seen(context, instance, [*asked, *by_mail], pace=between)
    except (Refused, Unauthorised) as problem:
        # The tickets' token need not be allowed to read requests: its destination goes on.
        log.warning("requests_unread", instance=instance, problem=str(problem))
        return ended(context, lease, "requests_unread")
    weighed = _weighed(context, instance, [*asked, *by_mail], seen)
    context.store.write(lambda tx: _record(tx, context, lease, instance, weighed, seen))
    return "requests_read"


def tell_job(key: str, notifier: str) -> NewJob:
    """A notice of one request through one notifier; one may wait."""
    name = f"request:{key}>{notifier}"
    payload = {"request": key, "notifier": notifier}
    return NewJob(JobKind.TELL_REQUEST, notifier_destination(notifier), name, unique_key=name, payload=payload)


def tell_request(context: Context, lease: Lease, fence: Fence) -> str:
    """Tell of a request, unless it is over or was told meanwhile."""
    key, name = str(lease.job.payload["request"]), str(lease.job.payload["notifier"])
    seen, notifier = context.store.read(lambda tx: requests.get(tx, key)), context.notifiers.get(name)
    if notifier is None:
        return ended(context, lease, "no_such_notifier")
    if seen is None or seen.closed_at is not None:
        return ended(context, lease, "request_closed")
    settings, now = context.settings, context.clock()
    if name not in due(seen, settings.access.requests, now=now):
        return ended(context, lease, "told_already")
    place = "" if settings.mode is Mode.PRODUCTION else str(settings.mode)
    words = notice_of(seen, notifier=name, base_url=settings.tickets.base_url, place=place, now=now)
    left_out = notifier.notify(words, fence=fence)
    told = "; ".join([f"{name} was told: {words.title}", *left_out])
    context.store.write(lambda tx: _told(tx, context, lease, key, name, told))
    return "request_told"


def answer_job(weighed: Weighed, *, approve: bool) -> NewJob:
    """The answer to a request in Sentry."""
    name = f"answer:{weighed.key}"
    payload = {"request": weighed.key, "approve": approve}
    return NewJob(JobKind.ANSWER_REQUEST, sentry_destination(weighed.instance), name, unique_key=name, payload=payload)


def answer_request(context: Context, lease: Lease, fence: Fence) -> str:
    """Answer a request in Sentry, and hold it for closed."""
    key, approve = str(lease.job.payload["request"]), bool(lease.job.payload["approve"])
    seen = context.store.read(lambda tx: requests.get(tx, key))
    if seen is None or seen.closed_at is not None:
        return ended(context, lease, "request_closed")
    weighed = seen.weighed
    if weighed.instance not in context.rosters:
        return ended(context, lease, "no_such_instance")
    context.roster(weighed.instance).answer(weighed.request, approve=approve, fence=fence)
    word = "request_approved" if approve else "request_denied"
    entry = NewEntry(EntryKind.OUTCOME, word, f"by access.requests.answer: {weighed.text}", job=lease.job.id)

    def work(tx: Tx) -> None:
        queue.done(tx, lease, now=context.clock(), reason=word)
        _close(tx, key, entry, now=context.clock())

    context.store.write(work)
    return word


def _by_mail(context: Context, instance: str) -> list[AccessRequest]:
    """Open requests of the instance that came by mail: they are weighed anew, since nobody takes a mail back."""
    found = context.store.read(lambda tx: requests.open_ones(tx, instance=instance))
    return [each.weighed.request for each in found if each.weighed.request.source == FROM_MAIL]


def _seen(context: Context, instance: str, asked: Sequence[AccessRequest], *, pace: Pace) -> Visit | None:
    """A look at the people, anew where somebody new asks or the last one is old."""
    if not asked:
        return None
    known, last = context.store.read(
        lambda tx: (
            {each.weighed.id for each in requests.open_ones(tx, instance=instance)},
            last_visits(tx, [instance]),
        )
    )
    at = last[0].at if last else None
    if at is not None and context.clock() - at < VISIT_EVERY and {request_id(each) for each in asked} <= known:
        return last[0]
    return visit(context, instance, pace=pace)


def _weighed(context: Context, instance: str, asked: Iterable[AccessRequest], seen: Visit | None) -> list[Weighed]:
    settings, patients = context.settings, seen.patients if seen else ()
    return [
        weigh(
            each, access=settings.access, instance=instance, patients=patients, where=settings.where,
            now=context.clock(),
        )
        for each in asked
    ]  # fmt: skip


def _record(
    tx: Tx, context: Context, lease: Lease, instance: str, weighed: Sequence[Weighed], seen: Visit | None
) -> None:
    now = context.clock()
    if seen is not None:
        keep_visit(tx, seen, now=now)
    requests.see(tx, weighed, now=now)
    asked, patients = {each.key for each in weighed}, seen.patients if seen else ()
    open_now = requests.open_ones(tx, instance=instance)
    over = [each.weighed.key for each in open_now if is_over(each, asked=asked, patients=patients, now=now)]
    requests.close(tx, over, now=now)
    enqueue_tellings(tx, context, [each for each in open_now if each.weighed.key not in over], now=now)
    queue.done(tx, lease, now=now, reason="requests_read")


def enqueue_tellings(tx: Tx, context: Context, open_now: Iterable[RequestSeen], *, now: datetime) -> None:
    """Have everybody told who is to be told now."""
    for each in open_now:
        for name in due(each, context.settings.access.requests, now=now):
            if name in context.settings.notifiers:
                queue.enqueue(tx, tell_job(each.weighed.key, name), now=now)


def _told(tx: Tx, context: Context, lease: Lease, key: str, name: str, sentence: str) -> None:
    now, settings = context.clock(), context.settings.access.requests
    queue.done(tx, lease, now=now, reason="request_told")
    requests.tell(tx, key, notifier=name, now=now)
    journal.write(tx, NewEntry(EntryKind.OUTCOME, "request_told", sentence, job=lease.job.id), now=now)
    seen = requests.get(tx, key)
    if seen is None or settings.answer is not AnswerPolicy.DENY or due(seen, settings, now=now):
        return
    if seen.weighed.request.source != FROM_MAIL:
        queue.enqueue(tx, answer_job(seen.weighed, approve=False), now=now)


def _close(tx: Tx, key: str, entry: NewEntry, *, now: datetime) -> None:
    requests.close(tx, [key], now=now)
    journal.write(tx, entry, now=now)
