"""The doctor's findings: one table row for each story that operators told of accounts in Sentry."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from tests.rules.access.people import ADA, LINKED, NOW, PROVISIONED, access, account, invitation, organization
from vedette.model.access import AccessSettings, DeclaredRole, Person, Protected
from vedette.model.doctor import AccountFate, Patient
from vedette.model.org import Caller, Member, MemberFlag, OrgRole
from vedette.model.plan import Ailment
from vedette.ports.access import Address
from vedette.rules.access.doctor import examine, found
from vedette.rules.access.resolving import Known

WHERE = {"access.people.ada": "access.yaml:12:5", "access.people": "access.yaml:11:3"}


def look(settings: AccessSettings, *members: Member, known: Known | None = None, **more: Any) -> dict[str, Patient]:
    whole = organization(*members, **more)
    seen = examine(settings, whole, known=known or Known(), url="https://sentry.test", where=WHERE, now=NOW)
    return {each.person or each.email: each for each in seen}


def fates(patient: Patient) -> list[tuple[str, AccountFate]]:
    return [(each.id, each.fate) for each in patient.accounts]


def test_a_person_with_one_account_as_declared_has_nothing() -> None:
    ada = look(access(ADA), account(1))["ada"]
    assert (ada.findings, ada.steps, ada.email) == ((), (), "ada@acme.test")
    assert ada.accounts[0].state == "logged in last 2026-11-19, linked to single sign-on"
    assert ada.where == "access.yaml:12:5"


@pytest.mark.parametrize(
    ("members", "kept", "gone"),
    [
        ((invitation(2), account(1)), "1", ["2"]),
        ((invitation(2, expired=True), account(1), invitation(3, "ADA@acme.test")), "1", ["2", "3"]),
        ((invitation(2, expired=True), invitation(3)), "3", ["2"]),
    ],
)
def test_the_account_that_somebody_logged_in_to_stays_and_invitations_go(
    members: tuple[Member, ...], kept: str, gone: list[str]
) -> None:
    ada = look(access(ADA), *members)["ada"]
    assert Ailment.SEVERAL_ACCOUNTS in ada.ailments
    assert fates(ada)[0] == (kept, AccountFate.STAYS)
    assert sorted(fates(ada)[1:]) == [(each, AccountFate.GOES) for each in gone]


def test_teams_are_moved_before_an_account_is_deleted() -> None:
    ada = look(access(ADA), account(1, teams=()), invitation(2, teams=("checkout",)))["ada"]
    assert ada.steps[0].startswith("put account 1 (ada@acme.test) into checkout")
    assert ada.steps[1].startswith("delete account 2")


def test_a_team_of_a_duplicate_that_no_role_brings_is_told() -> None:
    ada = look(access(ADA), account(1), invitation(2, teams=("search",)))["ada"]
    assert [step.split(":")[0] for step in ada.steps][1] == "no role brings search"


def test_of_two_that_people_logged_in_to_a_person_decides() -> None:
    second = account(2, user_id="u2", flags=frozenset())
    ada = look(access(ADA), account(1), second)["ada"]
    assert fates(ada) == [("1", AccountFate.STAYS), ("2", AccountFate.UNDECIDED)]
    assert "it is linked to the identity provider" in ada.findings[0].text
    assert "ask them" in ada.steps[-1]


def test_what_the_identity_provider_keeps_only_it_takes_away() -> None:
    ada = look(access(ADA), account(1), invitation(2, flags=PROVISIONED))["ada"]
    assert fates(ada)[1] == ("2", AccountFate.PROVIDER)
    assert "take the other one away in the identity provider" in ada.findings[0].cure


def test_somebody_made_by_the_identity_provider_without_a_word_is_found() -> None:
    ada = look(access(ADA), invitation(2, flags=PROVISIONED, teams=("checkout",)))["ada"]
    assert ada.ailments == (Ailment.NEVER_INVITED,)
    assert "https://sentry.test/auth/login/acme/" in ada.steps[0]


def test_an_expired_invitation_is_renewed_by_apply_within_the_rate() -> None:
    ada = look(access(ADA), invitation(2, expired=True, teams=("checkout",)))["ada"]
    assert ada.ailments == (Ailment.INVITATION_EXPIRED,)
    assert "429" in ada.steps[1]


def test_whom_no_plan_touches_is_not_promised_that_a_plan_does_it() -> None:
    settings = replace(access(ADA), protected=Protected(people=("Ada@acme.test",)))
    for members in ((invitation(2, expired=True),), (account(1), invitation(2)), (account(1, teams=()),)):
        ada = look(settings, *members)["ada"]
        cures = [each.cure for each in ada.findings]
        assert all("take ada@acme.test out of `protected.people`" in cure for cure in cures), cures
        assert not ada.steps or ada.steps[0].startswith("take ada@acme.test out of `protected.people`")


def test_an_account_that_nothing_keeps_is_not_said_to_stay() -> None:
    settings = replace(
        access(ADA), roles={"checkout-developer": DeclaredRole("checkout-developer", expires=date(2026, 1, 1))}
    )
    stranger = account(5, "eve@acme.test", user_id="u5")
    provided = account(6, "ida@acme.test", user_id="u6", flags=PROVISIONED)
    seen = look(settings, account(1), stranger, provided)
    assert fates(seen["ada"]) == [("1", AccountFate.LEAVING)]
    assert seen["ada"].accounts[0].why == "nothing gives ada access now"
    assert fates(seen["eve@acme.test"]) == [("5", AccountFate.LEAVING)]
    assert fates(seen["ida@acme.test"]) == [("6", AccountFate.PROVIDER)]


def test_a_team_of_a_duplicate_is_told_where_the_persons_roles_bring_none_at_all() -> None:
    settings = replace(access(ADA), roles={"checkout-developer": DeclaredRole("checkout-developer")})
    ada = look(settings, account(1, teams=()), invitation(2, teams=("search",)))["ada"]
    assert ada.steps[1].startswith("no role brings search")


@pytest.mark.parametrize(
    ("flags", "required", "wrong"),
    [
        (LINKED, True, False),
        (frozenset(), False, False),
        (frozenset(), None, False),
        (frozenset(), True, True),
        (frozenset({MemberFlag.SSO_INVALID}), False, True),
        (frozenset({MemberFlag.SSO_INVALID, MemberFlag.SSO_LINKED}), True, True),
    ],
)
def test_a_wrong_identity_is_seen_by_the_flags(flags: frozenset[str], required: bool | None, wrong: bool) -> None:
    ada = look(access(ADA), account(1, flags=flags), sso_required=required)["ada"]
    assert (Ailment.WRONG_IDENTITY in ada.ailments) is wrong
    # The steps in their order: the admin page, the identity, the cookies, the login, the left-over account.
    words = ("/admin", "Auth identities", "delete the identity", "ALL cookies", "log in again", "left-over")
    assert [word in step for word, step in zip(words, ada.steps, strict=False)] == ([True] * 6 if wrong else [])


def test_a_hidden_address_on_github_is_a_finding_and_the_account_is_not_called_a_leavers() -> None:
    person = Person("ada", github="ada-codes", roles=("checkout-developer",))
    known = Known({"ada": Address("", "ada-codes shows no public e-mail on GitHub")})
    seen = look(access(person), account(1), known=known)
    assert seen["ada"].ailments == (Ailment.NO_ADDRESS, Ailment.OTHER_ADDRESS)
    assert "ada-codes shows no public e-mail" in seen["ada"].findings[0].text
    assert "ada@acme.test" in seen["ada"].findings[1].text


def test_a_public_address_that_is_not_the_one_they_log_in_by_is_told() -> None:
    person = Person("ada", github="ada-codes", roles=("checkout-developer",))
    known = Known({"ada": Address("private@home.test")})
    ada = look(access(person), account(1, name="Ada Codes"), known=known)["ada"]
    assert Ailment.NO_ACCOUNT in ada.ailments
    (other,) = [each for each in ada.findings if each.ailment is Ailment.OTHER_ADDRESS]
    assert "the public address of ada-codes on GitHub is not the one they log in by" in other.text


@pytest.mark.parametrize(
    ("person", "role", "ailment"),
    [
        (replace(ADA, roles=()), None, Ailment.NO_ROLE),
        (replace(ADA, expires=date(2026, 11, 20)), None, Ailment.ROLE_EXPIRED),
        (replace(ADA, roles=("bare",)), DeclaredRole("bare"), Ailment.NO_TEAMS),
    ],
)
def test_why_somebody_has_no_access_by_the_settings(
    person: Person, role: DeclaredRole | None, ailment: Ailment
) -> None:
    ada = look(access(person, roles=(role,) if role else ()), account(1))["ada"]
    assert ailment in ada.ailments


def test_what_is_declared_and_not_there_yet_is_told() -> None:
    assert look(access(ADA))["ada"].ailments == (Ailment.NO_ACCOUNT,)
    lacking = look(access(ADA), account(1, teams=()))["ada"]
    assert lacking.ailments == (Ailment.NOT_APPLIED,)
    assert "is not in checkout" in lacking.findings[0].text


def test_an_account_that_nobody_declared_comes_with_the_lines_to_add() -> None:
    eve = look(access(ADA), account(1), account(2, "eve@acme.test", name="Eve"))["eve@acme.test"]
    assert eve.ailments == (Ailment.NOT_DECLARED,)
    assert eve.lines == "access:\n  people:\n    eve: {email: eve@acme.test, roles: [checkout-developer]}\n"
    assert eve.where == "access.yaml:11:3"


def test_what_is_wrong_with_somebody_undeclared_is_not_promised_to_be_planned() -> None:
    twice = (account(1, "eve@acme.test"), invitation(2, "eve@acme.test"))
    eve = look(access(ADA), *twice)["eve@acme.test"]
    assert eve.ailments == (Ailment.NOT_DECLARED, Ailment.SEVERAL_ACCOUNTS)
    assert eve.findings[1].cure.startswith("once they are declared")


def test_who_asks_and_who_is_protected_and_who_waits_for_approval_are_no_strangers() -> None:
    settings = access(ADA, protected=Protected(people=("root@acme.test",)))
    members = (
        account(1),
        account(2, "token@acme.test", user_id="me"),
        account(3, "Root@acme.test"),
        invitation(4, "new@acme.test", invite_status="requested_to_join"),
    )
    assert set(look(settings, *members, caller=Caller("me", "token@acme.test"))) == {"ada"}


def test_a_person_is_found_by_any_of_their_names() -> None:
    person = Person("ada", github="ada-codes", roles=("checkout-developer",))
    known = Known({"ada": Address("ada@acme.test")})
    bob = Person("bob", email="bob@acme.test", roles=("checkout-developer",))
    members = (
        account(1, name="Ada Lovelace", username="al", other_emails=("ada@old.test",)),
        account(2, "bob@acme.test"),
    )
    whole = organization(*members)
    seen = examine(access(person, bob), whole, known=known, url="https://sentry.test", where={}, now=NOW)
    for text in ("ADA", "Ada@acme.test", "ada lovelace", "AL", "ada-codes", "ada@OLD.test", "lovelace"):
        assert [each.person for each in found(seen, text)] == ["ada"], text
    assert [each.person for each in found(seen, "acme.test")] == ["ada", "bob"]
    assert found(seen, "nobody") == ()


def test_another_instances_people_are_not_looked_at() -> None:
    assert look(access(replace(ADA, instances=("stage",)))) == {}


def test_an_owner_without_teams_lacks_nothing() -> None:
    boss = Person("boss", email="boss@acme.test", roles=("owner",))
    settings = access(boss, roles=(DeclaredRole("owner", OrgRole.OWNER),))
    assert look(settings, account(1, "boss@acme.test", teams=(), role="owner"))["boss"].findings == ()
