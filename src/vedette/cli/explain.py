"""`vedette explain`: the whole way of one error, from what was heard to its ticket, with file and line."""

import sys
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.console import Console

from vedette.cli.opened import opened_to_look
from vedette.cli.options import DEFAULT_CONFIG, ConfigFile
from vedette.cli.way import Way
from vedette.errors import VedetteError
from vedette.flows.context import Context
from vedette.flows.explain import Explained, policy_place, resolve, route_place
from vedette.flows.explain import explain as explain_issue
from vedette.flows.foresee import Foreseen, foresee
from vedette.flows.placing import board_foreseen
from vedette.model.events import IssuePolled
from vedette.model.issues import IssueKey
from vedette.model.journal import Entry, EntryKind
from vedette.model.settings import Settings
from vedette.model.tickets import Claim
from vedette.rules.deciding import Decision
from vedette.rules.rendering import owner_sentence


def explain(
    issue: str,
    *,
    ask: Annotated[bool | None, Parameter(negative="--offline")] = None,
    json: Annotated[bool, Parameter(negative=())] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print the whole way of an error: what was heard, frame, CODEOWNERS line, team, route, policy, decision, ticket.

    It looks into the store, beside a running `vedette serve` too. Where nothing was ever heard of the issue, it asks
    Sentry and shows what would be decided now. Nothing is changed, neither here nor there.

    Parameters
    ----------
    issue
        An issue's number, instance/number, short id or address in any form; or the key of a ticket, such as PAY-12.
    ask
        Ask Sentry, and show what would be decided now, also for an issue with a past; with --offline never.
    json
        Print one JSON object.
    """
    with opened_to_look(config) as app:
        context = app.context
        found = explain_issue(context, resolve(context, issue))
        foreseen, trouble = None, ""
        if ask or (ask is None and not found.is_known):
            foreseen, trouble = _ask(context, found.view.key)
    if json:
        data = _as_data(found, foreseen, trouble, settings=app.settings)
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(data)).decode() + "\n")
    else:
        Way(Console(highlight=False, soft_wrap=True), app.settings).print(found, foreseen, trouble=trouble)
    return 0 if found.is_known or foreseen is not None else 1


def _ask(context: Context, key: IssueKey) -> tuple[Foreseen | None, str]:
    """What would be decided if a poll saw the issue now; or why that cannot be said."""
    try:
        return foresee(context, key, polled=IssuePolled(key, context.clock())), ""
    except VedetteError as problem:
        return None, str(problem)


def _as_data(found: Explained, foreseen: Foreseen | None, trouble: str, *, settings: Settings) -> dict[str, Any]:
    view = found.view
    return {
        "issue": str(view.key),
        "title": found.title,
        "project": found.project,
        "known": found.is_known,
        "aliases": [str(alias) for alias in view.aliases],
        "heard": [
            {"at": m.created_at, "delivery": m.delivery, "kind": m.kind, "occurred_at": m.occurred_at, **m.detail}
            for m in view.mentions
        ],
        "decisions": [_decision(entry, settings) for entry in view.entries if entry.kind is EntryKind.DECISION],
        "journal": [{"at": e.at, "kind": e.kind, "reason": e.reason, "sentence": e.sentence} for e in view.entries],
        "tickets": [_ticket(claim, settings) for claim in view.claims],
        "jobs": [
            {"id": j.id, "kind": j.kind, "state": j.state, "destination": j.destination, "run_at": j.run_at,
             "attempt": j.attempt, "reason": j.reason, "detail": j.detail}
            for j in view.jobs
        ],
        "next": found.coming,
        "would_decide": [_foreseen(each, foreseen, settings) for each in foreseen.decisions] if foreseen else [],
        "not_asked": trouble,
    }  # fmt: skip


def _decision(entry: Entry, settings: Settings) -> dict[str, Any]:
    place = policy_place(settings, str(entry.details.get("policy", "")))
    return {"at": entry.at, "reason": entry.reason, "sentence": entry.sentence, **entry.details, "policy_at": place}


def _ticket(claim: Claim, settings: Settings) -> dict[str, Any]:
    return {
        "claim": claim.id,
        "track": claim.track,
        "generation": claim.generation,
        "state": claim.state,
        "ticket": claim.ticket,
        "status": claim.ticket_status,
        "owner": claim.owner,
        "route": claim.route,
        "route_at": route_place(settings, claim.owner),
        "place": claim.place,
        "attempts": claim.attempts,
        "stamp": claim.stamp,
        "event": claim.event,
        "previous": claim.previous,
        "root": claim.root,
        "closed_at": claim.closed_at,
    }


def _foreseen(decision: Decision, foreseen: Foreseen, settings: Settings) -> dict[str, Any]:
    return {
        "reason": decision.reason,
        "sentence": decision.sentence,
        "track": decision.track,
        "policy": decision.policy,
        "policy_at": policy_place(settings, decision.policy),
        "changed": decision.changed,
        "actions": [type(action).__name__ for action in decision.actions],
        "owner_sentence": owner_sentence(foreseen.gathered.verdict),
        "board": board_foreseen(settings, foreseen.gathered),
    }
