"""Releases: a filter's counts told apart by the release tag, as far as its rows tell them apart."""

from collections import Counter
from collections.abc import Sequence

from vedette.model.conditions import Condition
from vedette.model.metrics import Lack, Point, Trending, Window
from vedette.rules.conditions import CUT_SHORT, Seen

TAG = "release"
_TOLD = frozenset({Lack.NONE, *CUT_SHORT})


def releases_in(point: Point) -> Counter[str]:
    """How many events of the told issues each release had; events without a release are nobody's."""
    found: Counter[str] = Counter()
    for each in point.trending:
        found.update(shares_of(each))
    return found


def shares_of(issue: Trending) -> Counter[str]:
    """How many of the issue's events each release had."""
    found: Counter[str] = Counter()
    for tags, count in issue.groups:
        release = dict(tags).get(TAG)
        if release:
            found[release] += count
    return found


def counts_in(point: Point, release: str) -> dict[str, int]:
    """How many events of the release each told issue had, by the issue's id."""
    return {each.issue.id: shares_of(each)[release] for each in point.trending}


def release_seen(
    condition: Condition, release: str, window: Window, point: Point | None, past: Sequence[Point]
) -> Seen:
    """What is known of one release in a window.

    Usual is what the release itself had, where it was there in enough of the earlier windows; else, since a release
    is mostly younger than a season, what the busiest release had. Events of which nobody knows the release are taken
    into what is usual, so that they never make a growth.
    """
    known = [each for each in past if each.is_complete and each.rows_lack in _TOLD]
    own = sum(releases_in(each)[release] > 0 for each in known) >= condition.usual.at_least
    usual = tuple(_most(each, release if own else None) for each in known)
    whose = "" if own else " of the busiest release"
    if point is None or point.rows_lack not in _TOLD:
        return Seen(window, 0, None, usual, whose)
    high = _most(point, release) if point.is_complete else None
    return Seen(window, releases_in(point)[release], high, usual, whose)


def _most(point: Point, release: str | None) -> int:
    """How many events the release (None = the busiest) can have had: its own, and those told of no issue."""
    shares = releases_in(point)
    own = shares[release] if release is not None else max(shares.values(), default=0)
    return own + max(point.total - sum(each.count for each in point.trending), 0)
