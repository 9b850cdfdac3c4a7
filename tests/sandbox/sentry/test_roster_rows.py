"""Whatever happens to the rows, members and teams agree on who is where, and numbers are never given twice."""

from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.sandbox.sentry import StandInConfig
from vedette.sandbox.sentry.roster import Roster

STEPS = st.lists(
    st.tuples(
        st.sampled_from(("invite", "admit", "remove", "team", "drop", "join", "leave", "assign", "wish", "rename")),
        st.integers(0, 9),
        st.integers(0, 9),
    ),
    max_size=60,
)


def step(roster: Roster, what: str, one: int, other: int) -> None:
    """One change of a roster, to rows that two numbers pick."""
    members, teams = list(roster.members.values()), list(roster.teams.values())
    member, team = members[one % len(members)] if members else None, teams[other % len(teams)] if teams else None
    match what:
        case "invite":
            roster.invite(f"p{one}@example.test", role="member", inviter=member, now=0.0)
        case "admit":
            email = f"p{one}@example.test"
            roster.admit(roster.fresh_person(email, ""), role="member", born=0.0)
        case "team" if roster.team(f"t{one}") is None:
            roster.add_team(f"t{one}", "", now=0.0)
        case "remove" if member:
            roster.remove(member)
        case "drop" if team:
            roster.drop_team(team)
        case "join" if member and team:
            roster.join(member, team)
        case "leave" if member and team:
            roster.leave(member, team)
        case "assign" if member:
            roster.assign(member, [(each, None) for each in teams[:other]])
        case "wish" if member and team:
            roster.wish(member, team, requester=None)
        case "rename" if team and roster.team(f"t{one}") is None:
            roster.rename_team(team, f"t{one}")


@given(STEPS)
@settings(max_examples=150, deadline=None)
def test_members_and_teams_agree(steps: list[tuple[str, int, int]]) -> None:
    roster = Roster(StandInConfig())
    given_out: set[int] = set(roster.members)
    for what, one, other in steps:
        before = set(roster.members)
        step(roster, what, one, other)
        fresh = set(roster.members) - before
        assert not fresh & given_out
        given_out |= fresh
    for team in roster.teams.values():
        assert team.members == {member.id for member in roster.members.values() if team.id in member.teams}
        assert roster.team(team.slug) is team
    for member in roster.members.values():
        assert set(member.teams) <= set(roster.teams)
        assert member in roster.by_email(member.email.upper())
    assert all(wish.member.id in roster.members and wish.team.id in roster.teams for wish in roster.wishes.values())
    assert sum(len(roster.by_email(f"p{each}@example.test")) for each in range(10)) == len(
        [member for member in roster.members.values() if member.email.startswith("p")]
    )
