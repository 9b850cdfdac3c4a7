"""The command: three acts and a summary; then everything stays up to look around in, until Ctrl-C."""

import os
import shutil
import signal
import sys
import time
import webbrowser
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from threading import Event
from typing import Annotated, Any, Self

from cyclopts import Parameter
from rich.console import Console
from rich.status import Status

from vedette.cli.demo import access, show
from vedette.cli.demo.show import Figures, Places
from vedette.cli.demo.stage import Shop, Stage, stage
from vedette.cli.demo.story import Opened, Story
from vedette.cli.main import INTERRUPTED
from vedette.cli.paper import written
from vedette.errors import VedetteError

_LOOK_S = 0.05
#: Between two crashes of the first act, so that a person can follow; repeated ones come faster.
_PACE_S, _AGAIN_S = 0.8, 0.15
_AGAIN = 2
_PATIENCE_S = 90.0


def demo(
    *,
    browser: bool = True,
    exit_when_done: Annotated[bool, Parameter(name=["--exit-when-done", "--once"], negative=())] = False,
    port: int = 0,
    pause: float | None = None,
) -> int:
    """Watch errors of a sample shop become tickets, each once and each with its owner; no account, no network.

    A shop of three teams crashes through the real sentry-sdk into a stand-in Sentry, which sends signed webhooks to a
    real `vedette serve`, which cuts tickets: one team is on a stand-in Jira, one on an Asana, one on GitHub Issues.
    Then accounts, teams and projects that people changed by hand are brought to what a file declares. All of it runs
    on loopback, in a temporary folder.

    Parameters
    ----------
    browser
        Open Vedette's page in a browser, where there is a display.
    exit_when_done
        End after the summary, with exit code 0 only if every error has its one ticket and the last plan of access is
        empty; for a build without a terminal.
    port
        Port of Vedette's pages; 0 takes any free one.
    pause
        Seconds between two crashes; as a person can follow on a terminal, else none.
    """
    if find_spec("sentry_sdk") is None:
        raise VedetteError(
            "the demo crashes through the real sentry-sdk, which is missing: pip install 'vedette[demo]'"
        )
    console = show.console()
    with Asked() as asked:
        try:
            good = _play(console, asked, browser=browser, exit_when_done=exit_when_done, port=port, pause=pause)
        except KeyboardInterrupt:
            console.print("\n[dim]stopped; nothing is left behind[/]")
            return INTERRUPTED
    if not exit_when_done:
        console.print("\n[dim]stopped; nothing is left behind[/]")
    return 0 if good else 1


def _play(
    console: Console, asked: "Asked", *, browser: bool, exit_when_done: bool, port: int, pause: float | None
) -> bool:
    watched = console.is_terminal and not exit_when_done
    with stage(port=port, between=asked.obey) as built, closing(Story.of(built.home / "vedette.db")) as story:
        play = Play(console, built, story, rest=asked.rest)
        play.begin(browser=browser and watched)
        play.act(pause=pause if pause is not None else _PACE_S if watched else 0.0)
        tidied = play.tidy(obey=asked.obey)
        good = play.sum_up(stays=not exit_when_done) and tidied
        if not exit_when_done:
            play.stay()
    return good


class Asked:
    """Whether we are asked to end; Ctrl-C, a polite kill and a closed terminal are all the same.

    The handlers only take a note, and our own loops heed it: an exception that a handler raises may come up where it is
    swallowed, such as in a destructor.
    """

    def __init__(self) -> None:
        self._event = Event()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._before[number] = signal.signal(number, lambda _number, _frame: self._event.set())
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def obey(self) -> None:
        """Raises KeyboardInterrupt when asked to end."""
        if self._event.is_set():
            raise KeyboardInterrupt

    def rest(self, seconds: float) -> None:
        """Wait, but not a moment longer than until asked to end."""
        self._event.wait(seconds)
        self.obey()


