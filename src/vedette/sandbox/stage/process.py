"""A stand-in of a tracker as a process of its own: `python -m vedette.sandbox.NAME --port 0 --log FILE`.

It announces itself on standard output as one line of JSON: `{"url": …, "port": …, "pid": …}`, and its words.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, TypeVar

from vedette.sandbox.stage.desk import Standing
from vedette.sandbox.stage.server import Parts, announce, listen
from vedette.sandbox.stage.settings import Manners, amended, read

C = TypeVar("C", bound=Manners)
S = TypeVar("S", bound=Standing)


def _arguments(parts: Parts[C, S], given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"python -m vedette.sandbox.{parts.module}", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--log", type=Path, help="file for the append-only log of committed changes")
    parser.add_argument("--fsync", action="store_true", help="sync the log to disk before each answer")
    parser.add_argument("--config", type=Path, help="configuration as JSON; without it, the demonstration's")
    for word, choices in parts.words.items():
        parser.add_argument(f"--{word}", choices=choices, help="one of these")
    parser.add_argument("--time-scale", type=float, help="every duration is multiplied by this")
    parser.add_argument("--seed", type=int, help="seed of all chance")
    return parser.parse_args(given)


def _configuration(parts: Parts[C, S], asked: argparse.Namespace) -> C:
    """The configuration file, or the demonstration's, with the command line's changes."""
    company = parts.demo()
    config = read(asked.config, type(company)) if asked.config else company
    changes: dict[str, Any] = {name: getattr(asked, name) for name in ("time_scale", "seed", *parts.words)}
    return amended(config, {name: value for name, value in changes.items() if value is not None})


def serve(parts: Parts[C, S], given: list[str] | None = None) -> int:
    """Serve until SIGINT or SIGTERM."""
    asked = _arguments(parts, sys.argv[1:] if given is None else given)
    config = _configuration(parts, asked)
    bound, url = listen(asked.port)
    facts = {"url": url, "port": bound.getsockname()[1], "pid": os.getpid()}
    facts |= {word: getattr(config, word) for word in parts.words}
    state = parts.fresh(config, log=asked.log, fsync=asked.fsync)
    parts.build(state, url=url, on_ready=lambda: announce(facts)).run(sockets=[bound])
    return 0
