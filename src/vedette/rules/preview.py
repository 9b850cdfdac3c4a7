"""Preview: policies run over issues' pasts, in order of time, with tickets that open and close as the ledger's did.

Law: the decisions are those of `decide`, with nothing added; what a past does not tell (which alert would have fired,
when a ticket that was never cut would have been closed) is not guessed. The same pasts give the same answer.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from vedette.model.actions import OpenTicket, ReopenTicket
from vedette.model.flood import Counted, Place, place_of
from vedette.model.growth import Growth
from vedette.model.issues import Count, CountSpan, Issue, IssueKey
from vedette.model.ownership import Verdict
from vedette.model.policies import Per, Policy
from vedette.model.preview import Bucket, Cut, Moment, Moved, Past, Preview
from vedette.model.settings import Settings
from vedette.model.tickets import LIVE_CLAIMS, Claim, ClaimState, Route, stamp_of
from vedette.rules.deciding import Decision, Reason, Situation, decide
from vedette.rules.effective import effective_for
from vedette.rules.holding import cap_met
from vedette.rules.muting import mute_for
from vedette.rules.routing import OwnersFile, find_owner
from vedette.rules.serving import policies_for

FROM_BUCKETS = "Sentry's statistics by day or hour"
_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)

FileFor = Callable[[str], OwnersFile | None]


@dataclass(slots=True)
class _Line:
    """The tickets of one issue on one track, as they would stand."""

    claims: list[Claim]
    closings: list[Claim]  # of the real ledger, oldest first; each closes one ticket
    held: bool = False


@dataclass(slots=True)
class _World:
    settings: Settings
    file_for: FileFor
    since: datetime
    capped: bool
    cuts: list[Cut] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    owners: dict[IssueKey, tuple[str, str]] = field(default_factory=dict)
    standing: dict[tuple[IssueKey, str], str] = field(default_factory=dict)
    lines: dict[tuple[IssueKey, str], _Line] = field(default_factory=dict)
    opened: list[tuple[datetime, Place]] = field(default_factory=list)


def preview(pasts: Sequence[Past], settings: Settings, *, file_for: FileFor, since: datetime, capped: bool) -> Preview:
    """What the settings would have cut since then. `capped`: the moments are true times, which caps can be held to."""
    world = _World(settings, file_for, since, capped)
    verdicts = {past.issue.key: _verdict(world, past) for past in pasts}
    steps = [(moment.at, past.issue.key, number) for past in pasts for number, moment in enumerate(past.moments)]
    by_key = {past.issue.key: past for past in pasts}
    for at, key, number in sorted(steps):
        if at >= since:
            _step(world, by_key[key], by_key[key].moments[number], verdicts[key])
    return Preview(tuple(world.cuts), dict(sorted(world.reasons.items())), world.owners, world.standing)


def differences(before: Preview, after: Preview, titles: Mapping[IssueKey, str]) -> list[Moved]:
    """Issues whose owner, place or reason the second settings change, in order."""
    moved: list[Moved] = []
    for key in sorted(before.owners.keys() | after.owners.keys()):
        old, new = (_said(each, key) for each in (before, after))
        if old != new:
            moved.append(Moved(key, titles.get(key, ""), old, new))
    return moved


def _said(found: Preview, key: IssueKey) -> str:
    owner, place = found.owners.get(key, ("", ""))
    tracks = sorted((track, reason) for (issue, track), reason in found.standing.items() if issue == key)
    told = ", ".join(reason if track == "main" else f"{track}: {reason}" for track, reason in tracks) or "no_policy"
    return f"{owner or 'nobody'} → {place or 'no route'}: {told}"


def _verdict(world: _World, past: Past) -> Verdict:
    file = world.file_for(past.issue.project)
    verdict = find_owner(past.occurrence, issue_tags=past.issue.tags, file=file, settings=world.settings)
    world.owners[past.issue.key] = (verdict.owner, _place(verdict.route))
    return verdict


def _place(route: Route | None) -> str:
    return f"{route.tracker} {route.project}" if route else ""


def _step(world: _World, past: Past, moment: Moment, verdict: Verdict) -> None:
    serving = policies_for(world.settings, moment.issue)
    if not serving:
        world.reasons["no_policy"] += 1
    for written in serving:
        line = _line_of(world, past, written.track, at=moment.at)
        decision = _decide(world, past, moment, verdict, written, line)
        _carry_out(world, past, moment, decision, line)


def _decide(world: _World, past: Past, moment: Moment, verdict: Verdict, written: Policy, line: _Line) -> Decision:
    held = effective_for(written, settings=world.settings, owner=verdict.owner)
    issue = moment.issue if moment.counted else _counted(moment, past.buckets, written)
    return decide(
        Situation(
            now=moment.at,
            # Which events there were is not known of the past, only how many: one ticket an issue is weighed.
            # Growth is told on tickets and cuts none.
            policy=replace(held.policy, per=Per.ISSUE, growth=Growth(at=())),
            issue=issue,
            news=moment.news,
            verdict=verdict,
            claims=tuple(line.claims),
            mute=mute_for(issue, world.settings.mutes, now=moment.at),
            environment=past.occurrence.environment if past.occurrence else "",
            changed=held.changed,
        )
    )


def _carry_out(world: _World, past: Past, moment: Moment, decision: Decision, line: _Line) -> None:
    reason = str(decision.reason)
    for action in decision.actions:
        match action:
            case OpenTicket():
                reason = _open(world, past, moment, decision, action, line)
            case ReopenTicket():
                line.claims[-1] = replace(line.claims[-1], state=ClaimState.OPEN, closed_at=None)
    key = (past.issue.key, decision.track)
    # What an issue is remembered by is what came of it, not the later "its ticket is open".
    if reason not in (Reason.TICKET_OPEN, Reason.NOT_ASKED) or key not in world.standing:
        world.standing[key] = reason
    world.reasons[reason] += 1


def _open(world: _World, past: Past, moment: Moment, decision: Decision, action: OpenTicket, line: _Line) -> str:
    if line.held:
        return str(Reason.HELD_IN_DIGEST)
    if world.capped and cap_met(world.settings.caps, action.route, _counts(world, action.route, moment.at)):
        line.held = True
        return str(Reason.HELD_BY_CAP)
    world.opened.append((moment.at, place_of(action.route)))
    key, track = past.issue.key, decision.track
    line.claims.append(_claim(len(line.claims) + 1, key, action, at=moment.at))
    place = _place(action.route)
    told = (str(decision.reason), decision.sentence, action.owner, place, action.generation)
    world.cuts.append(Cut(moment.at, key, past.issue.title, past.issue.project, track, decision.policy, *told))
    return str(decision.reason)


def _counts(world: _World, route: Route, at: datetime) -> Counted:
    """Which sweep would have cut a ticket is not known, so the cap of a sweep is not held to."""
    within = [place for opened, place in world.opened if opened > at - _HOUR]
    return Counted(run=0, route=within.count(place_of(route)), hour=len(within))


def _line_of(world: _World, past: Past, track: str, *, at: datetime) -> _Line:
    key = (past.issue.key, track)
    if key not in world.lines:
        mine = [claim for claim in past.claims if claim.track == track and claim.ticket is not None]
        before = [claim for claim in mine if claim.created_at < world.since]
        closings = sorted((c for c in mine if c.closed_at), key=lambda claim: claim.closed_at or claim.created_at)
        stood = [replace(claim, state=ClaimState.OPEN, closed_at=None) for claim in before]
        world.lines[key] = _Line([*before[:-1], *stood[-1:]], closings)
    line = world.lines[key]
    _close(line, at=at)
    return line


def _close(line: _Line, *, at: datetime) -> None:
    """Close the ticket that stands as the ledger's was closed, the first time after it was opened."""
    if not line.claims or line.claims[-1].state not in LIVE_CLAIMS:
        return
    last = line.claims[-1]
    for closing in line.closings:
        if closing.closed_at is not None and last.created_at < closing.closed_at <= at:
            at_, status = closing.closed_at, closing.ticket_status
            line.claims[-1] = replace(last, state=closing.state, as_of=at_, closed_at=at_, ticket_status=status)
            line.closings.remove(closing)
            return


def _claim(number: int, key: IssueKey, action: OpenTicket, *, at: datetime) -> Claim:
    stamp = stamp_of(key, track=action.track, generation=action.generation)
    told = (number, key, action.track, action.generation, ClaimState.OPEN, action.route, stamp)
    return Claim(*told, created_at=at, as_of=at, owner=action.owner)


def _counted(moment: Moment, buckets: Sequence[Bucket], policy: Policy) -> Issue:
    """The issue with the count that its buckets give for the policy's window; users only over the whole life."""
    window = policy.when.last_seen_within or _DAY
    known = moment.issue.count(CountSpan.LIFETIME)
    users = known.users if known else None
    if not buckets:
        return moment.issue
    counts = [
        Count(_sum(buckets, moment.at - window, moment.at), users, CountSpan.WINDOW, FROM_BUCKETS),
        Count(known.events if known else _sum(buckets, None, moment.at), users, CountSpan.LIFETIME, FROM_BUCKETS),
    ]
    return replace(moment.issue, counts=tuple(counts))


def _sum(buckets: Iterable[Bucket], since: datetime | None, until: datetime) -> int:
    """What happened in every bucket that the span touches."""
    return sum(each.events for each in buckets if each.at < until and (since is None or each.at + each.length > since))
