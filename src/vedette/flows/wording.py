"""Wording: what the jobs of a decision carry to the tracker: a ticket's title, body and link, a comment's text."""

from vedette.flows.context import Context
from vedette.flows.gather import Gathered, happenings_of
from vedette.model.actions import Action, CommentTicket, MoveTicket, OpenTicket, ReopenTicket, ResumeTicket
from vedette.model.document import pack
from vedette.model.growth import GrowTicket, MeasureAnew
from vedette.model.issues import Occurrence
from vedette.model.ownership import Verdict
from vedette.model.tickets import Route
from vedette.rules.deciding import Decision
from vedette.rules.rendering import body, title


def payloads_of(context: Context, gathered: Gathered, decision: Decision) -> list[dict[str, object]]:
    """What the job of each action carries; written before the transaction, since it may be long."""
    return [_payload(context, gathered, decision, action) for action in decision.actions]


def _payload(context: Context, gathered: Gathered, decision: Decision, action: Action) -> dict[str, object]:
    match action:
        case GrowTicket() | MeasureAnew():
            return growth_payload(action)
        case CommentTicket(text=text, marker=marker) | ReopenTicket(text=text, marker=marker):
            return {"text": pack(text), "marker": marker}
        case MoveTicket(text=text, marker=marker, status=status):
            return {"text": pack(text), "marker": marker, "status": status}
        case OpenTicket(route=route, event=event):
            return _ticket(context, gathered, decision, route=route, event=event)
        case ResumeTicket(claim=claim):
            return _ticket(context, gathered, decision, route=claim.route, event=claim.event)


def growth_payload(action: Action) -> dict[str, object]:
    """What the job of an action on a ticket's growth carries."""
    if not isinstance(action, GrowTicket):
        return {}
    text = None if action.text is None else pack(action.text)
    return {"step": action.step, "text": text, "priority": action.priority}


def _ticket(context: Context, gathered: Gathered, decision: Decision, *, route: Route, event: str) -> dict[str, object]:
    """What the ticket says; of the chain only when it is sent, since the ticket before it may have no name yet."""
    link = issue_link(context, gathered)
    base = context.settings.tickets.base_url
    key = gathered.issue.key
    document = body(
        gathered.issue,
        occurrence=_occurrence(gathered, decision.track, event),
        verdict=_verdict(gathered, decision.track, event),
        decision=decision.sentence,
        link=link,
        runbook=route.runbook or context.settings.tickets.runbook,
        explain=f"{base}/issues/{key.instance}/{key.id}" if base else "",
        event=(event, f"{link.rstrip('/')}/events/{event}/") if event else None,
    )
    return {
        "title": title(gathered.issue, link=link),
        "body": pack(document),
        "link": link,
        # The board is chosen by them when the ticket is sent.
        "level": gathered.issue.level,
        "environment": gathered.occurrence.environment if gathered.occurrence else "",
    }


def _occurrence(gathered: Gathered, track: str, event: str) -> Occurrence | None:
    found = gathered.happened.get(track)
    return (found.occurrences.get(event) if found else None) or gathered.occurrence


def _verdict(gathered: Gathered, track: str, event: str) -> Verdict:
    mine = (each.verdict for each in happenings_of(gathered, track) if each.event == event)
    return next(mine, gathered.verdict)


def issue_link(context: Context, gathered: Gathered) -> str:
    """The issue's address for people: the permalink where it is one of an issue, else made from the settings."""
    key = gathered.issue.key
    instance = context.settings.instances[key.instance]
    link = gathered.issue.permalink.split("?", 1)[0]
    if f"issues/{key.id}" in link and "/events/" not in link:
        return link
    return f"{instance.url.rstrip('/')}/organizations/{instance.organization}/issues/{key.id}/"
