"""Logging: set up in one place; one JSON line per outcome on stderr, or words for people at a terminal.

Law: no payload, no secret; what other libraries log is told in the same form from WARNING on.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor

_OWN = ("_record", "_from_structlog")  # structlog's notes to itself


def set_up(*, level: str = "info", human: bool = False) -> None:
    """Configure structlog and the standard library's logging for this process."""
    shared = _shared()
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, *shared, _renderer(human=human)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processor=_renderer(human=human),
            foreign_pre_chain=[structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name, *shared],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def warn_on_stderr() -> None:
    """For a command that prints its own answer: warnings only, in words, on whatever stderr is at that moment."""
    structlog.configure(
        processors=[structlog.stdlib.add_log_level, *_shared(), _renderer(human=True)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _shared() -> Sequence[Processor]:
    return (structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"), structlog.processors.format_exc_info)


def _renderer(*, human: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="at") if human else _json


def _json(logger: Any, name: str, event: EventDict) -> str:  # noqa: ARG001 - structlog's signature
    said = {key: _plain(value) for key, value in event.items() if key not in _OWN}
    return msgspec.json.encode(said).decode()


def _plain(value: Any) -> Any:
    """What JSON can say; of everything else its own words, which for a secret is where it came from."""
    # Not left to the encoder: it would write a dataclass field by field, and a Secret is one.
    match value:
        case str() | bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_plain(each) for each in value]
    return str(value)
