"""Logging: set up in one place; one JSON line per outcome on stderr, or words for people at a terminal.

Law: no payload, no secret; what other libraries log is told in the same form from WARNING on.
"""

import logging
import sys
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog
from structlog.typing import EventDict, Processor


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
    event.pop("_record", None)
    event.pop("_from_structlog", None)
    return msgspec.json.encode(event, enc_hook=str).decode()
