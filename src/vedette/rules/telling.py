"""Telling: a notice in plain words, for mails and for whoever shows text."""

import re
from datetime import UTC
from html import escape

from vedette.model.alarms import Notice, NoticeState

_TYPED = re.compile(r"`([^`]+)`")


def headline(notice: Notice) -> str:
    """One line: how bad, what, and how often."""
    if notice.state is NoticeState.RESOLVED:
        return one_line(f"Resolved: {notice.title}")
    return one_line(f"{notice.severity.capitalize()}: {notice.title}{often(notice)}")


def often(notice: Notice) -> str:
    """How often, where it is more than once; "" otherwise."""
    if notice.count <= 1:
        return ""
    return f" ({notice.count} times, {notice.more} more since)" if notice.more else f" ({notice.count} times)"


def plain(notice: Notice) -> str:
    """The whole notice as text."""
    parts = [notice.title + often(notice)]
    if notice.state is NoticeState.RESOLVED:
        parts = [f"Over: {notice.title}"]
    elif notice.cure:
        parts.append(f"What to do: {notice.cure}")
    facts = [f"{name}: {value}" for name, value in notice.facts]
    since = f"since: {notice.since.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
    parts.append("\n".join([*facts, since]))
    if notice.link:
        parts.append(notice.link)
    return "\n\n".join(parts) + "\n"


def one_line(text: str) -> str:
    """The text without line ends and control characters: nothing in it can start another header."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def coded(text: str) -> str:
    """The text as HTML: `words between such marks` are to be typed, and everything else in it is only text."""
    return _TYPED.sub(r"<code>\1</code>", escape(text))


def cut(text: str, longest: int) -> str:
    """The text, with … for what is too much."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
