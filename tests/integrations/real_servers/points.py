"""Points of the last hours, as these tests push them."""

from datetime import UTC, datetime, timedelta
from functools import cache

from vedette.model.metrics import Lack, Point, Window

FIVE = timedelta(minutes=5)


@cache
def last_window() -> Window:
    """The newest window that was over when first asked, by the machine's clock: servers hold samples against it."""
    now = datetime.now(UTC)
    end = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    return Window(end - FIVE, end)


def point(total: int, *, ago: int = 0, name: str = "checkout", revision: int = 0, users: int | None = 2) -> Point:
    """What the filter counted, `ago` windows before the last."""
    window = last_window().earlier(ago * FIVE)
    return Point(name, "default", window, total, issues=1, users=users, new=0, revision=revision, lack=Lack.NONE)
