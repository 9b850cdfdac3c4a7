"""`vedette trackers`: where each tracker's webhooks go, and what they need."""

from collections.abc import Iterator
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text

from vedette.cli.options import DEFAULT_CONFIG, ConfigFile, read_settings
from vedette.cli.paper import written
from vedette.errors import VedetteError
from vedette.model.ownership import Finding
from vedette.model.settings import Settings, TrackerSettings
from vedette.ports.hooks import Hooks

trackers = App(name="trackers", help="Trackers: where their webhooks go, and what they need.")
_SOMEWHERE = "https://YOUR-HOST"


@trackers.command
def hooks(
    *,
    at: str = _SOMEWHERE,
    tracker: str = "",
    register: Annotated[bool, Parameter(negative=())] = False,
    config: ConfigFile = DEFAULT_CONFIG,
) -> int:
    """Print for each tracker the address of its webhooks, the events to choose, and where its secret stands.

    With --at it also asks trackers that have no page for webhooks (Asana) which projects have theirs; exit code 1 where
    one has none.

    Parameters
    ----------
    at
        The address under which the tracker reaches the listener of hooks, such as https://vedette.acme.example.
    tracker
        Only this one.
    register
        Have what is missing made, where the tracker's interface is the only way; it may be repeated.
    """
    settings = read_settings(config)
    chosen = [each for each in settings.trackers.values() if tracker in ("", each.name)]
    if not chosen:
        raise VedetteError(f"there is no tracker {tracker}; the settings name {', '.join(settings.trackers) or 'none'}")
    if register and at == _SOMEWHERE:
        raise VedetteError("name the address that the tracker is to call: --at https://vedette.acme.example")
    console, asked = Console(highlight=False, soft_wrap=True), []
    for each in chosen:
        console.print(_told(each, at=at.rstrip("/")))
    if at != _SOMEWHERE:
        asked = [finding for each in chosen for finding in _ask(settings, each, at=at.rstrip("/"), make=register)]
    for finding in asked:
        mark = ("ok ", "green") if finding.ok else ("no ", "red")
        console.print(written(mark, f"{finding.subject} {finding.message}{finding.cure and f'; {finding.cure}'}"))
    return 0 if all(finding.ok for finding in asked) else 1


def _told(tracker: TrackerSettings, *, at: str) -> Text:
    """A tracker's lines: a table would cut the address, which is there to be copied."""
    known = _hooks_of(tracker)
    if known is None:
        return written((tracker.name, "bold"), f"\n  kind {tracker.kind} sends no webhooks")
    lines = {"address": _address(tracker, known, at=at), "secret": _secret(tracker, known), "choose": known.choose}
    return written((tracker.name, "bold"), *(f"\n  {name:<8} {value}" for name, value in lines.items()))


def _hooks_of(tracker: TrackerSettings) -> Hooks | None:
    from vedette.config.registry import Registry  # noqa: PLC0415 - a command's --help needs no vendors

    return Registry().find(tracker.kind).hooks


def _address(tracker: TrackerSettings, known: Hooks, *, at: str, token: str = "TOKEN") -> str:  # noqa: S107 - the word, not a token
    """The token itself is no word for a terminal."""
    under_token = bool(known.handshake) or (tracker.webhook_secret is None and tracker.path_tokens is not None)
    return f"{at}/hooks/{tracker.kind}/{tracker.name}" + (f"/{token}" if under_token else "")


def _secret(tracker: TrackerSettings, known: Hooks) -> str:
    secret = tracker.path_tokens if known.handshake else tracker.webhook_secret or tracker.path_tokens
    if secret is None:
        wanted = "path_tokens" if known.handshake else "webhook_secret"
        return f"none: every hook is refused until trackers.{tracker.name}.{wanted} is set"
    return f"TOKEN is {secret.reference}" if secret is tracker.path_tokens else secret.reference


def _ask(settings: Settings, tracker: TrackerSettings, *, at: str, make: bool) -> Iterator[Finding]:
    from vedette.app import routes_of  # noqa: PLC0415

    known = _hooks_of(tracker)
    if known is None or known.subscribe is None:
        return
    if tracker.path_tokens is None:
        cure = f"set trackers.{tracker.name}.path_tokens"
        yield Finding(tracker.name, False, "has no secret path to shake hands under", cure)
        return
    target = _address(tracker, known, at=at, token=tracker.path_tokens.reveal())
    routes = [route for _, route in routes_of(settings, tracker=tracker.name)]
    yield from known.subscribe(tracker, routes=routes, target=target, make=make)
