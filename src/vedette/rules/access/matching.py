"""Matching: which accounts are one person's, which of them stays, and why.

Law: an account that somebody logged in to is never a duplicate; where there are two of those, a person decides.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from vedette.model.org import Member, MemberFlag
from vedette.rules.access.naming import counted_up, folded

_LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)
_APPROVED = "approved"
# Parts of names shorter than this are in too many others.
_TELLING = 4


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of one person."""

    kept: Member | None = None
    duplicates: tuple[Member, ...] = ()  # that nobody ever logged in to, and that may go
    rivals: tuple[Member, ...] = ()  # others that somebody logged in to
    provisioned: tuple[Member, ...] = ()  # others that an identity provider keeps
    why: str = ""  # why the kept one is kept; "" where there is only one


def members_of(members: Iterable[Member]) -> list[Member]:
    """Those that are members or invited; who only asked to come in is neither."""
    return [member for member in members if member.invite_status in {"", _APPROVED}]


def keys_of(member: Member) -> tuple[str, ...]:
    """Every address by which an account is found, its own first."""
    return (member.key, *(folded(other) for other in member.other_emails))


def shared_out(members: Iterable[Member], wanted: Iterable[str]) -> dict[str, tuple[Member, ...]]:
    """Each wanted address (folded) with its accounts; an account belongs to one: its own address goes first."""
    asked = sorted(set(wanted))
    found: dict[str, list[Member]] = {key: [] for key in asked}
    for member in members:
        own, *others = keys_of(member)
        owner = own if own in found else min((key for key in others if key in found), default=None)
        if owner is not None:
            found[owner].append(member)
    return {key: tuple(sorted(accounts, key=age)) for key, accounts in found.items()}


def chosen(accounts: Sequence[Member]) -> Accounts:
    """Which account stays.

    One that somebody logged in to, before one that nobody did; linked to the identity provider before not; the one
    that was used last; the oldest. Of invitations alone the newest that is valid: its mail is the one that the person
    finds on top, and it is valid longest. The role does not count, since a plan changes it: a run that was interrupted
    would go on with another account than it began with.
    """
    if not accounts:
        return Accounts()
    kept, *others = sorted(accounts, key=_worth)
    provisioned = tuple(other for other in others if MemberFlag.IDP_PROVISIONED in other.flags)
    free = [other for other in others if other not in provisioned]
    return Accounts(
        kept,
        tuple(other for other in free if not other.logged_in),
        tuple(other for other in free if other.logged_in),
        provisioned,
        _why(kept, others) if others else "",
    )


def _worth(member: Member) -> tuple[object, ...]:
    """The best first."""
    if member.logged_in:
        linked = MemberFlag.SSO_LINKED in member.flags and MemberFlag.SSO_INVALID not in member.flags
        return (0, not linked, -_when(member.last_login), age(member))
    kept_by_idp = MemberFlag.IDP_PROVISIONED in member.flags  # it cannot go, so it may as well be the one that stays
    return (1, not kept_by_idp, member.expired, -_when(member.created_at), age(member))


def _when(moment: datetime | None) -> float:
    return ((moment or _LONG_AGO) - _LONG_AGO).total_seconds()


def age(member: Member) -> tuple[int, str]:
    """What accounts are sorted by, the oldest first."""
    return counted_up(member.id)


def _why(kept: Member, others: Sequence[Member]) -> str:
    if not kept.logged_in:
        if MemberFlag.IDP_PROVISIONED in kept.flags:
            return "the identity provider keeps it"
        valid = "the newest, and all have expired" if kept.expired else "the newest that is valid"
        return f"nobody has logged in to any of them, and its invitation is {valid}"
    if not any(other.logged_in for other in others):
        return "it is the one that somebody logged in to"
    if MemberFlag.SSO_LINKED in kept.flags and not all(MemberFlag.SSO_LINKED in other.flags for other in others):
        return "it is linked to the identity provider"
    if kept.last_login is not None and all(_when(other.last_login) < _when(kept.last_login) for other in others):
        return f"it was logged in to last, on {kept.last_login:%Y-%m-%d}"
    return "it is the oldest"


def resembles(member: Member, names: Iterable[str]) -> bool:
    """Whether an account's name, user name or address looks like one of the names."""
    theirs = {_squashed(text) for text in (member.name, member.username, *(_local(each) for each in keys_of(member)))}
    parts = {part for text in (member.name, member.username, _local(member.key)) for part in _parts(text)}
    for name in names:
        whole = _squashed(name)
        if whole and any(whole == other or _within(whole, other) for other in theirs if other):
            return True
        if parts & _parts(name):
            return True
    return False


def _within(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _TELLING and short in long


def _local(address: str) -> str:
    return address.partition("@")[0]


def _squashed(text: str) -> str:
    return "".join(sign for sign in _local(text).casefold() if sign.isalnum())


def _parts(text: str) -> set[str]:
    words = "".join(sign if sign.isalnum() else " " for sign in _local(text).casefold()).split()
    return {word for word in words if len(word) >= _TELLING}
