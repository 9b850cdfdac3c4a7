"""Words of a chart: the sentence that says all of it to whoever cannot see it, and those of each bar and change."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from vedette.model.metrics import Lack, Point, Window
from vedette.rules.charting import Bar, Change, Chart, Compared, State, known

_DAY, _HOUR, _MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
#: Why a window is not whole, to whoever has not read the reference.
LACKS = {
    Lack.NOT_COUNTED: "Sentry could not be asked, or Vedette was down",
    Lack.ROW_LIMIT: "more issues than may be read",
    Lack.EVENT_LIMIT: "more events than may be read one by one",
    Lack.SHIFTING: "what was read did not stand still",
    Lack.REFUSED: "Sentry refuses to answer",
}


def lack_words(lack: Lack, detail: str = "") -> str:
    """The word that metrics and sinks say, too, and what it means; `detail` knows better where there is one."""
    return f"{lack}: {detail or LACKS[lack]}"


def summary(chart: Chart, *, name: str, range_words: str) -> str:
    """The whole chart in a few sentences."""
    end = f"{_last(chart):%-d %b %H:%M} UTC"
    told = [f"{name}, {range_words} until {end}: {_total(chart)}."]
    if peak := chart.peak:
        told.append(f"The most were {errors(peak.total)} at {span_words(peak.window)}.")
    told.append(completeness(chart))
    told += [f"{change_words(each.change, each.against.words)}." for each in chart.compared]
    return " ".join(told)


def _last(chart: Chart) -> datetime:
    """The end of the last window that is due: the last bar may have only begun."""
    grid = chart.grid
    ends = [max(bar.window.start, grid.begun) + bar.due * grid.every for bar in chart.bars if bar.due]
    return ends[-1] if ends else grid.frame.end


def _total(chart: Chart) -> str:
    if chart.total is None:
        return "nothing is known" if chart.windows()[0] else "nothing was to be counted"
    return f"{sureness(chart)}{errors(chart.total)}"


def sureness(chart: Chart) -> str:
    """What stands before the total of a chart, with a blank after it; "" where all of it is known."""
    _, missing, lacking, _ = chart.windows()
    lacks = [lack for bar in chart.bars for lack in bar.lacks]
    return f"{_how_sure(lacks)} " if missing or lacking else ""


def _how_sure(lacks: Collection[Lack]) -> str:
    """What could not all be read is a lower bound; what did not stand still may also be too much."""
    return "about" if Lack.SHIFTING in lacks else "at least"


def point_words(point: Point) -> str:
    """A window's total, and how sure that is."""
    if not known(point):
        return "not known"
    return f"{point.total:,}" if point.is_complete else f"{_how_sure([point.lack])} {point.total:,}"


def completeness(chart: Chart) -> str:
    """How whole the range is; a sentence."""
    due, missing, lacking, revised = chart.windows()
    length = length_words(chart.grid.every)
    told = [f"{missing:,} not counted"] if missing else []
    told += [f"{lacking:,} not complete"] if lacking else []
    what = " and ".join(told) or "all complete"
    again = f"; {revised:,} revised" if revised else ""
    return f"{due:,} {'window' if due == 1 else 'windows'} of {length}, {what}{again}."


def change_words(change: Change | None, then: str) -> str:
    """The change in words: 12 % more than the day before (1,120 against 1,000)."""
    if change is None:
        return f"Cannot be compared with {then}: no window is complete both times"
    against = f"({change.now:,} against {change.then:,})"
    if change.now == change.then:
        return f"As many as {then} ({change.now:,})"
    if change.share is None:
        return f"More than {then} {against}"
    return f"{share_words(change.share)} {'more' if change.share > 0 else 'fewer'} than {then} {against}"


def change_sign(change: Change | None) -> str:
    """The change in short: +12 %, −3 %, ±0 %, or what there is to say where there is no share."""
    if change is None:
        return "?"
    if change.share is None:
        return f"+{change.now:,}" if change.now else "±0"
    if not change.share:
        return "±0 %"
    return f"{'+' if change.share > 0 else '−'}{share_words(change.share)}"


def share_words(share: float) -> str:
    """How large a change is, in percent; what is not 0 is never told as 0."""
    percent = abs(share) * 100
    return f"{percent:,.0f} %" if percent >= 0.95 else f"{float(f'{percent:.1g}'):f}".rstrip("0") + " %"


def bar_words(bar: Bar, compared: Sequence[tuple[Compared, Bar]] = ()) -> str:
    """A bar with its time, total, and what is wrong with it; the same bar of earlier times after it."""
    told = [f"{span_words(bar.window)} UTC: {total_words(bar)}", *_flaws(bar)]
    told += [f"{each.against.words}: {total_words(then)}" for each, then in compared]
    return "; ".join(told)


def total_words(bar: Bar) -> str:
    """A bar's total, and how sure that is."""
    match bar.state:
        case State.NONE:
            return "nothing to count"
        case State.UNKNOWN:
            return "not known"
        case State.INCOMPLETE:
            return f"{_how_sure(bar.lacks)} {errors(bar.total)}"
        case State.UNDER_WAY:
            return f"{errors(bar.total)} so far"
        case State.WHOLE:
            return errors(bar.total)


def flaws(bar: Bar) -> str:
    """What is wrong with a bar, in words; "" for a whole one."""
    return "; ".join(_flaws(bar))


def _flaws(bar: Bar) -> Iterator[str]:
    of = "" if bar.windows == 1 else f" of {bar.due}"
    if bar.missing:
        yield f"{bar.missing}{of} {_windows(bar.due)} not counted"
    if bar.lacking:
        yield f"{bar.lacking}{of} {_windows(bar.due)} not complete"
    yield from (lack_words(lack) for lack in bar.lacks if lack is not Lack.NOT_COUNTED)
    if bar.state is State.UNDER_WAY:
        yield f"{bar.due} of {bar.windows} windows counted"
    if bar.revised:
        yield "revised" if bar.windows == 1 else f"{bar.revised} {_windows(bar.revised)} revised"


def _windows(count: int) -> str:
    return "window" if count == 1 else "windows"


def errors(count: int | None) -> str:
    """A count of errors."""
    return "not known" if count is None else f"{count:,} {'error' if count == 1 else 'errors'}"


def span_words(window: Window) -> str:
    """A stretch of time: 21 Nov 10:35–10:40, and over midnight both days."""
    same = window.start.date() == (window.end - timedelta(microseconds=1)).date()
    if window.length == _DAY and same:
        return f"{window.start:%-d %b}"
    last = f"{window.end:%H:%M}" if same else f"{window.end:%-d %b %H:%M}"
    return f"{window.start:%-d %b %H:%M}–{last}"


def length_words(length: timedelta) -> str:
    """A length in its largest whole unit: 5 min, 1 h, 1 d."""
    for unit, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if not length % unit:
            return f"{length // unit} {word}"
    return f"{length.total_seconds():g} s"
