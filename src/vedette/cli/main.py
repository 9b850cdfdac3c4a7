"""The `vedette` command: one line of `DUTIES` for each duty, whose file is imported only when it is asked for.

The law: a failure that Vedette knows is one message on stderr, and the exit code names the remedy.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from cyclopts import App, CycloptsError, Group, Parameter

from vedette import __version__
from vedette.cli.garbage import starts
from vedette.errors import ConfigError, UnsafePlan, VedetteError

#: Exit codes: 0 done, 1 failed or found something wrong, 2 settings or command line, 3 too much would change.
FAILED, UNUSABLE, UNSAFE, INTERRUPTED = 1, 2, 3, 130


class Chapter(Enum):
    """Headings of `vedette --help`, in their order."""

    BEGIN = "Begin"
    RUN = "Run"
    UNDERSTAND = "Understand"
    KEEP = "Keep in order"
    PRACTISE = "Practise"


@dataclass(frozen=True, slots=True)
class Duty:
    """A command: where it is defined (module:function or module:app), its chapter, and its line in `--help`."""

    name: str
    where: str
    chapter: Chapter
    summary: str


DUTIES: tuple[Duty, ...] = (
    Duty("init", "vedette.cli.config:init", Chapter.BEGIN, "Write a commented vedette.yaml to start from."),
    Duty("check", "vedette.cli.config:check", Chapter.BEGIN, "Prove the settings; with --live ask every vendor too."),
    Duty("config", "vedette.cli.config:config", Chapter.BEGIN, "Print the JSON Schema, or a page of the reference."),
    Duty("serve", "vedette.cli.serve:serve", Chapter.RUN, "Take hooks in, show pages and do the work."),
    Duty("work", "vedette.cli.work:work", Chapter.RUN, "Run workers alone, beside a serve --no-work or replicas."),
    Duty(
        "queue", "vedette.cli.queue:queue", Chapter.UNDERSTAND, "Jobs: list, show, retry, drop; resume a destination."
    ),
    Duty(
        "explain", "vedette.cli.explain:explain", Chapter.UNDERSTAND, "Print the whole way of an error to its ticket."
    ),
    Duty("owners", "vedette.cli.owners:owners", Chapter.UNDERSTAND, "CODEOWNERS: explain, check, coverage, lint."),
    Duty("routes", "vedette.cli.routes:routes", Chapter.UNDERSTAND, "Routing by tags and URL: check, test."),
    Duty("recall", "vedette.cli.recall:recall", Chapter.UNDERSTAND, "Webhook recall by project, and what was missed."),
    Duty("monitor", "vedette.cli.monitor:monitor", Chapter.UNDERSTAND, "Counts of errors: show, run, backfill."),
    Duty("dsn", "vedette.cli.dsn:dsn", Chapter.UNDERSTAND, "Print the public DSN of a project, or export them all."),
    Duty("tickets", "vedette.cli.tickets:tickets", Chapter.KEEP, "What was held back or suppressed: list, split."),
    Duty("asana", "vedette.cli.asana:asana", Chapter.UNDERSTAND, "Asana: options of a field with their ids."),
    Duty("trackers", "vedette.cli.trackers:trackers", Chapter.KEEP, "Webhooks of the trackers: where they go."),
    Duty(
        "alarms",
        "vedette.cli.alarms:alarms",
        Chapter.UNDERSTAND,
        "Alarms: what is wrong, who was told; try one.",
    ),
    Duty("access", "vedette.cli.access:access", Chapter.KEEP, "Access as code: plan, apply; accounts, requests."),
    Duty("poll", "vedette.cli.poll:poll", Chapter.KEEP, "Sweep Sentry once, or with --dry-run say what it would cut."),
    Duty("replay", "vedette.cli.replay:replay", Chapter.KEEP, "Have stored deliveries read and decided anew."),
    Duty("audit", "vedette.cli.keep:audit", Chapter.KEEP, "Compare ledger, trackers and Sentry; --mend sets right."),
    Duty("backup", "vedette.cli.keep:backup", Chapter.KEEP, "Write the whole store to one file, while it is in use."),
    Duty("restore", "vedette.cli.keep:restore", Chapter.KEEP, "Fill an empty store from a backup."),
    Duty(
        "sandbox",
        "vedette.cli.sandbox:sandbox",
        Chapter.PRACTISE,
        "Start a stand-in Sentry and three trackers on loopback.",
    ),
    Duty("demo", "vedette.cli.demo.command:demo", Chapter.PRACTISE, "Watch errors of a sample shop become tickets."),
    Duty("login-link", "vedette.cli.login:login_link", Chapter.RUN, "Print a link that signs you in to the pages."),
)


def command_line(duties: Sequence[Duty] = DUTIES) -> App:
    """The command with the given duties; none of their files is imported by this."""
    groups = {chapter: Group(chapter.value, sort_key=place) for place, chapter in enumerate(Chapter)}
    app = App(
        name="vedette",
        help="Sentry's errors reach their owners: each once, as a ticket, and every decision can be explained.",
        version=f"vedette {__version__}",
        help_flags=["--help", "-h"],
        version_flags=["--version"],
        help_format="plaintext",  # Markdown would cost a tenth of a second in imports
        result_action="return_value",
        default_parameter=Parameter(show_default=_shown),
        suppress_keyboard_interrupt=False,  # it would be a SystemExit from inside the library
    )
    for place, duty in enumerate(duties):
        app.command(
            duty.where, name=duty.name, help=duty.summary, group=groups[duty.chapter], sort_key=place,
        )  # fmt: skip
    return app


def _shown(default: object) -> object:
    """The default as help tells it; that an option is off or empty unless given needs no word."""
    return None if default is None or default is False or default == "" else str(default)


def main(arguments: Sequence[str], *, duties: Sequence[Duty] = DUTIES) -> int:
    """Run one command; the exit code."""
    try:
        result = command_line(duties)(list(arguments), exit_on_error=False, print_error=True)
    except CycloptsError:
        return UNUSABLE
    except VedetteError as error:
        return _tell(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left (`| head`); Python would complain once more while closing stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.filename is None:
            raise
        cure = "correct the path or its permissions"
        return _tell(VedetteError(f"{error.filename} cannot be used: {error.strerror}; {cure}"), cause=error)
    return result if isinstance(result, int) else 0


def _tell(error: VedetteError, *, cause: BaseException | None = None) -> int:
    if os.environ.get("VEDETTE_DEBUG") == "1":
        traceback.print_exception(cause or error)
    else:
        from vedette.cli.paper import visible  # noqa: PLC0415 - a command that ends well needs it not

        # The words may be a vendor's, or a path that somebody was given: they must not command the terminal.
        print(visible(str(error) if isinstance(error, ConfigError) else f"vedette: {error}"), file=sys.stderr)
    match error:
        case ConfigError():
            return UNUSABLE
        case UnsafePlan():
            return UNSAFE
    return FAILED


def run() -> None:
    """Entry point of the package."""
    starts()
    sys.exit(main(sys.argv[1:]))
