"""A plan: the changes that would be done, what is held back and why, what is wrong, and what became of it all."""

from dataclasses import dataclass
from enum import StrEnum

from vedette.model.changes import Change


class Hold(StrEnum):
    """Why a change is not in the plan though current and declared differ."""

    PROTECTED = "protected"
    OWN_ACCOUNT = "own_account"  # the token's user
    LAST_OWNER = "last_owner"
    NOT_NAMED = "not_named"  # a project or team, and no flag names it
    GRACE = "grace"  # an unmanaged account, not seen long enough, or in one plan only
    UNKNOWN_ADDRESS = "unknown_address"  # may belong to a person whose address is not known
    NOT_MINE = "not_mine"  # an identity provider's, the server's own, or stronger than the token's user
    NOT_THERE = "not_there"  # this server has no such thing
    AMBIGUOUS = "ambiguous"  # several accounts, and no telling which one


@dataclass(frozen=True, slots=True)
class Withheld:
    """A change that is not done, and what would have to be for it."""

    change: Change
    hold: Hold
    reason: str


class Ailment(StrEnum):
    """What is wrong with a person's access, beyond what a change could mend."""

    NO_ADDRESS = "no_address"
    SAME_ADDRESS = "same_address"  # several people are found at one address
    NO_ROLE = "no_role"
    ROLE_EXPIRED = "role_expired"
    NO_TEAMS = "no_teams"
    NO_ACCOUNT = "no_account"  # declared, and neither account nor invitation is there
    OTHER_ADDRESS = "other_address"  # declared by one address; an account that looks like theirs has another
    NOT_APPLIED = "not_applied"  # what is declared is not so yet
    SEVERAL_ACCOUNTS = "several_accounts"
    WRONG_IDENTITY = "wrong_identity"
    INVITATION_EXPIRED = "invitation_expired"
    NEVER_INVITED = "never_invited"
    NOT_DECLARED = "not_declared"
    DRIFT = "drift"  # a setting that no public interface sets


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that is wrong, about whom or what, and what to do about it, in words."""

    subject: str
    ailment: Ailment
    text: str
    cure: str


@dataclass(frozen=True, slots=True)
class Trip:
    """A guard that refuses a plan, with its numbers and the flag that lifts it."""

    kind: str
    text: str
    flag: str


@dataclass(frozen=True, slots=True)
class OrganizationPlan:
    """What would be done in one organisation."""

    instance: str
    organization: str
    changes: tuple[Change, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    trips: tuple[Trip, ...] = ()
    lacks: tuple[str, ...] = ()
    calls: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do, and nothing that is held back."""
        return not self.changes and not self.withheld


@dataclass(frozen=True, slots=True)
class FailedReading:
    """An instance that could not be read; the others are planned all the same."""

    instance: str
    error: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One plan over all instances, with the checksum that ties `apply` to it."""

    parts: tuple[OrganizationPlan, ...]
    failed: tuple[FailedReading, ...] = ()
    checksum: str = ""

    @property
    def refused(self) -> bool:
        """Whether a guard refuses it."""
        return any(part.trips for part in self.parts)

    @property
    def idle(self) -> bool:
        """Whether it would change nothing, whatever it holds back."""
        return not any(part.changes for part in self.parts)

    @property
    def empty(self) -> bool:
        """Whether every organisation is as declared, and was read."""
        return not self.failed and all(part.empty for part in self.parts)


class Fate(StrEnum):
    """What became of a change."""

    DONE = "done"
    ALREADY = "already"  # it was so before, or an ambiguous attempt had done it
    FAILED = "failed"
    ASKED = "asked"  # the server made an access request of it: somebody has to approve
    SKIPPED = "skipped"  # what it builds on failed
    LEFT = "left"  # the run ended before it


@dataclass(frozen=True, slots=True)
class Outcome:
    """One change, what became of it, and what the server said."""

    change: Change
    fate: Fate
    text: str = ""
