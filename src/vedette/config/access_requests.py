"""Requests for access in the settings: notifiers that are there, and settings that would do nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from vedette.config.checks import Fault
from vedette.config.nearest import suggestion

_LOC = ("access", "requests")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


def request_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault that spans several keys."""
    block, notifiers = _block(data), data.get("notifiers")
    known = notifiers if isinstance(notifiers, Mapping) else {}
    for step, name in enumerate(_texts(block.get("notify"))):
        if name not in known:
            cure = suggestion(name, known) or "add it under notifiers:"
            yield Fault((*_LOC, "notify", step), f"there is no notifier {name}", cure)
    yield from _mailbox(data, block.get("imap"))
    if block.get("answer") == "deny" and not _texts(block.get("notify")):
        message = "requests would be denied without a word to anybody"
        yield Fault((*_LOC, "answer"), message, "add notify: [NAME], or write answer: leave")


def request_doubts(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What can be used and is probably not meant."""
    block = _block(data)
    idle = [key for key in ("notify", "repeat", "answer", "imap") if block.get(key) is not None]
    if idle and block.get("poll") is not True:
        yield Fault((*_LOC, idle[0]), "nobody reads requests by themselves without poll: true", "add poll: true")


def _mailbox(data: Mapping[str, Any], box: Any) -> Iterator[Fault]:
    if not isinstance(box, Mapping):
        return
    loc, host = (*_LOC, "imap"), box.get("host")
    if box.get("tls") == "none" and isinstance(host, str) and host not in _HERE:
        message = "the password would cross the network in the clear"
        yield Fault((*loc, "tls"), message, "write tls: tls, or starttls")
    there = _map(data, "sentry")
    managed = _texts(_map(data, "access").get("instances")) or tuple(there)
    named = box.get("instance")
    if isinstance(named, str) and named not in managed:
        yield Fault((*loc, "instance"), f"{named} is no managed instance", suggestion(named, managed))
    if named is None and len(managed) > 1:
        yield Fault(loc, "several instances are managed: whose mails are they?", "add instance: NAME")


def _map(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}


def _block(data: Mapping[str, Any]) -> Mapping[str, Any]:
    access = data.get("access")
    block = access.get("requests") if isinstance(access, Mapping) else None
    return block if isinstance(block, Mapping) else {}


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list | tuple) else ()
