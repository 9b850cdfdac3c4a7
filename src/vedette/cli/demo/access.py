"""The third act: an organisation that grew by hand is put in order by what a file declares.

Law: what is shown is what `vedette access` itself prints, run as a person would run it.
"""

import re
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable

from rich.console import Console
from rich.text import Text

from vedette.cli.demo import show
from vedette.cli.demo.declared import MESS
from vedette.cli.demo.stage import Stage, environment
from vedette.cli.paper import visible
from vedette.errors import VedetteError

_WITHIN_S = 90.0
_LOOK_S = 0.1
_CHECKSUM = re.compile(r"--checksum ([0-9a-f]{64})")
#: Of a checksum, as a command of ours is shown.
_SHOWN = 12


def tidy(console: Console, built: Stage, *, obey: Callable[[], None] = lambda: None) -> bool:
    """Doctor, plan, apply, plan; whether each ended as it should, and the last plan has nothing left to do.

    `obey` is called while a command runs, and may raise to call it off.
    """
    built.ground.sentry.roster(**MESS)
    show.heading(console, "People changed the organisation by hand; access.yaml says how it should be")

    def say(*words: str, ends: int) -> str:
        return _say(console, built, words, ends=ends, obey=obey)

    try:
        say("doctor", "sam", ends=1)  # something is wrong
        plan = say("plan", "--exit-code", ends=2)  # something is to be done
        say("apply", "--checksum", *_CHECKSUM.findall(plan), ends=0)
        say("plan", "--exit-code", ends=0)  # and now nothing
    except VedetteError as wrong:
        console.print(Text(f"  {wrong}", style="red"))
        return False
    return True


def _say(console: Console, built: Stage, words: tuple[str, ...], *, ends: int, obey: Callable[[], None]) -> str:
    """Run one command, show it and what it prints, and return that; raises VedetteError for another exit code."""
    shown = " ".join(word if len(word) <= _SHOWN else f"{word[:_SHOWN]}…" for word in words)
    console.print(Text(f"$ vedette access {shown}", style="bold cyan"))
    code, said = _run(built, words, obey)
    for line in visible(said).splitlines():
        console.print(Text(_folded(line, console.width)), soft_wrap=True)
    console.print()
    if code != ends:
        raise VedetteError(f"vedette access {words[0]} ended with {code}, not with {ends}")
    return said


def _run(built: Stage, words: tuple[str, ...], obey: Callable[[], None]) -> tuple[int, str]:
    """Exit code and all that is said; it runs in the folder of the settings, so that they need not be named."""
    command = [sys.executable, "-m", "vedette", "access", *words]
    deadline = time.monotonic() + _WITHIN_S
    # A session of its own: the terminal's Ctrl-C comes to us, and we end it in order.
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment(), cwd=built.home,
        start_new_session=True,
    ) as process:  # fmt: skip
        try:
            while (said := _said(process)) is None:
                obey()
                if time.monotonic() > deadline:
                    raise VedetteError(f"vedette access {words[0]} took more than {_WITHIN_S:.0f} s")
            return process.returncode, said
        finally:
            process.kill()


def _said(process: subprocess.Popen[str]) -> str | None:
    """All that it has said, once it has ended; None while it runs."""
    try:
        return process.communicate(timeout=_LOOK_S)[0]
    except subprocess.TimeoutExpired:
        return None


def _folded(line: str, width: int) -> str:
    """The line in as many as the screen needs, each as far in as the first and a little more."""
    inner = line.lstrip(" ")
    margin = " " * (len(line) - len(inner))
    return textwrap.fill(
        inner, width, initial_indent=margin, subsequent_indent=f"{margin}  ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
