"""Key shapes: a DSN key as each server writes it, the deprecated secret address included; pure."""

from typing import Any
from uuid import UUID

from vedette.sandbox.sentry.rows import KeyRow, ProjectRow
from vedette.sandbox.sentry.settings import Dialect
from vedette.sandbox.sentry.view import View

_LOADER = {"hasReplay": True, "hasPerformance": True, "hasDebug": False, "hasFeedback": False}


def key(found: KeyRow, row: ProjectRow, view: View) -> dict[str, Any]:
    """One key of a project."""
    if view.dialect is Dialect.GLITCHTIP:
        return _glitchtip(found, row, view)
    return {
        "id": found.public,
        "name": found.name,
        "label": found.name,
        "public": found.public,
        "secret": found.secret,
        "projectId": row.project.id,
        "isActive": found.active,
        "rateLimit": found.limit,
        "dsn": _addresses(found, row, view),
        "browserSdkVersion": "7.x",
        "browserSdk": {"choices": [["latest", "latest"], ["7.x", "7.x"]]},
        "dateCreated": view.stamp(found.born),
        "dynamicSdkLoaderOptions": _LOADER | {"hasLogsAndMetrics": False},
    }


def _glitchtip(found: KeyRow, row: ProjectRow, view: View) -> dict[str, Any]:
    """GlitchTip's key: a UUID with dashes, the project's number under another name, nothing of being active."""
    number = str(UUID(found.public))
    addresses = _addresses(found, row, view)
    return {
        "id": number,
        "name": found.name,
        "label": found.name,
        "public": number,
        "projectID": row.project.id,
        "dateCreated": view.stamp(found.born),
        "dsn": {"public": addresses["public"], "secret": addresses["public"], "security": addresses["security"]},
    }


def _addresses(found: KeyRow, row: ProjectRow, view: View) -> dict[str, str]:
    scheme, _, host = view.base.partition("://")
    ingest, shown = f"{view.base}/api/{row.project.id}", f"?sentry_key={found.public}"
    return {
        "secret": f"{scheme}://{found.public}:{found.secret}@{host}/{row.project.id}",
        "public": f"{scheme}://{found.public}@{host}/{row.project.id}",
        "csp": f"{ingest}/csp-report/{shown}",
        "security": f"{ingest}/security/{shown}",
        "minidump": f"{ingest}/minidump/{shown}",
        "nel": f"{ingest}/nel/{shown}",
        "unreal": f"{ingest}/unreal/{found.public}/",
        "crons": f"{ingest}/cron/___MONITOR_SLUG___/{found.public}/",
        "cdn": f"{view.base}/js-sdk-loader/{found.public}.min.js",
        "playstation": f"{ingest}/playstation/{shown}",
        "integration": f"{ingest}/integration/",
        "otlp_traces": f"{ingest}/integration/otlp/v1/traces",
        "otlp_logs": f"{ingest}/integration/otlp/v1/logs",
    }
