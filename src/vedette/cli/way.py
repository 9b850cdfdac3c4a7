"""Way: an explained issue in words, from what was heard down to what comes next.

Law: the sentences are the journal's own; only places in the settings are added.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from rich.console import Console

from vedette.cli.paper import written
from vedette.flows.explain import Explained, chain_words, changed_words, policy_place, route_place
from vedette.flows.foresee import Foreseen
from vedette.flows.placing import board_foreseen
from vedette.model.issues import IssueStatus
from vedette.model.jobs import Job
from vedette.model.journal import Entry, EntryKind
from vedette.model.ownership import Step
from vedette.model.settings import Settings
from vedette.model.tickets import MAIN_TRACK, Claim, Route
from vedette.rules.rendering import owner_sentence
from vedette.store.deliveries import Mention
from vedette.store.views import IssueView

_SHOWN = 10
_FRAMES = 12
_MARKS = {"owned": "✔", "cleared": "○"}


class Way:
    """Prints one issue's way to a console."""

    def __init__(self, console: Console, settings: Settings) -> None:
        self._console = console
        self._settings = settings

    def print(self, found: Explained, foreseen: Foreseen | None, *, trouble: str) -> None:
        """The whole way."""
        view = found.view
        title = found.title or (foreseen.gathered.issue.title if foreseen else "") or "(title unknown)"
        self._console.print(written(title, style="bold"))
        project = found.project or (foreseen.gathered.issue.project if foreseen else "")
        also = f"   also {', '.join(map(str, view.aliases))}" if view.aliases else ""
        self._line(f"issue {view.key}{f'   project {project}' if project else ''}{also}", indent=0)
        if found.is_known:
            self._past(found)
        else:
            self._heading("Heard")
            self._line("nothing was ever heard of this issue: no delivery and no poll spoke of it")
        if foreseen is not None:
            self._future(foreseen)
        if trouble:
            self._heading("Would be decided now")
            self._line(f"cannot be said: {trouble}")

    def _past(self, found: Explained) -> None:
        view = found.view
        self._heading("Heard, newest first")
        self._some([_heard(mention) for mention in view.mentions], of="mentions")
        decisions = [entry for entry in view.entries if entry.kind is EntryKind.DECISION]
        if decisions:
            self._owner(_telling(decisions).details)
        self._policies(decisions)
        self._heading("Decisions, newest first")
        self._some([_decided(entry) for entry in decisions], of="decisions")
        self._tickets(view)
        self._heading("Jobs, newest first")
        self._some([_job(job) for job in view.jobs], of="jobs")
        others = [entry for entry in view.entries if entry.kind not in (EntryKind.DECISION, EntryKind.OUTCOME)]
        if others:
            self._heading("Also in the journal")
            self._some([f"{_at(e.at)}  {e.kind} {e.reason}: {e.sentence}" for e in others], of="lines")
        self._heading("Next")
        for sentence in found.coming:
            self._line(sentence)

    def _owner(self, details: Mapping[str, Any]) -> None:
        self._heading("Owner")
        for step in shown(details.get("steps", ())):
            self._line(step)
        self._line(str(details.get("owner_sentence", "")))

    def _tickets(self, view: IssueView) -> None:
        self._heading("Tickets")
        if not view.claims:
            self._line("none was cut")
        for claim in view.claims:
            self._claim(claim, [entry for entry in view.entries if entry.claim == claim.id], of=view.claims)

    def _claim(self, claim: Claim, entries: Sequence[Entry], *, of: Sequence[Claim]) -> None:
        ticket = f"{claim.ticket.key}  {claim.ticket.url}" if claim.ticket else "no ticket yet"
        status = f" ({claim.ticket_status})" if claim.ticket_status else ""
        self._line(f"generation {claim.generation}{_on_track(claim.track)}: {ticket}  {claim.state}{status}")
        chain = chain_words(claim, of)
        if chain:
            self._line(chain, indent=4)
        place = route_place(self._settings, claim.owner)
        self._line(f"route {route_words(claim.route)}{f'  {place}' if place else ''}", indent=4)
        if claim.place is not None and claim.place.sentence:
            self._line(f"board {claim.place.sentence}", indent=4)
        for entry in reversed(entries):
            self._line(f"{_at(entry.at)}  {entry.reason}: {entry.sentence}", indent=4)

    def _policies(self, decisions: Sequence[Entry]) -> None:
        named = dict.fromkeys(str(entry.details.get("policy", "")) for entry in decisions)
        if any(named):
            self._heading("Policy")
        for name in filter(None, named):
            self._line(self._policy(name))
            newest = next(entry for entry in decisions if entry.details.get("policy", "") == name)
            self._changed(newest.details.get("changed", ()))

    def _changed(self, changed: Sequence[Mapping[str, Any]]) -> None:
        for told in changed_words(self._settings, changed):
            self._line(told, indent=4)

    def _policy(self, name: str) -> str:
        return f"{name}  {policy_place(self._settings, name) or 'which stands where the settings have none'}"

    def _future(self, foreseen: Foreseen) -> None:
        gathered = foreseen.gathered
        self._heading("Would be decided now, if a poll saw it")
        if gathered.issue.status is not IssueStatus.GONE:
            for told in shown([step_data(step) for step in gathered.verdict.steps]):
                self._line(told)
            self._line(owner_sentence(gathered.verdict))
        if not foreseen.decisions:
            self._line(f"no policy serves project {gathered.issue.project or '(unknown)'}")
        for decision in foreseen.decisions:
            self._line(f"policy {self._policy(decision.policy)}")
            self._changed([asdict(changed) for changed in decision.changed])
            self._line(f"{decision.reason}: {decision.sentence}{_on_track(decision.track)}")
        route = gathered.verdict.route
        if route is not None and any(decision.actions for decision in foreseen.decisions):
            place = route_place(self._settings, gathered.verdict.owner)
            self._line(f"route {route_words(route)}{f'  {place}' if place else ''}")
            board = board_foreseen(self._settings, gathered)
            if board:
                self._line(f"board {board}")

    def _heading(self, words: str) -> None:
        self._console.print()
        self._console.print(written(words, style="bold cyan"))

    def _line(self, words: str, *, indent: int = 2) -> None:
        self._console.print(written(" " * indent + words))

    def _some(self, lines: Sequence[str], *, of: str) -> None:
        for line in lines[:_SHOWN]:
            self._line(line)
        if len(lines) > _SHOWN:
            self._line(f"and {len(lines) - _SHOWN} older {of}: --json has them")
        if not lines:
            self._line("none")


