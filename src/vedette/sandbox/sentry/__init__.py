"""Stand-in Sentry: ingest, grouping, issue API and webhooks of three dialects on loopback; nothing is kept.

Shapes, texts and limits were measured on 23.7.1, 9.1.2 and GlitchTip; the values are invented.
"""

from vedette.sandbox.sentry.payloads import Subject, sign
from vedette.sandbox.sentry.server import SentryStandIn
from vedette.sandbox.sentry.settings import (
    SENTRY_IO_CONCURRENCY,
    SENTRY_IO_LIMITS,
    AlertRule,
    Dialect,
    Hook,
    HookKind,
    Person,
    Project,
    RuleKind,
    StandInConfig,
    Team,
)

__all__ = [
    "SENTRY_IO_CONCURRENCY",
    "SENTRY_IO_LIMITS",
    "AlertRule",
    "Dialect",
    "Hook",
    "HookKind",
    "Person",
    "Project",
    "RuleKind",
    "SentryStandIn",
    "StandInConfig",
    "Subject",
    "Team",
    "sign",
]
