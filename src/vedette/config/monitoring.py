"""Monitoring: what `monitor:` and `sinks:` ask of one another and of the servers that they name.

It reads the plain tree and passes over what has the wrong form, as `checks` does.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from vedette.config.addresses import host, is_loopback
from vedette.config.checks import Fault
from vedette.config.durations import text_of
from vedette.config.nearest import suggestion
from vedette.config.tree import Loc
from vedette.model.settings import Dialect, MonitorSettings

_USUAL = MonitorSettings()
_NO_SEARCH = (Dialect.GLITCHTIP.value, Dialect.SENTRY9.value)


def monitor_faults(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Every fault that spans several keys."""
    instances, sinks = _map(data, "sentry"), _map(data, "sinks")
    for loc, block in _filters(data):
        yield from _instance(loc, block, instances)
        for step, name in enumerate(_texts(block.get("sinks"))):
            if name not in sinks:
                cure = suggestion(name, sinks) or "add it under sinks:"
                yield Fault((*loc, "sinks", step), f"there is no sink {name}", cure)
    yield from _whole_windows(data)
    monitor = _map(data, "monitor")
    if monitor.get("root") is True and not monitor.get("key"):
        yield Fault(("monitor", "root"), "POST / would be open, and there is no key", "set monitor.key")


def monitor_doubts(data: Mapping[str, Any]) -> Iterator[Fault]:
    """What can be used and is probably not meant."""
    sinks, filters = _map(data, "sinks"), dict(_filters(data))
    if sinks and not filters:
        cure = "add monitor: {filters: {NAME: {projects: [NAME]}}}"
        yield Fault(("sinks",), "there are sinks, and nothing is counted, so nothing is sent", cure)
    named = [block.get("sinks") for block in filters.values()]
    taken = {name for each in named for name in (sinks if each is None else _texts(each))}
    for name, block in sinks.items() if filters else ():
        if name not in taken:
            yield Fault(("sinks", name), f"no filter sends to sink {name}", "name it in the sinks: of one, or drop it")
        url = block.get("url") if isinstance(block, Mapping) else None
        if isinstance(url, str) and url.startswith("http://") and not is_loopback(host(url)):
            yield Fault(("sinks", name, "url"), "the points, and any key, travel in clear text", "use https")


def _instance(loc: Loc, block: Mapping[str, Any], instances: Mapping[str, Any]) -> Iterator[Fault]:
    """The filter's Sentry is there, is the only one where none is named, and can do what is asked of it."""
    name = block.get("instance")
    if name is None:
        if len(instances) > 1:
            yield Fault(loc, "the filter names no Sentry instance", f"add instance: {' or '.join(instances)}")
        name = next(iter(instances), None) if len(instances) == 1 else None
    elif isinstance(name, str) and name not in instances:
        cure = suggestion(name, instances) or "add it under sentry:"
        yield Fault((*loc, "instance"), f"there is no Sentry instance {name}", cure)
    server = instances.get(name) if isinstance(name, str) else None
    dialect = server.get("dialect") if isinstance(server, Mapping) else None
    if block.get("query") and dialect in _NO_SEARCH:
        kind = "a GlitchTip" if dialect == Dialect.GLITCHTIP.value else "a Sentry 9"
        message = f"{name} is {kind}, which does not know Sentry's search language"
        yield Fault((*loc, "query"), message, "write environments:, levels: or terms: instead")


def _whole_windows(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Grace and catch-up count windows, so that a part of one would say nothing."""
    monitor = _map(data, "monitor")
    every = monitor.get("every") or _USUAL.every
    if not isinstance(every, timedelta) or not every:
        return
    for key, usual in (("grace", _USUAL.grace), ("catch_up", _USUAL.catch_up)):
        span = monitor.get(key, usual)
        if isinstance(span, timedelta) and span % every:
            message = f"{key} {text_of(span)} is no number of whole windows of {text_of(every)}"
            loc = key if key in monitor else "every"
            yield Fault(("monitor", loc), message, f"write {text_of(every * (span // every + 1))}")


def _filters(data: Mapping[str, Any]) -> Iterator[tuple[Loc, Mapping[str, Any]]]:
    for name, block in _map(_map(data, "monitor"), "filters").items():
        if block is None or isinstance(block, Mapping):
            yield ("monitor", "filters", name), block or {}


def _map(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def _texts(found: Any) -> tuple[str, ...]:
    return tuple(each for each in found if isinstance(each, str)) if isinstance(found, list) else ()
