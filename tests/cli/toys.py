"""Toy duties, one for each way to end."""

import sys

from vedette.errors import ConfigError, Problem, Refused, UnsafePlan


def well() -> None:
    """End well."""


def found() -> int:
    """Find something wrong."""
    return 1


def unusable() -> None:
    """Meet settings that cannot be used."""
    raise ConfigError((Problem("a.yaml", 1, 2, "one", "mend it"), Problem("a.yaml", 3, 4, "two")))


def unsafe() -> None:
    """Meet a plan that changes too much."""
    raise UnsafePlan("12 of 20 would go; --force")


def refused() -> None:
    """Be refused by a vendor."""
    raise Refused("jira: POST /issue answered 400: no such project")


def hostile() -> None:
    """Pass on a vendor's words that would command the terminal."""
    raise Refused("jira: answered 400: \x1b]0;owned\x07\x1b[2Jno")


def unwritable() -> None:
    """Be given a path that cannot be written."""
    raise PermissionError(13, "Permission denied", "/var/\x1b[31m.db")


def lost() -> None:
    """Fail in a way that names no path."""
    raise OSError(5, "Input/output error")


def interrupted() -> None:
    """Be interrupted."""
    raise KeyboardInterrupt


def bug() -> None:
    """Hold a bug."""
    raise ZeroDivisionError


def unread() -> None:
    """Write to a reader that left."""
    sys.stdout.flush()
    raise BrokenPipeError
