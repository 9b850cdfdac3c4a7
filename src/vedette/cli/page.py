"""The commands page of the reference, written from the commands themselves."""

from collections.abc import Sequence

from vedette.cli.main import DUTIES, Duty, command_line

_HEAD = """\
# Commands

<!-- Written by `vedette config commands` from the code; a test holds it to that. -->

Every command takes `--help`. What a command says is on standard output, what went wrong on standard error.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | it failed, or found something wrong |
| 2 | the settings or the command line cannot be used |
| 3 | more would change than the guard allows |
| 130 | interrupted |

`VEDETTE_CONFIG` names the settings for every command; `VEDETTE_DEBUG=1` shows where an error came from.

"""


def page(duties: Sequence[Duty] = DUTIES) -> str:
    """The whole page, in Markdown; imports every duty."""
    text: str = command_line(duties).generate_docs("markdown")
    body = text.partition("## Table of Contents\n")[2]
    # Panels repeat the table of contents, which has every command.
    contents, _, sections = body.partition("\n## ")
    contents = contents.partition("\n**")[0]
    return f"{_HEAD}{contents.strip()}\n\n## {sections.strip()}\n"
