"""The stand-in GitHub as a process of its own: `python -m vedette.sandbox.github --port 0 --log FILE`.

It announces itself on standard output as one line of JSON, `{"url": …, "port": …, "pid": …}`.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from vedette.sandbox.github.demo import demo
from vedette.sandbox.github.server import build
from vedette.sandbox.github.settings import Config, amended, read
from vedette.sandbox.github.state import fresh
from vedette.sandbox.stage.server import announce, listen


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vedette.sandbox.github", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--log", type=Path, help="file for the append-only log of committed changes")
    parser.add_argument("--fsync", action="store_true", help="sync the log to disk before each answer")
    parser.add_argument("--config", type=Path, help="configuration as JSON; without it, the demonstration's")
    parser.add_argument("--time-scale", type=float, help="every duration is multiplied by this")
    parser.add_argument("--seed", type=int, help="seed of all chance")
    return parser.parse_args(given)


def configuration(asked: argparse.Namespace) -> Config:
    """The configuration file, or the demonstration's, with the command line's changes."""
    config = read(asked.config) if asked.config else demo()
    changes: dict[str, Any] = {"time_scale": asked.time_scale, "seed": asked.seed}
    return amended(config, {name: value for name, value in changes.items() if value is not None})


def main(given: list[str]) -> int:
    """Serve until SIGINT or SIGTERM."""
    asked = _arguments(given)
    config = configuration(asked)
    bound, url = listen(asked.port)
    facts = {"url": url, "port": bound.getsockname()[1], "pid": os.getpid()}
    server = build(fresh(config, log=asked.log, fsync=asked.fsync), url=url, on_ready=lambda: announce(facts))
    server.run(sockets=[bound])
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
