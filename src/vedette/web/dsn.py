"""DSNs' page: the public address of each project, for people who may not open a project's settings.

Law: it shows what was read last, with its age; the store holds no secret, so none can be shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from vedette.flows.access_dsn import KeptKeys, kept_keys
from vedette.flows.context import Context
from vedette.model.org import ProjectKey
from vedette.rules.access.dsn import public
from vedette.web.showing import page

_SHOWN = 500  # keys on one page; whoever looks for one types its name


@dataclass(frozen=True, slots=True)
class _Line:
    """One key of a project."""

    instance: str
    project: str
    label: str
    dsn: str
    active: bool


class Dsns:
    """The handler of the page."""

    def __init__(self, context: Callable[[], Context]) -> None:
        self._context = context

    def dsns(self, request: Request) -> Response:
        """The keys whose project, label or address has the words that are asked for."""
        context, asked = self._context(), request.query_params.get("project", "").strip()[:200]
        kept = context.store.read(lambda tx: kept_keys(tx, context.settings.instances))
        found = [line for each in kept for line in _lines(each.instance, each.keys) if _has(line, asked)]
        return page(
            request,
            "dsn.html",
            project=asked,
            kept=kept,
            lines=found[:_SHOWN],
            more=max(0, len(found) - _SHOWN),
            several=len(context.settings.instances) > 1,
            unread=_unread(context, kept),
            now=context.clock(),
        )


def _lines(instance: str, keys: Sequence[ProjectKey]) -> list[_Line]:
    ordered = sorted(keys, key=lambda key: (key.project, not key.active, key.label))
    return [_Line(instance, key.project, key.label or key.id, public(key), key.active) for key in ordered]


def _has(line: _Line, asked: str) -> bool:
    told = f"{line.instance} {line.project} {line.label} {line.dsn}".casefold()
    return all(word in told for word in asked.casefold().split())


def _unread(context: Context, kept: Sequence[KeptKeys]) -> list[str]:
    """Managed instances whose keys nobody has read yet."""
    return [name for name in context.settings.access.instances if name not in {each.instance for each in kept}]
