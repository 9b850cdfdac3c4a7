"""Rendering: the title and body of a ticket, as a document that each tracker translates."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from vedette.model.document import Block, Bullets, Code, Document, Facts, Heading, Inline, Link, Paragraph, Text
from vedette.model.issues import CountSpan, Fault, Frame, Issue, Occurrence
from vedette.model.ownership import Ownership, Step, Verdict
from vedette.model.tickets import Claim

# Jira's summary holds 255 characters; the other trackers hold more.
TITLE_LIMIT = 255
_FRAMES = 15
_TAGS = 12
_VALUE_LIMIT = 300


def title(issue: Issue, *, link: str) -> str:
    """One line of at most 255 characters that ends with the Sentry link; only the words are ever cut.

    The link in the title is how people, and the audit, recognise the ticket after labels and projects changed.
    """
    room = TITLE_LIMIT - len(link) - 1
    words = one_line(issue.title or issue.culprit or f"Sentry issue {issue.key.id}")
    if room < 1:
        return cut(words, TITLE_LIMIT)
    return f"{cut(words, room)} {link}"


def one_line(text: str) -> str:
    """The text without line ends, control characters, lone surrogates and runs of blanks."""
    kept = "".join(" " if char.isspace() or unicodedata.category(char) in ("Cc", "Cs", "Cf") else char for char in text)
    return " ".join(kept.split())


def cut(text: str, limit: int) -> str:
    """At most `limit` characters; a cut shows as an ellipsis."""
    return text if len(text) <= limit else f"{text[: max(limit - 1, 0)].rstrip()}…"


def body(
    issue: Issue,
    *,
    occurrence: Occurrence | None,
    verdict: Verdict,
    decision: str,
    link: str,
    runbook: str = "",
    explain: str = "",
    event: tuple[str, str] | None = None,
) -> Document:
    """What the owner needs at night: what, how often, since when, where in the code, why me, what to do.

    `event`: id and address of the one event that the ticket is for. Title and link come first, see `chained`.
    """
    blocks: list[Block] = [Paragraph((Text(one_line(issue.title), strong=True),)), Paragraph((Link(link),))]
    facts = _facts(issue, occurrence)
    blocks.append(Facts((*_event(event, occurrence), *facts)))
    blocks += _stack(occurrence)
    blocks += _tags(issue, occurrence)
    blocks.append(Heading("Why this ticket"))
    # The very sentences of the journal and the page, so that one can be found from the other.
    blocks.append(Bullets(((Text(owner_sentence(verdict)),), (Text(decision),))))
    blocks += _leads(runbook=runbook, explain=explain)
    return Document(tuple(blocks))


def chained(written: Document, *, previous: Claim | None, root: Claim | None) -> Document:
    """The body with the ticket before this one, and the first of all, below its title and link."""
    if previous is None:
        return written
    lines = [_link_to("Previous ticket: ", previous)]
    if root is not None and root.id != previous.id:
        lines.append(_link_to("First ticket: ", root))
    head, rest = written.blocks[:2], written.blocks[2:]
    return Document((*head, *lines, *rest))


def _link_to(words: str, claim: Claim) -> Paragraph:
    if claim.ticket is None:
        return Paragraph((Text(f"{words}number {claim.generation} of this issue, whose name is not yet known"),))
    return Paragraph((Text(words), Link(claim.ticket.url, claim.ticket.key)))


def owner_sentence(verdict: Verdict) -> str:
    """What was looked at, rule and team in one sentence; the same in ticket, journal and page."""
    step = _answering(verdict)
    stale = " (an older copy; the newest could not be read)" if verdict.stale else ""
    match verdict.ownership:
        case Ownership.OWNED if step:
            return f"{_owned(step, verdict)}{stale}"
        case Ownership.NO_ROUTE if step:
            told = f"{_owned(step, verdict)}{stale}"
            return f"{told}; {verdict.owner} has no route, so the default route was taken"
        case Ownership.EXPLICITLY_UNOWNED:
            cleared = next((each for each in verdict.steps if each.outcome == "cleared"), None)
            rule = (
                f"{_where(cleared)} is explicitly unowned: {_rule(cleared)} of "
                if cleared
                else "explicitly unowned in "
            )
            return f"{rule}{verdict.source}{stale}; the default route was taken"
        case _:
            entries = " and no entry its tags or URL" if any(each.entry for each in verdict.steps) else ""
            return f"no rule matches any frame{entries} ({verdict.source}{stale}); the default route was taken"


def stack_text(faults: Sequence[Fault], *, limit: int = _FRAMES) -> str:
    """The in-app stack, crash first; every frame where none is in-app."""
    lines: list[str] = []
    for fault in reversed(faults):
        lines.append(cut(f"{fault.type}: {one_line(fault.value)}" if fault.value else fault.type, _VALUE_LIMIT))
        frames = [frame for frame in reversed(fault.frames) if frame.in_app] or list(reversed(fault.frames))
        lines += [f"  {_frame(frame)}" for frame in frames[:limit]]
        if len(frames) > limit:
            lines.append(f"  … {len(frames) - limit} more")
    return "\n".join(lines)


def _facts(issue: Issue, occurrence: Occurrence | None) -> list[tuple[str, tuple[Inline, ...]]]:
    window, lifetime = issue.count(CountSpan.WINDOW), issue.count(CountSpan.LIFETIME)
    rows = [
        ("Project", issue.project),
        ("Issue", issue.short_id),
        ("Level", issue.level),
        ("Events in the window", str(window.events) if window else ""),
        ("Events in all", str(lifetime.events) if lifetime else ""),
        ("Users", _users(issue)),
        ("First seen", _moment(issue.first_seen)),
        ("Last seen", _moment(issue.last_seen)),
        ("Environment", occurrence.environment if occurrence else ""),
        ("Release", occurrence.release if occurrence else ""),
        ("Culprit", issue.culprit),
    ]
    return [(name, (Text(cut(one_line(value), _VALUE_LIMIT)),)) for name, value in rows if value]


def _event(event: tuple[str, str] | None, occurrence: Occurrence | None) -> list[tuple[str, tuple[Inline, ...]]]:
    if event is None:
        return []
    at = _moment(occurrence.occurred_at) if occurrence else ""
    rows: list[tuple[str, tuple[Inline, ...]]] = [("Event", (Link(event[1], event[0]),))]
    return [*rows, ("Event seen", (Text(at),))] if at else rows


def _users(issue: Issue) -> str:
    known = [count.users for count in issue.counts if count.users is not None]
    return str(max(known)) if known else ""


def _stack(occurrence: Occurrence | None) -> list[Block]:
    if occurrence is None or not occurrence.faults:
        return [Code(cut(occurrence.message, 2000))] if occurrence and occurrence.message else []
    return [Heading("Stack, crash first"), Code(stack_text(occurrence.faults))]


def _tags(issue: Issue, occurrence: Occurrence | None) -> list[Block]:
    tags = (occurrence.tags if occurrence else ()) or issue.tags
    shown = [(one_line(name), (Text(cut(one_line(value), 120)),)) for name, value in tags[:_TAGS]]
    return [Heading("Tags"), Facts(tuple(shown))] if shown else []


def _leads(*, runbook: str, explain: str) -> list[Block]:
    blocks: list[Block] = []
    if runbook:
        blocks.append(Paragraph((Text("Runbook: "), Link(runbook))))
    if explain:
        blocks.append(Paragraph((Text("The whole way of this error: "), Link(explain))))
    return blocks


def _frame(frame: Frame) -> str:
    place = frame.filename or frame.abs_path or frame.module or "?"
    line = f":{frame.lineno}" if frame.lineno is not None else ""
    return cut(one_line(f"{place}{line} in {frame.function or '?'}"), _VALUE_LIMIT)


def _where(step: Step | None) -> str:
    if step is None:
        return "the code"
    line = f":{step.frame.lineno}" if step.frame.lineno is not None else ""
    return f"{step.path or 'the crash'}{line}"


def _answering(verdict: Verdict) -> Step | None:
    """The step that named the owner; the last one where none did."""
    named = (step for step in reversed(verdict.steps) if verdict.owner in step.owners)
    return next(named, verdict.steps[-1] if verdict.steps else None)


def _owned(step: Step, verdict: Verdict) -> str:
    if step.entry:
        return step.path
    return f"{_where(step)} is owned by {verdict.owner}: {_rule(step)} of {verdict.source}"


def _rule(step: Step) -> str:
    return f"line {step.line} `{step.pattern}`"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
