"""`vedette sandbox`: a stand-in Sentry and stand-in trackers on loopback, to practise on, until Ctrl-C."""

import shutil
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated
from urllib.parse import urlsplit

from cyclopts import Parameter
from rich.console import Console
from rich.markup import escape

from vedette.cli.practice import CLIENT_SECRET, Ground, Ports, practice_ground, settings_text
from vedette.errors import VedetteError
from vedette.sandbox.jira import Face
from vedette.sandbox.sentry import Hook

_HOOKS, _PAGES = "127.0.0.1:8080", "127.0.0.1:8081"


def sandbox(
    *,
    sentry_port: int = 9010,
    jira_port: int = 9020,
    asana_port: int = 9030,
    github_port: int = 9040,
    face: Face = Face.CLOUD,
    hook: str = f"http://{_HOOKS}/hooks/sentry",
    write: Annotated[Path | None, Parameter(help="Write the settings to this file instead of printing them.")] = None,
) -> int:
    """Start a stand-in Sentry, Jira, Asana and GitHub on loopback, and print what is needed to practise on them.

    They speak as the real ones do, need no account and no network, and forget everything when they end (Ctrl-C).

    Parameters
    ----------
    sentry_port
        Port of the stand-in Sentry; 0 takes any free one.
    jira_port
        Port of the stand-in Jira; 0 takes any free one.
    asana_port
        Port of the stand-in Asana; 0 takes any free one.
    github_port
        Port of the stand-in GitHub; 0 takes any free one.
    face
        Which Jira to be: cloud (v3) or datacenter (v2).
    hook
        Where the stand-in Sentry sends its signed webhooks.
    """
    if not _is_address(hook):
        raise VedetteError(f"--hook {hook} is no web address; write http://{_HOOKS}/hooks/sentry")
    told = _told_to_stop()
    ports = Ports(sentry=sentry_port, jira=jira_port, asana=asana_port, github=github_port)
    with practice_ground(ports, face=face) as ground:
        ground.sentry.subscribe(Hook(hook, CLIENT_SECRET))
        text = settings_text(ground, home=None, hooks=_HOOKS, pages=_PAGES)
        if write is not None:
            _write(write, text)
        _tell(ground, hook, text=text, written=write)
        # Not signal.pause: a signal that comes just before it would be slept through.
        while not told.wait(0.5):
            pass
        print("stopped", flush=True)
    return 0


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _tell(ground: Ground, hook: str, *, text: str, written: Path | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    jira = ground.jira
    console.print(f"[bold]Stand-in Sentry[/] {ground.sentry.url}/  (organisation acme; webhooks to {escape(hook)})")
    for project, dsn in ground.dsns.items():
        console.print(f"  DSN of {project:14} {dsn}")
    console.print(f"[bold]Stand-in Jira[/]   {jira.url}/  ({jira.config.face}; the page shows every ticket)")
    if jira.config.face is Face.CLOUD:
        console.print(f"  account          {jira.config.email}")
    console.print(f"[bold]Stand-in Asana[/]  {ground.asana.url}/  (the page shows every task)")
    console.print(f"[bold]Stand-in GitHub[/] {ground.github.url}/  (the page shows every issue)")
    console.print("\n[bold]Secrets[/], which the settings refer to:")
    for name, value in ground.secrets.items():
        console.print(f"  export {name}={value}")
    if written is None:
        console.print("\n[bold]vedette.yaml[/]\n")
        console.print(escape(text))
    else:
        console.print(f"\n[bold]Settings[/] are in {escape(str(written))}:")
        # In a checkout the command is in .venv/bin, which is seldom on the PATH.
        command = "vedette" if shutil.which("vedette") else f"{sys.executable} -m vedette"
        console.print(f"  {escape(command)} serve --config {escape(str(written))}")
    console.print("[bold]Crash something[/] once `vedette serve` runs:")
    dsns = " ".join(f"--dsn {name}={dsn}" for name, dsn in ground.dsns.items())
    console.print(f"  {escape(sys.executable)} -m vedette.sandbox.sample_app {dsns}")
    console.print("\n[dim]Ctrl-C stops them all.[/]")
    sys.stdout.flush()


def _write(path: Path, text: str) -> None:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise VedetteError(f"{path} is there already; name another file") from None
    except OSError as error:
        raise VedetteError(f"{path} cannot be written: {error.strerror}") from None


def _told_to_stop() -> threading.Event:
    """Set by Ctrl-C or SIGTERM, whenever it comes."""
    told = threading.Event()

    def note(_number: int, _frame: FrameType | None) -> None:
        told.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, note)
    return told
