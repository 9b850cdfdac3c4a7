"""Point data: a point as plain values, under the names that commands and the HTTP door tell it by."""

from datetime import UTC, datetime
from typing import Any

from vedette.model.metrics import Lack, Point, Trending, Window
from vedette.rules.chart_words import LACKS


def point_data(point: Point) -> dict[str, Any]:
    """The point for JSON. A number that is not known is null, and so is the total of a window that was not counted."""
    return {
        "filter": point.filter,
        "instance": point.instance,
        "projects": list(point.projects),
        "window": window_data(point.window),
        "total": None if point.lack in (Lack.NOT_COUNTED, Lack.REFUSED) else point.total,
        "complete": point.is_complete,
        "why": why(point),
        "issues": point.issues,
        "users": point.users,
        "new": point.new,
        "regressed": point.regressed,
        "revision": point.revision,
        "point_id": point.id,
        "trending": [_trending(each) for each in point.trending],
    }


def window_data(window: Window) -> dict[str, str]:
    """The window for JSON."""
    return {"start": _said(window.start), "end": _said(window.end)}


def why(point: Point) -> str:
    """Why the point is not whole, in words; "" for one that is."""
    lack = point.lack or point.rows_lack
    if lack is Lack.NONE:
        return ""
    words = LACKS[lack] if point.lack else f"only the total is whole: {LACKS[lack]}"
    return f"{words}: {point.detail}" if point.detail else words


def _trending(each: Trending) -> dict[str, Any]:
    return {
        "issue": str(each.issue),
        "short_id": each.short_id,
        "title": each.title,
        "project": each.project,
        "link": each.link,
        "count": each.count,
        "users": each.users,
        "before": each.before,
        "yesterday": each.yesterday,
        "last_week": each.last_week,
        "first_seen": each.first_seen and _said(each.first_seen),
        "new": each.is_new,
        "regressed": each.is_regressed,
        "owner": each.owner,
        "ticket": each.ticket,
        "ticket_url": each.ticket_url,
        "groups": [{"tags": dict(tags), "count": count} for tags, count in each.groups],
    }


def _said(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
