"""Naming: how names, addresses and ids are compared, and how several are told in a sentence."""

from collections.abc import Iterable


def folded(address: str) -> str:
    """An address as addresses are compared: Sentry takes no note of case."""
    return address.strip().casefold()


def listed(names: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    told = list(names)
    return " and ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))


def named(slug: str, names: Iterable[str], *, instance: str) -> bool:
    """Whether a flag names that project or team: by its slug, or as instance/slug."""
    return not {slug, f"{instance}/{slug}"}.isdisjoint(names)


def counted_up(number: str) -> tuple[int, str]:
    """What ids are sorted by, the oldest first: they are counted up, and compared as numbers where they are numbers."""
    return (int(number) if number.isdecimal() else 0, number)