class Play:
    """One demonstration, from the first crash to the last word."""

    def __init__(
        self, console: Console, built: Stage, story: Story, *, rest: Callable[[float], None] = time.sleep
    ) -> None:
        self._console = console
        self._stage = built
        self._story = story
        self._rest = rest  # raises KeyboardInterrupt when it is time to end
        self._opened = 0
        self._began = time.monotonic()

    def begin(self, *, browser: bool) -> None:
        """Say what will be seen."""
        from vedette.sandbox.sample_app.crashes import CRASHES  # noqa: PLC0415 - the shop is on no other way

        self._bugs = len(CRASHES)
        show.opening(self._console, self._places(explain=""), bugs=self._bugs)
        if browser:
            show_page(f"{self._stage.pages}/")

    def act(self, *, pause: float) -> None:
        """The two acts of the shop."""
        show.heading(self._console, "The shop crashes")
        self._watch(self._stage.crash(times=1, pause=pause))
        show.heading(self._console, f"The same errors strike again, {_AGAIN} times each")
        self._watch(self._stage.crash(times=_AGAIN, pause=min(pause, _AGAIN_S)))

    def tidy(self, *, obey: Callable[[], None] = lambda: None) -> bool:
        """The act of the organisation; whether it ended well."""
        return access.tidy(self._console, self._stage, obey=obey)

    def sum_up(self, *, stays: bool) -> bool:
        """Say what came of it; whether every error has its one ticket."""
        verdicts = self._stage.ground.verdicts()
        tickets = Counter(f"{ticket.tracker} {ticket.place}" for ticket in self._stage.ground.tickets())
        count = self._story.count()
        figures = Figures(
            errors=self._errors(),
            deliveries=count.deliveries,
            reasons=count.reasons,
            owners=count.owners,
            tickets=tickets,
            duplicates=sum(len(verdict.duplicates) for verdict in verdicts),
            seconds=time.monotonic() - self._began,
        )
        show.heading(self._console, f"{figures.seconds:.0f} seconds later")
        show.summary(self._console, figures, self._places(explain=self._explain()) if stays else None)
        wrong = self.wrong()
        for title in wrong:
            self._console.print(written(("  not exactly one ticket: ", "red"), title))
        sound = not any(verdict.duplicates or verdict.unlinked for verdict in verdicts)
        return sound and not wrong and count.dead == 0

    def stay(self) -> None:
        """Keep everything up, and go on telling, until Ctrl-C."""
        self._console.print("  When the minute is over, its errors are counted; stay for it.", style="dim")
        self._console.print("  [bold]Ctrl-C[/] stops everything.")
        try:
            while True:
                self._stage.check()
                self._tell()
                if counted := self._story.counted():
                    show.counted(self._console, counted, self._stage.pages)
                self._rest(_LOOK_S * 5)
        except KeyboardInterrupt:
            return

    def _watch(self, shop: Shop) -> None:
        deadline = time.monotonic() + _PATIENCE_S
        with self._moving_line() as line:
            while not self._is_quiet(shop):
                self._stage.check()
                if time.monotonic() > deadline:
                    self._console.print(f"[red]not done after {_PATIENCE_S:.0f} s[/]")
                    return
                self._tell()
                if line is not None:
                    line.update(self._status())
                self._rest(_LOOK_S)
            self._tell()

    def _tell(self) -> None:
        for news in self._story.news():
            self._opened += isinstance(news, Opened)
            show.news(self._console, news, number=self._opened)

    def _is_quiet(self, shop: Shop) -> bool:
        """Whether the shop has ended, each of its webhooks is out and taken in, and nothing waits in Vedette."""
        sent = sum(1 for each in self._stage.ground.sentry.hooks if each.status == 202)
        if not shop.over or sent < self._errors():
            return False
        count = self._story.count()
        return count.deliveries >= sent and count.waiting == 0

    def wrong(self) -> list[str]:
        """The errors that do not have exactly one ticket, by Sentry's own list and what the trackers hold together."""
        tickets = [ticket.title for ticket in self._stage.ground.tickets()]
        issues = list(self._stage.ground.sentry.memory.issues.values())
        counted = [issue.title for issue in issues if sum(f"/issues/{issue.id}/" in each for each in tickets) != 1]
        lacking = self._bugs - len(issues)
        return counted + ([f"{lacking} bugs that Sentry never heard of"] if lacking else [])

    def _errors(self) -> int:
        return sum(len(shop.crashed) for shop in self._stage.shops)

    def _status(self) -> str:
        sent = len(self._stage.ground.sentry.hooks)
        return f"[dim]{show.status(errors=self._errors(), deliveries=sent, tickets=self._opened)}[/]"

    @contextmanager
    def _moving_line(self) -> Iterator[Status | None]:
        if not self._console.is_terminal:
            yield None
            return
        with self._console.status(self._status(), spinner="dots") as line:
            yield line

    def _places(self, *, explain: str) -> Places:
        ground = self._stage.ground
        return Places(f"{self._stage.pages}/", ground.boards, f"{ground.sentry.url}/", explain)

    def _explain(self) -> str:
        keys = [ticket.key for ticket in self._stage.ground.tickets()]
        return f"{_called()} explain {keys[0] if keys else 'ISSUE'} --config {self._stage.settings}"


def _called() -> str:
    """How the reader would call us: the bare name where the shell finds it, else the path from here."""
    if shutil.which("vedette"):
        return "vedette"
    path = Path(sys.argv[0])
    return os.path.relpath(path) if path.name == "vedette" else f"{sys.executable} -m vedette"


def show_page(url: str) -> bool:
    """Open a browser where there is a display; without one some systems would start a browser in this terminal."""
    return _has_display() and webbrowser.open(url)


def _has_display() -> bool:
    return sys.platform in ("darwin", "win32") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
