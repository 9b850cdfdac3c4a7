"""JQL: texts made safe to stand in a query.

Source: https://support.atlassian.com/jira-software-cloud/docs/what-is-advanced-search-in-jira-cloud/
"""

import re

_ESCAPED = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_CONTROL = re.compile('[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"\\\\]')


def quoted(text: str) -> str:
    """The text as one JQL string, whatever is in it."""
    return f'"{_CONTROL.sub(_escape, text)}"'


def phrase(text: str) -> str:
    """The text as one JQL string that the `~` operator reads as a phrase: its own quotes and escapes within."""
    inner = text.replace("\\", "\\\\").replace('"', '\\"')
    return quoted(f'"{inner}"')


def _escape(match: re.Match[str]) -> str:
    return _ESCAPED.get(match[0]) or f"\\u{ord(match[0]):04X}"
