"""Grouping: which occurrences are alike, and what their issue is called; pure.

Good enough for a demo: fingerprint, else exception types with their in-app frames, else the message's template.
Sentry's own strategies are at https://docs.sentry.io/concepts/data-management/event-grouping/.
"""

import re
from hashlib import md5
from typing import Any

_VARYING = re.compile(r"0x[0-9a-f]+|[0-9a-f]{8}-[0-9a-f-]{27}|\d+(\.\d+)?", re.IGNORECASE)
DEFAULT = "{{ default }}"


def exceptions(event: dict[str, Any]) -> list[dict[str, Any]]:
    """The exception chain, outermost last, whichever of Sentry's two forms the SDK used."""
    block = event.get("exception")
    values = block.get("values") if isinstance(block, dict) else block
    return [value for value in values or [] if isinstance(value, dict)]


def frames(exception: dict[str, Any]) -> list[dict[str, Any]]:
    """Stack frames, the crash last."""
    return list((exception.get("stacktrace") or {}).get("frames") or [])


def crash_frame(event: dict[str, Any]) -> dict[str, Any]:
    """The in-app frame nearest to the crash, else the nearest of all, else an empty one."""
    chain = exceptions(event)
    stack = frames(chain[-1]) if chain else []
    ours = [frame for frame in stack if frame.get("in_app")]
    return (ours or stack or [{}])[-1]


def message(event: dict[str, Any]) -> tuple[str, str]:
    """The message's template and its text."""
    entry = event.get("logentry") or event.get("message") or ""
    if isinstance(entry, str):
        return entry, entry
    template = str(entry.get("message") or "")
    return template, str(entry.get("formatted") or template)


def hashes(event: dict[str, Any]) -> list[str]:
    """The 32-hex hash that decides the issue; a fingerprint may refine or replace the default."""
    own = _default_parts(event)
    fingerprint = [str(part) for part in event.get("fingerprint") or [DEFAULT]]
    parts = [own_part for part in fingerprint for own_part in (own if part in {DEFAULT, "{{default}}"} else [part])]
    return [md5("\x00".join(parts).encode(), usedforsecurity=False).hexdigest()]


def _default_parts(event: dict[str, Any]) -> list[str]:
    chain = exceptions(event)
    if not chain:
        return ["message", _VARYING.sub("<n>", message(event)[0])]
    return [part for exception in chain for part in _exception_parts(exception)]


def _exception_parts(exception: dict[str, Any]) -> list[str]:
    stack = frames(exception)
    ours = [frame for frame in stack if frame.get("in_app")] or stack
    if not ours:
        return [str(exception.get("type")), _VARYING.sub("<n>", str(exception.get("value") or ""))]
    names = [f"{frame.get('module') or frame.get('filename')}:{frame.get('function')}" for frame in ours]
    return [str(exception.get("type")), *names]


def culprit(event: dict[str, Any]) -> str:
    """The transaction, else "module in function" of the crash, else nothing."""
    if event.get("transaction"):
        return str(event["transaction"])
    frame = crash_frame(event)
    if not frame:
        return ""
    return f"{frame.get('module') or frame.get('filename') or '?'} in {frame.get('function') or '?'}"


def metadata(event: dict[str, Any]) -> dict[str, Any]:
    """What the issue's title is made of: type, value, file and function; or the title alone."""
    chain = exceptions(event)
    if not chain:
        return {"title": message(event)[1].split("\n", 1)[0][:255] or "<unlabeled event>"}
    frame, crash = crash_frame(event), chain[-1]
    return {
        "value": str(crash.get("value") or ""),
        "type": str(crash.get("type") or "Error"),
        "filename": str(frame.get("filename") or ""),
        "function": str(frame.get("function") or ""),
        "display_title_with_tree_label": False,
    }


def title(meta: dict[str, Any]) -> str:
    """ "Type: first line of the value", or the message."""
    if "type" not in meta:
        return str(meta["title"])
    first = str(meta["value"]).split("\n", 1)[0]
    return f"{meta['type']}: {first}" if first else str(meta["type"])


def is_unhandled(event: dict[str, Any]) -> bool:
    """Whether the SDK said that nobody caught it."""
    return any((exception.get("mechanism") or {}).get("handled") is False for exception in exceptions(event))