def _telling(decisions: Sequence[Entry]) -> Entry:
    """The newest decision that looked an owner up."""
    return next((entry for entry in decisions if entry.details.get("steps")), decisions[0])


def _decided(entry: Entry) -> str:
    track = _on_track(str(entry.details.get("track", MAIN_TRACK)))
    return f"{_at(entry.at)}  {entry.reason}: {entry.sentence}{track}"


def _on_track(track: str) -> str:
    return "" if track == MAIN_TRACK else f" (track {track})"


def _job(job: Job) -> str:
    why = f" ({job.reason}{f': {job.detail}' if job.detail else ''})" if job.reason else ""
    tries = f", {job.attempt} failed tries" if job.attempt else ""
    to = f" to {job.destination}" if job.destination else ""
    return f"job {job.id} {job.kind}{to}: {job.state}{why}{tries}"


def _heard(mention: Mention) -> str:
    way = f"delivery {mention.delivery}" if mention.delivery is not None else "poll"
    detail = mention.detail
    told = next((f'{name} "{detail[name]}"' for name in ("rule", "policy") if detail.get(name)), "")
    change = f" {detail['change']}" if detail.get("change") else ""
    waits = "" if mention.decided_at else "  waits for a decision"
    return f"{_at(mention.created_at)}  {way}: {mention.kind}{change}{f', {told}' if told else ''}{waits}"


def shown(steps: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """The look-ups, a line each."""
    for step in steps[:_FRAMES]:
        line = f":{step['lineno']}" if step.get("lineno") else ""
        within = f" in {step['function']}" if step.get("function") else ""
        yield look_up(f"{step.get('path') or '(no path)'}{line}{within}", step)
    if len(steps) > _FRAMES:
        yield f"  and {len(steps) - _FRAMES} frames more"


def look_up(place: str, step: Mapping[str, Any], *, file: str = "CODEOWNERS") -> str:
    """One look-up: the place that was asked for, and the rule that answered."""
    outcome = str(step.get("outcome", ""))
    mark = _MARKS.get(outcome, "·")
    if not step.get("pattern"):
        return f"{mark} {place}  {outcome}"
    owners = " ".join(step.get("owners", ())) or "no owner: ownership is cleared"
    return f"{mark} {place}  {file}:{step['line']} {step['pattern']} ─▶ {owners}"


def step_data(step: Step) -> dict[str, Any]:
    """A look-up in the words of the journal."""
    return {
        "path": step.path,
        "lineno": step.frame.lineno,
        "function": step.frame.function,
        "line": step.line,
        "pattern": step.pattern,
        "owners": step.owners,
        "outcome": step.outcome,
    }


def route_words(route: Route) -> str:
    """Where tickets go, and how they look."""
    looks = [route.type, *route.components, *(f"+{label}" for label in route.labels), route.status, route.assignee]
    boards = f"{len(route.boards)} boards, else " if route.boards else ""
    return f"{route.tracker} {boards}{route.project or 'nothing'}  {', '.join(filter(None, looks))}".rstrip()


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
