"""Requests by mail: letters of Sentry's to the owners, each read once, become requests like any other.

Law: that a letter was read commits with what it said; one that is not understood, or names nobody that is known, is
shown all the same.
"""

from collections.abc import Sequence

import msgspec

from vedette.flows.access_requests import EVERY, requests_job
from vedette.flows.context import MAILBOX, Context, log
from vedette.flows.keeping import ended
from vedette.flows.turns import enqueue_in_turn
from vedette.model.jobs import JobKind, Lease, NewJob
from vedette.model.org import AccessRequest
from vedette.model.requests import FROM_MAIL, Mailbox
from vedette.ports.http import Fence
from vedette.ports.mail import Bookmark
from vedette.rules.access.letters import SUBJECT, request_in
from vedette.rules.access.requests import MAIL_KEPT, is_same, weigh
from vedette.store import queue, refs, requests
from vedette.store.database import Tx

_LONGEST_S = 20.0


def tend_mailbox(context: Context) -> None:
    """Enqueue the reading of the mailbox, every five minutes."""
    settings = context.settings.access.requests
    if settings.poll and settings.imap is not None:
        enqueue_in_turn(context, mail_job(), every=EVERY)


def mail_job() -> NewJob:
    """The reading of the mailbox; one may wait."""
    return NewJob(JobKind.MAILBOX, MAILBOX, MAILBOX, unique_key=MAILBOX)


def read_mail(context: Context, lease: Lease, fence: Fence) -> str:
    """Read what came since, keep it as requests, and have them weighed."""
    letters, box = context.letters, context.settings.access.requests.imap
    instance = _instance(context, box) if box else ""
    if letters is None or box is None or not instance:
        return ended(context, lease, "no_such_mailbox")
    bookmark = context.store.read(lambda tx: _bookmark(tx, box))
    oldest = (context.clock() - MAIL_KEPT).date()
    seconds = min(_LONGEST_S, fence.left())
    read_to, found = letters.since(bookmark, subject=SUBJECT, not_before=oldest, seconds=seconds)
    asked = [request_in(letter.text) for letter in found]
    log.info("mail_read", letters=len(found))

    def work(tx: Tx) -> None:
        _record(tx, context, box, instance=instance, read_to=read_to, asked=asked)
        queue.done(tx, lease, now=context.clock(), reason="mail_read")

    context.store.write(work)
    return "mail_read"


def _instance(context: Context, box: Mailbox) -> str:
    """Whose requests come there: the instance that is named, else the only one that is managed."""
    managed = context.settings.access.instances
    return box.instance or (managed[0] if len(managed) == 1 else "")


def _record(
    tx: Tx, context: Context, box: Mailbox, *, instance: str, read_to: Bookmark, asked: Sequence[AccessRequest]
) -> None:
    settings, now = context.settings, context.clock()
    known = [each.weighed.request for each in requests.open_ones(tx, instance=instance)]
    by_api = [each for each in known if each.source != FROM_MAIL]
    new = [each for each in asked if not any(is_same(each, other) for other in by_api)]
    weighed = [
        weigh(each, access=settings.access, instance=instance, patients=(), where=settings.where, now=now)
        for each in new
    ]
    requests.see(tx, weighed, now=now)
    refs.put(tx, _place(box), body=msgspec.json.encode(read_to).decode(), revision="", now=now)
    if weighed:
        queue.enqueue(tx, requests_job(instance), now=now)


def _bookmark(tx: Tx, box: Mailbox) -> Bookmark | None:
    found = refs.get(tx, _place(box))
    return None if found is None else msgspec.json.decode(found.body, type=Bookmark)


def _place(box: Mailbox) -> str:
    return f"imap:{box.user}@{box.host}:{box.port}/{box.folder}"
