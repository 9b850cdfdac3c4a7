"""Occurrences: one event of Sentry, from an API answer or from a webhook, as our `Occurrence`; pure and tolerant.

The API speaks camelCase with `entries`, a webhook snake_case with interfaces at the top, the old plugin the interfaces'
long names. Which of them it is never matters here: every part is looked for under each of its names.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from vedette.integrations.sentry import dates
from vedette.integrations.sentry.untrusted import first_text, items, mapping, number, text
from vedette.model.issues import Fault, Frame, Occurrence

_NAMES: Mapping[str, Sequence[str]] = {
    "exception": ("exception", "sentry.interfaces.Exception"),
    "threads": ("threads", "sentry.interfaces.Threads"),
    "stacktrace": ("stacktrace", "sentry.interfaces.Stacktrace"),
    "message": ("logentry", "sentry.interfaces.Message"),
    "request": ("request", "sentry.interfaces.Http"),
}


def occurrence(said: Any) -> Occurrence:
    """The event; whatever it does not say is empty."""
    event = mapping(said)
    tags = tags_of(event.get("tags"))
    named = dict(tags)
    return Occurrence(
        event_id=first_text(event.get("event_id"), event.get("eventID"), event.get("id")),
        occurred_at=occurred_at(event),
        title=title_of(event),
        message=_message(event),
        culprit=text(event.get("culprit")),
        level=first_text(event.get("level"), named.get("level"), "error"),
        environment=first_text(event.get("environment"), named.get("environment")),
        release=_release(event.get("release")) or named.get("release", ""),
        platform=text(event.get("platform")),
        url=first_text(mapping(_part(event, "request")).get("url"), named.get("url")),
        tags=tags,
        faults=_faults(event),
        fingerprint=_fingerprint(event),
    )


def occurred_at(event: Mapping[str, Any]) -> Any:
    """When the event happened, by its own words; None where it does not say."""
    names = ("datetime", "dateCreated", "date_created", "timestamp", "dateReceived", "received")
    return next((at for at in (dates.parse(event.get(name)) for name in names) if at), None)


def title_of(event: Mapping[str, Any]) -> str:
    """The title, or what Sentry would make one of."""
    metadata = mapping(event.get("metadata"))
    kind, value = text(metadata.get("type")), text(metadata.get("value"))
    return first_text(event.get("title"), metadata.get("title"), ": ".join(part for part in (kind, value) if part))


def tags_of(said: Any) -> tuple[tuple[str, str], ...]:
    """Tags given as pairs, as objects with key and value, or as one object; those without a value are left out."""
    pairs = list(said.items()) if isinstance(said, dict) else [_pair(tag) for tag in items(said)]
    clean = [(text(key), text(value)) for key, value in pairs]
    return tuple((key, value) for key, value in clean if key and value)


def _pair(tag: Any) -> tuple[Any, Any]:
    if isinstance(tag, dict):
        return tag.get("key"), tag.get("value")
    return (tag[0], tag[1]) if isinstance(tag, list) and len(tag) == 2 else ("", "")


def _fingerprint(event: Mapping[str, Any]) -> tuple[str, ...]:
    """A webhook has `fingerprint`, as it was set, and `hashes`; the API has `fingerprints`, which are the hashes."""
    told = [text(part) for name in ("fingerprint", "fingerprints", "hashes") for part in items(event.get(name))]
    return tuple(dict.fromkeys(part for part in told if part))


def _release(said: Any) -> str:
    return text(said.get("version")) if isinstance(said, dict) else text(said)


def _message(event: Mapping[str, Any]) -> str:
    entry = mapping(_part(event, "message"))
    return first_text(entry.get("formatted"), entry.get("message"), event.get("message"))


def _part(event: Mapping[str, Any], kind: str) -> Any:
    """An interface by its kind: an entry of the API, or a top-level key of a webhook."""
    for entry in items(event.get("entries")):
        if mapping(entry).get("type") == kind:
            return mapping(entry).get("data")
    return next((event[name] for name in _NAMES[kind] if event.get(name)), None)


def _faults(event: Mapping[str, Any]) -> tuple[Fault, ...]:
    """The chain of exceptions; without one, the stack of the thread that crashed, as a fault without a type."""
    chain = tuple(_fault(value) for value in _values(_part(event, "exception")))
    if any(fault.frames for fault in chain):
        return chain
    frames = _thread_frames(event) or _frames(_part(event, "stacktrace"))
    if not frames:
        return chain
    # A native crash names its exception and leaves the stack to the thread.
    return (*chain[:-1], Fault(chain[-1].type, chain[-1].value, frames)) if chain else (Fault("", "", frames),)


def _values(said: Any) -> list[Mapping[str, Any]]:
    inner = said.get("values", [said]) if isinstance(said, dict) else said
    return [value for value in items(inner) if isinstance(value, dict)]


def _fault(value: Mapping[str, Any]) -> Fault:
    frames = _frames(value.get("stacktrace")) or _frames(value.get("rawStacktrace", value.get("raw_stacktrace")))
    kind = first_text(value.get("type"), value.get("module"), "Error")
    return Fault(type=kind, value=text(value.get("value")), frames=frames)


def _thread_frames(event: Mapping[str, Any]) -> tuple[Frame, ...]:
    """The stack of the thread that crashed or was running; of an idle thread only where there is no other."""
    threads = _values(_part(event, "threads"))
    chosen = [thread for thread in threads if thread.get("crashed") is True]
    chosen += [thread for thread in threads if thread.get("current") is True]
    chosen += threads if len(threads) == 1 else []
    return next((frames for frames in (_frames(thread.get("stacktrace")) for thread in chosen) if frames), ())


def _frames(stacktrace: Any) -> tuple[Frame, ...]:
    return tuple(_frame(frame) for frame in items(mapping(stacktrace).get("frames")) if isinstance(frame, dict))


def _frame(said: Mapping[str, Any]) -> Frame:
    lineno = number(said.get("lineno", said.get("lineNo")))
    return Frame(
        filename=text(said.get("filename")) or None,
        abs_path=first_text(said.get("abs_path"), said.get("absPath")) or None,
        module=text(said.get("module")) or None,
        function=text(said.get("function")) or None,
        lineno=lineno,
        in_app=(said.get("in_app", said.get("inApp"))) is True,
        context_line=_context_line(said, lineno),
    )


def _context_line(said: Mapping[str, Any], lineno: int | None) -> str | None:
    if isinstance(said.get("context_line"), str):
        return text(said["context_line"])
    lines = [pair for pair in items(said.get("context")) if isinstance(pair, list) and len(pair) == 2]
    return next((text(line) for at, line in lines if lineno is not None and number(at) == lineno), None)
