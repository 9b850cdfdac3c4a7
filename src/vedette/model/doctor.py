"""What a look at accounts found: each person, their accounts, what is wrong, and the steps in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from vedette.model.plan import Ailment, Diagnosis


class AccountFate(StrEnum):
    """What becomes of an account."""

    STAYS = "stays"
    GOES = "goes"
    LEAVING = "goes unless declared"
    UNDECIDED = "a person decides"
    PROVIDER = "the identity provider keeps it"


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """One account or invitation of a person, in words."""

    id: str
    email: str
    role: str
    teams: Mapping[str, str] = field(default_factory=dict)
    state: str = ""  # logged in, invited, …
    fate: AccountFate = AccountFate.STAYS
    why: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """One person on one instance; `person` is "" for an account that nobody declared."""

    instance: str
    name: str
    email: str = ""
    person: str = ""
    roles: tuple[str, ...] = ()
    accounts: tuple[AccountSeen, ...] = ()
    findings: tuple[Diagnosis, ...] = ()
    steps: tuple[str, ...] = ()
    lines: str = ""  # YAML to add
    where: str = ""  # where to, file:line:column
    known_as: tuple[str, ...] = ()  # every name, login and address that finds them

    @property
    def ailments(self) -> tuple[Ailment, ...]:
        """What is wrong, once each."""
        return tuple(dict.fromkeys(each.ailment for each in self.findings))


@dataclass(frozen=True, slots=True)
class Visit:
    """What one look at one organisation found; `trouble`: why it could not be looked at, "" where it was."""

    instance: str
    organization: str
    at: datetime | None
    patients: tuple[Patient, ...] = ()
    lacks: tuple[str, ...] = ()
    trouble: str = ""
