"""Options that several commands share, and how they read the settings."""

import os
import sys
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from vedette.model.settings import Settings

#: `--config FILE`, else `VEDETTE_CONFIG`, else vedette.yaml in the working directory.
ConfigFile = Annotated[
    Path,
    Parameter(name=["--config", "-c"], env_var="VEDETTE_CONFIG", help="The settings to read."),
]
DEFAULT_CONFIG = Path("vedette.yaml")


def read_settings(config: Path) -> Settings:
    """The settings of the file, with secrets from this process' environment; raises ConfigError."""
    # Imported here: a command's `--help` needs no YAML and no models.
    from vedette.config.load import load  # noqa: PLC0415

    return load(config, environ=os.environ)


def standard_input(settings: Settings) -> str | None:
    """What stands on standard input, where a CODEOWNERS is to be read from there (`file: "-"`); else None, unread."""
    wanted = any(source.file == Path("-") for source in settings.codeowners)
    return sys.stdin.read() if wanted else None
