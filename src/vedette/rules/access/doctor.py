"""Doctor: each person's accounts, which one to keep and why, what is wrong, and the steps that mend it in their order.

Law: it changes nothing and guesses nothing; whatever `apply` can do is left to it, and the rest is told step by step.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from vedette.model.access import AccessSettings, Person
from vedette.model.doctor import AccountFate, AccountSeen, Patient
from vedette.model.org import Member, MemberFlag, Organization
from vedette.model.plan import Ailment, Diagnosis
from vedette.rules.access.account_words import (
    before_duplicate,
    identity_steps,
    renewal_steps,
    state_words,
    uninvited_steps,
)
from vedette.rules.access.lines import lines_for
from vedette.rules.access.lookalikes import Lookalikes
from vedette.rules.access.matching import Accounts, chosen, keys_of, members_of, shared_out
from vedette.rules.access.naming import folded, listed
from vedette.rules.access.resolving import Desired, Known, Wanted, address_of, desired_for

_APPLY = "`vedette access plan` shows this, and `vedette access apply` does it"
_ONCE_DECLARED = "once they are declared, `vedette access apply` does it"


def examine(
    access: AccessSettings,
    organization: Organization,
    *,
    known: Known,
    url: str,
    where: Mapping[str, str],
    now: datetime,
) -> tuple[Patient, ...]:
    """Everybody who is declared for the organisation, by name; then every account that nobody declared."""
    desired = desired_for(access, instance=organization.instance, known=known, now=now)
    people = [each for _, each in sorted(access.people.items()) if _here(each, organization.instance)]
    addresses = {each.name: folded(address_of(each, known)[0]) for each in people}
    members = members_of(organization.members)
    shared = shared_out(
        members, {key for key in addresses.values() if key} | {folded(o) for o in access.protected.people}
    )
    claimed = {member.id for accounts in shared.values() for member in accounts}
    alike = Lookalikes(each for each in members if each.id not in claimed)
    look = _Look(access, organization, desired, alike, url=url, where=where, now=now)
    patients = [look.declared(each, addresses[each.name], shared) for each in people]
    strangers = [each for each in members if each.id not in claimed and not _is_callers(each, organization)]
    return (*patients, *look.strangers(strangers))


def found(patients: Iterable[Patient], text: str) -> tuple[Patient, ...]:
    """Whoever is called that: exactly, else in part; case does not matter."""
    wanted, among = folded(text), list(patients)
    exact = tuple(each for each in among if wanted in map(folded, each.known_as))
    return exact or tuple(each for each in among if any(wanted in folded(name) for name in each.known_as))


class _Look:
    """One look at one organisation."""

    def __init__(
        self,
        access: AccessSettings,
        organization: Organization,
        desired: Desired,
        alike: Lookalikes,
        *,
        url: str,
        where: Mapping[str, str],
        now: datetime,
    ) -> None:
        self.access, self.organization, self.now, self.alike = access, organization, now, alike
        self.url, self.where, self.instance = url, where, organization.instance
        self.protected = frozenset(map(folded, access.protected.people))
        self.wanted = {each.key: each for each in desired.wanted}
        self.told: dict[str, list[Diagnosis]] = {}
        for each in desired.diagnoses:
            self.told.setdefault(each.subject, []).append(each)

    def declared(self, person: Person, email: str, shared: Mapping[str, Sequence[Member]]) -> Patient:
        """A person that the settings name."""
        accounts = chosen(shared.get(email, ()))
        wanted = self.wanted.get(email) if email else None
        spared = self._spared(email, accounts)
        mended = f"take {spared} out of `protected.people`, and `vedette access apply` does it" if spared else _APPLY
        findings = [*self.told.get(person.name, ()), *self._of_accounts(person.name, accounts, mended=mended)]
        if wanted is not None:
            findings += self._against(wanted, accounts, mended=mended)
        if accounts.kept is None:
            findings += self._elsewhere(person)
        names = (person.name, email, person.github or "", person.directory or "")
        ended = wanted is None and not spared
        seen = self._seen(accounts, leaving=f"nothing gives {person.name} access now" if ended else "")
        return Patient(
            self.instance,
            person.name,
            email,
            person.name,
            person.roles,
            seen,
            tuple(findings),
            tuple(self._steps(accounts, wanted, spared=spared)),
            where=self.where.get(f"access.people.{person.name}", ""),
            known_as=_known_as(names, _all(accounts)),
        )

    def strangers(self, members: Sequence[Member]) -> list[Patient]:
        """Accounts that nobody declared, one patient for each address."""
        groups: dict[str, list[Member]] = {}
        for member in members:
            groups.setdefault(member.key, []).append(member)
        return [self._stranger(email, group) for email, group in sorted(groups.items())]

    def _stranger(self, email: str, group: Sequence[Member]) -> Patient:
        accounts = chosen(group)
        kept = group[0] if accounts.kept is None else accounts.kept
        teams = sorted({team for member in group for team in member.teams})
        add = lines_for(
            self.access, teams=teams, email=email, name=kept.name if not email else "", role=kept.role,
            instance=self.instance, where=self.where, now=self.now,
        )  # fmt: skip
        text = f"nobody declares {email}" + (f", who is in {listed(teams)}" if teams else "")
        cure = (
            f"add these lines, or let them go: an undeclared account is deleted {_days(self.access)} after it was seen"
        )
        undeclared = Diagnosis(email, Ailment.NOT_DECLARED, text, cure)
        return Patient(
            self.instance,
            kept.name or email,
            email,
            accounts=self._seen(accounts, leaving="nobody declared it"),
            findings=(undeclared, *self._of_accounts(email, accounts, mended=_ONCE_DECLARED)),
            steps=tuple(self._steps(accounts, None, spared="")),
            lines=add.yaml,
            where=add.where,
            known_as=_known_as((email,), group),
        )

    def _of_accounts(self, subject: str, accounts: Accounts, *, mended: str) -> list[Diagnosis]:
        kept = accounts.kept
        if kept is None:
            return []
        several = [*accounts.duplicates, *accounts.rivals, *accounts.provisioned]
        findings = [_several(subject, accounts, len(several) + 1, mended=mended)] if several else []
        if _wrong_identity(kept, self.organization):
            text = f"account {kept.id} is not the one that single sign-on lets in"
            findings.append(Diagnosis(subject, Ailment.WRONG_IDENTITY, text, "mend the identity by the doctor's steps"))
        if kept.pending and kept.expired:
            text = f"the invitation {kept.id} of {kept.email} has expired"
            findings.append(Diagnosis(subject, Ailment.INVITATION_EXPIRED, text, f"{mended}: it is made new and sent"))
        elif MemberFlag.IDP_PROVISIONED in kept.flags and not kept.logged_in:
            text = (
                f"the identity provider made account {kept.id}, nobody ever logged in to it, and no mail may have come"
            )
            findings.append(Diagnosis(subject, Ailment.NEVER_INVITED, text, "let them in by the doctor's steps"))
        return findings

    def _spared(self, email: str, accounts: Accounts) -> str:
        """The protected address that keeps every plan away from these accounts; "" where none does."""
        keys = (email, *(keys_of(accounts.kept) if accounts.kept else ()))
        return next((key for key in keys if key in self.protected), "")

    def _against(self, wanted: Wanted, accounts: Accounts, *, mended: str) -> list[Diagnosis]:
        """What is declared for them and not there yet."""
        kept = accounts.kept
        if kept is None:
            text = f"{wanted.email} has neither account nor invitation on {self.instance}"
            return [Diagnosis(wanted.person, Ailment.NO_ACCOUNT, text, f"{mended}: they are invited")]
        missing = [team for team in wanted.teams if team not in kept.teams]
        if not missing:
            return []
        text = f"account {kept.id} is not in {listed(missing)}, though the roles of {wanted.person} bring it"
        return [Diagnosis(wanted.person, Ailment.NOT_APPLIED, text, mended)]

    def _elsewhere(self, person: Person) -> list[Diagnosis]:
        """Nobody has the address, but somebody looks like them: it may be the wrong one of their addresses."""
        alike = self.alike.of([name for name in (person.name, person.github) if name])
        if not alike:
            return []
        there = listed(f"{each.email} ({each.name or each.username or 'no name'})" for each in alike)
        how = (
            f"the public address of {person.github} on GitHub is not the one they log in by"
            if person.github
            else "the address in the settings is not the one they log in by"
        )
        text = f"no account has the address of {person.name}, but this looks like theirs: {there}; {how}, if so"
        cure = f"write `email:` for {person.name}" + (
            f", or have {person.github} make the primary address the public one" if person.github else ""
        )
        return [Diagnosis(person.name, Ailment.OTHER_ADDRESS, text, cure)]

    def _seen(self, accounts: Accounts, *, leaving: str) -> tuple[AccountSeen, ...]:
        """Every account with its fate; `leaving`: why even the best of them would go, "" where it stays."""
        kept = [(accounts.kept, *_fate_of_kept(accounts.kept, accounts.why, leaving))] if accounts.kept else []
        gone = [(each, AccountFate.GOES, "nobody ever logged in to it") for each in accounts.duplicates]
        rival = [(each, AccountFate.UNDECIDED, "somebody logged in to it too") for each in accounts.rivals]
        provided = [
            (each, AccountFate.PROVIDER, "only the identity provider can take it away") for each in accounts.provisioned
        ]
        return tuple(
            AccountSeen(
                each.id, each.email, each.role, dict(each.teams), state_words(each, now=self.now), fate=fate, why=why
            )
            for each, fate, why in (*kept, *gone, *rival, *provided)
        )

    def _steps(self, accounts: Accounts, wanted: Wanted | None, *, spared: str) -> list[str]:
        """What to do, in this order: nobody is without a team or an account in between."""
        kept = accounts.kept
        if kept is None:
            return []
        steps: list[str] = []
        for other in (*accounts.duplicates, *accounts.rivals, *accounts.provisioned):
            steps += before_duplicate(
                kept, other, planned=wanted.teams if wanted else None, rival=other in accounts.rivals
            )
        if _wrong_identity(kept, self.organization):
            steps += identity_steps(kept, url=self.url, organization=self.organization.slug)
        if kept.pending and kept.expired:
            steps += renewal_steps(kept)
        elif MemberFlag.IDP_PROVISIONED in kept.flags and not kept.logged_in:
            steps += uninvited_steps(kept, url=self.url, organization=self.organization.slug)
        freed = [f"take {spared} out of `protected.people`: no plan touches whom it names"] if spared and steps else []
        return [*freed, *steps]


def _here(person: Person, instance: str) -> bool:
    return not person.instances or instance in person.instances


def _all(accounts: Accounts) -> list[Member]:
    kept = [accounts.kept] if accounts.kept else []
    return [*kept, *accounts.duplicates, *accounts.rivals, *accounts.provisioned]


def _fate_of_kept(kept: Member, why: str, leaving: str) -> tuple[AccountFate, str]:
    if leaving and MemberFlag.IDP_PROVISIONED in kept.flags:
        return AccountFate.PROVIDER, f"{leaving}, and only the identity provider can take it away"
    return (AccountFate.LEAVING, leaving) if leaving else (AccountFate.STAYS, why)


def _known_as(names: Iterable[str], members: Iterable[Member]) -> tuple[str, ...]:
    theirs = [text for each in members for text in (each.name, each.username, *keys_of(each))]
    return tuple(dict.fromkeys(text for text in (*names, *theirs) if text))


def _is_callers(member: Member, organization: Organization) -> bool:
    """The account whose token asks; it is never touched."""
    caller = organization.caller
    return bool(caller.user_id and member.user_id == caller.user_id) or folded(caller.email) == member.key


def _wrong_identity(member: Member, organization: Organization) -> bool:
    """Whether single sign-on does not know this account, or knows it as somebody else's."""
    if not member.logged_in:
        return False
    unlinked = organization.sso_required is True and MemberFlag.SSO_LINKED not in member.flags
    return MemberFlag.SSO_INVALID in member.flags or unlinked


def _several(subject: str, accounts: Accounts, count: int, *, mended: str) -> Diagnosis:
    kept = accounts.kept
    number = kept.id if kept else ""
    text = f"{count} accounts: {number} stays, since {accounts.why}"
    if accounts.rivals:
        cure = "somebody logged in to more than one: ask which one they use, then follow the doctor's steps"
    elif accounts.provisioned:
        cure = "take the other one away in the identity provider; Sentry does not let anybody else"
    else:
        cure = f"{mended}, or follow the doctor's steps"
    return Diagnosis(subject, Ailment.SEVERAL_ACCOUNTS, text, cure)


def _days(access: AccessSettings) -> str:
    days = access.grace.days
    return f"{days} days" if days != 1 else "a day"
