"""Behind: the issues that make up a growth, the largest increase first."""

from collections.abc import Mapping, Sequence
from statistics import median


def usual_of_issues(past: Sequence[Mapping[str, int]]) -> dict[str, float]:
    """What each issue usually has in a window, by its id: the median of earlier windows, where absence is 0."""
    ids = {issue for counts in past for issue in counts}
    return {issue: median(counts.get(issue, 0) for counts in past) for issue in ids}


def behind(counts: Mapping[str, int], usual: Mapping[str, float], *, at_most: int) -> dict[str, float]:
    """The increases that make up the growth, by the issue's id, the largest first.

    As few as make up half of the whole increase, and no more than asked: a ticket for each error that grew by one event
    would hide the one that matters.
    """
    increases = {issue: count - usual.get(issue, 0.0) for issue, count in counts.items()}
    grown = sorted(((by, issue) for issue, by in increases.items() if by > 0), key=lambda each: (-each[0], each[1]))
    whole, so_far = sum(by for by, _ in grown), 0.0
    found: dict[str, float] = {}
    for by, issue in grown[:at_most]:
        if 2 * so_far >= whole:
            break
        so_far += by
        found[issue] = by
    return found
