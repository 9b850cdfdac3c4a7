"""Tides: the sums over all time, which are kept beside the heaps, say what the heaps say."""

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from vedette.sandbox.sentry.tides import Arrival, Sum, Tides, Traits

KINDS = (Traits(), Traits(environment="production"), Traits(environment="staging", user="id:1"))
heaps = st.builds(Arrival, st.integers(0, 40).map(float), st.integers(1, 9), st.sampled_from(KINDS))
deeds = st.one_of(
    heaps,
    st.lists(heaps, min_size=65, max_size=80),  # so many are sorted in at once
    st.tuples(st.integers(0, 40).map(float), st.integers(0, 40).map(float)),
)


def summed_up(tides: Tides) -> list[Sum]:
    """What the heaps themselves come to."""
    found: defaultdict[Traits, list[Arrival]] = defaultdict(list)
    for arrival in tides:
        found[arrival.traits].append(arrival)
    return sorted(
        Sum(traits, sum(a.weight for a in own), max(a.weight for a in own), own[0].at, own[-1].at)
        for traits, own in found.items()
    )


@given(st.lists(deeds, max_size=12))
def test_sums_over_all_time_are_those_of_the_heaps_whatever_came_late_or_was_forgotten(done: list[object]) -> None:
    tides = Tides()
    for deed in done:
        match deed:
            case Arrival():
                tides.add(deed)
            case list():
                tides.add_all(deed)
            case (float(start), float(end)):
                tides.drop(min(start, end), max(start, end))
        assert sorted(tides.sums(None, None)) == summed_up(tides)
