"""Events: which single events of Sentry a text speaks of, by their addresses, for the log that the judge reads."""

import re

_EVENT = re.compile(r"/issues/\d+/events/([0-9a-f]{32})(?![0-9a-f])")


def sentry_events(*texts: str) -> tuple[str, ...]:
    """The ids of the events whose addresses stand in the texts, each once."""
    return tuple(dict.fromkeys(event for text in texts for event in _EVENT.findall(text)))
