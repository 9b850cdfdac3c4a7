"""Behind: the issues that make up a growth, the largest increase first."""

from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from vedette.model.metrics import Trending
from vedette.rules.releases import shares_of


def usual_of_issues(past: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """What each issue usually has in a window, by its id: the median of earlier windows, where absence is 0."""
    ids = {issue for counts in past for issue in counts}
    return {issue: median(counts.get(issue, 0) for counts in past) for issue in ids}


def behind(
    trending: Iterable[Trending], usual: Mapping[str, float], *, at_most: int, release: str | None = None
) -> tuple[Trending, ...]:
    """The issues whose counts increased most: as few as make up half of the whole increase, and no more than asked.

    `usual`: an issue's usual count by its id, else 0. `release`: only what the issue had in it counts.
    """
    increases = [(_count(each, release) - usual.get(each.issue.id, 0), each) for each in trending]
    grown = sorted([each for each in increases if each[0] > 0], key=lambda each: (-each[0], each[1].issue.id))
    whole = sum(increase for increase, _ in grown)
    found: list[Trending] = []
    so_far = 0.0
    for increase, issue in grown[:at_most]:
        if 2 * so_far >= whole:
            break
        so_far += increase
        found.append(issue)
    return tuple(found)


def _count(issue: Trending, release: str | None) -> int:
    return issue.count if release is None else shares_of(issue)[release]
