"""Command: `python -m vedette.sandbox.sentry`, a stand-in in a process of its own.

The first line on stdout is one JSON object with the port; everything else goes to stderr.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import msgspec

from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import (
    SENTRY_IO_CONCURRENCY,
    SENTRY_IO_LIMITS,
    Dialect,
    Hook,
    HookKind,
    Project,
    StandInConfig,
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m vedette.sandbox.sentry", description=__doc__)
    parser.add_argument("--config", type=Path, help="JSON file with the fields of StandInConfig")
    parser.add_argument("--port", type=int, help="0 takes any free port")
    parser.add_argument("--dialect", choices=[dialect.value for dialect in Dialect])
    parser.add_argument("--organization")
    parser.add_argument("--project", action="append", default=[], help="slug[:platform]; may repeat")
    parser.add_argument("--token", help="the token that the API wants")
    parser.add_argument("--hook", action="append", default=[], help="address of signed webhooks; may repeat")
    parser.add_argument("--hook-secret", default="", help="client secret of every --hook")
    parser.add_argument("--plugin-hook", action="append", default=[], help="address of the unsigned plugin")
    parser.add_argument("--glitchtip-hook", action="append", default=[], help="address of GlitchTip's alert")
    parser.add_argument("--rate-limits", action="store_true", help="limit requests as sentry.io does")
    return parser.parse_args()


def _config(given: argparse.Namespace) -> StandInConfig:
    """The file's settings, with the options laid over them."""
    text = given.config.read_bytes() if given.config else b"{}"
    config = msgspec.json.decode(text, type=StandInConfig)
    named = {name: getattr(given, name) for name in ("port", "organization") if getattr(given, name) is not None}
    if given.dialect:
        named["dialect"] = Dialect(given.dialect)
    if given.project:
        named["projects"] = tuple(_project(10 + place, text) for place, text in enumerate(given.project))
    if given.token:
        named["tokens"] = (given.token,)
    if given.rate_limits:
        named["rate_limits"] = SENTRY_IO_LIMITS
        named["concurrency"] = SENTRY_IO_CONCURRENCY
    return replace(config, **named, hooks=config.hooks + _hooks(given))


def _project(number: int, text: str) -> Project:
    slug, _, platform = text.partition(":")
    return Project(number, slug, platform or "python")


def _hooks(given: argparse.Namespace) -> tuple[Hook, ...]:
    kinds = {HookKind.APP: given.hook, HookKind.PLUGIN: given.plugin_hook, HookKind.GLITCHTIP: given.glitchtip_hook}
    return tuple(Hook(url, given.hook_secret, kind) for kind, urls in kinds.items() for url in urls)


def main() -> None:
    """Announce, then serve until a signal comes."""
    stand_in = SentryStandIn(_config(_arguments()))
    dsns = {slug: stand_in.dsn(slug) for slug in stand_in.memory.projects}
    announced = {"event": "listening", "port": stand_in.port, "url": stand_in.url, "dsns": dsns}
    sys.stdout.write(msgspec.json.encode(announced).decode() + "\n")
    sys.stdout.flush()
    stand_in.serve()


if __name__ == "__main__":
    main()
