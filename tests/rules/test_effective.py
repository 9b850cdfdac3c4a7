"""What holds for one owner's tickets: the policy, and what the owner's route and block say otherwise."""

from dataclasses import fields

import pytest

from vedette.model.owners import Team
from vedette.model.policies import ClosedTicket, Policy, PolicyChange, Rest
from vedette.model.settings import Mode, Settings
from vedette.model.tickets import Route
from vedette.rules.effective import Changed, effective, effective_for

POLICY = Policy("all")
REOPEN, COMMENT = Rest(ClosedTicket.REOPEN), Rest(ClosedTicket.COMMENT)
OF_ROUTE = PolicyChange("routes.shared.policy", closed_ticket=REOPEN, on_resolve="nothing")
OF_TEAM = PolicyChange("teams.@acme/api.policy", closed_ticket=COMMENT)
OF_DEFAULT = PolicyChange("routes.default.policy", wont_do=Rest(ClosedTicket.NEW))
SETTINGS = Settings(
    mode=Mode.PRODUCTION,
    instances={},
    trackers={},
    teams={
        "@acme/api": Team("@acme/api", Route("jira", "API"), (OF_ROUTE, OF_TEAM)),
        "@acme/homeless": Team("@acme/homeless", changes=(OF_TEAM,)),
    },
    default_changes=(OF_DEFAULT,),
)


def test_without_a_change_the_policy_holds_as_it_is() -> None:
    held = effective(POLICY, ())
    assert held.policy is not None
    assert (held.policy, held.changed) == (POLICY, ())


def test_the_later_change_wins_and_each_value_knows_its_place() -> None:
    held = effective(POLICY, (OF_ROUTE, OF_TEAM))
    assert (held.policy.closed_ticket, held.policy.on_resolve, held.policy.wont_do) == (
        COMMENT,
        "nothing",
        POLICY.wont_do,
    )
    assert set(held.changed) == {
        Changed("closed_ticket", "comment", "teams.@acme/api.policy.closed_ticket"),
        Changed("on_resolve", "nothing", "routes.shared.policy.on_resolve"),
    }


@pytest.mark.parametrize(
    ("owner", "closed", "wont_do"),
    [
        ("@acme/api", COMMENT, POLICY.wont_do),
        ("@acme/homeless", COMMENT, Rest(ClosedTicket.NEW)),
        ("@acme/unknown", POLICY.closed_ticket, Rest(ClosedTicket.NEW)),
        ("", POLICY.closed_ticket, Rest(ClosedTicket.NEW)),
    ],
)
def test_who_has_no_route_has_the_default_routes_changes(owner: str, closed: Rest, wont_do: Rest) -> None:
    held = effective_for(POLICY, settings=SETTINGS, owner=owner).policy
    assert (held.closed_ticket, held.wont_do) == (closed, wont_do)


def test_every_change_is_one_of_a_setting_that_policies_have() -> None:
    ours = {field.name for field in fields(PolicyChange)} - {"place"}
    assert ours <= {field.name for field in fields(Policy)}
    assert all(getattr(PolicyChange(), name) is None for name in ours)
