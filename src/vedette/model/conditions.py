"""Conditions: of which counts people are told, how bad that is, and what a verdict on one says."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from vedette.model.alarms import Severity
from vedette.model.issues import IssueKey
from vedette.model.metrics import Trending, Window


class ConditionKind(StrEnum):
    """What is looked for."""

    GROWTH = "growth"  # more than a number, and than a percentage over what is usual, and than a floor
    NEW_ERROR = "new_error"  # an issue that was never seen before, with more than a number of events
    FLAT_LINE = "flat_line"  # no event at all, where there always are some


class Season(StrEnum):
    """After how long the same hour comes again."""

    DAY = "day"
    WEEK = "week"

    @property
    def length(self) -> timedelta:
        """How long it is."""
        return timedelta(days=7 if self is Season.WEEK else 1)


class Watched(StrEnum):
    """What a growth is measured of."""

    FILTER = "filter"  # all that the filter counts
    RELEASE = "release"  # each release by itself


@dataclass(frozen=True, slots=True)
class Usual:
    """What is usual in a window: the median of the same window of the `last` days or weeks.

    Only windows known to be whole count; fewer than `at_least` of them say nothing.
    """

    season: Season = Season.WEEK
    last: int = 4
    at_least: int = 3


@dataclass(frozen=True, slots=True)
class Condition:
    """What of the filters' counts is told, to whom. What a kind has no use for keeps its usual value.

    `count_over`: strictly more events than that (growth, new_error). `percent_over`: strictly more per cent over the
    usual (growth). `floor`: less than that says nothing, and a smaller usual counts as that many (growth).
    `usual_at_least`: the median that every silent window must have (flat_line). `windows`: how many in a row; of a new
    error, over how many its events are added up.
    """

    name: str
    kind: ConditionKind
    filters: tuple[str, ...] = ()  # names; () = every filter
    count_over: int = 0
    percent_over: int = 100
    floor: int = 10
    usual_at_least: int = 1
    windows: int = 1
    per: Watched = Watched.FILTER
    usual: Usual = field(default_factory=Usual)
    notify: tuple[str, ...] = ()  # names of notifiers; () = the operators'
    owners: bool = False  # the owners of the issues behind it are told too
    ticket: bool = False  # the issues behind it are handed to the policies
    issues: int = 3  # at most so many are handed to them, and name their owners
    severity: Severity = Severity.WARNING

    def watches(self, filter_name: str) -> bool:
        """Whether the filter's counts are held against it."""
        return not self.filters or filter_name in self.filters


class Outcome(StrEnum):
    """What a condition came to."""

    TRIPS = "trips"
    CALM = "calm"
    UNKNOWN = "unknown"  # so that nothing begins, and nothing ends


class Judged(StrEnum):
    """Why; also the reason in the journal and in the log."""

    GREW = "grew_over_usual"
    NEW_ERROR = "new_error"
    FLAT_LINE = "flat_line"
    BELOW_FLOOR = "below_floor"
    NOT_OVER_COUNT = "not_over_count"
    NOT_OVER_PERCENT = "not_over_percent"
    NOT_IN_A_ROW = "not_in_a_row"
    EVENTS_SEEN = "events_seen"
    QUIET_AGAIN = "quiet_again"
    GOES_ON = "goes_on"
    USUALLY_QUIET = "usually_quiet"
    NOT_ENOUGH_HISTORY = "not_enough_history"
    INCOMPLETE = "window_incomplete"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a condition came to at the end of a window, why, and in numbers; of one release or issue where it says so.

    `issues`: those behind it, the largest increase first.
    """

    outcome: Outcome
    reason: Judged
    sentence: str
    window: Window
    release: str | None = None
    issue: IssueKey | None = None
    issues: tuple[Trending, ...] = ()
