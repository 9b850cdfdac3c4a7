"""`vedette recall`: the figure, the hours behind it, and what no hook told of."""

import json

from tests.cli.conftest import Place
from vedette.flows.context import wall_clock
from vedette.model.issues import IssueKey
from vedette.model.recall import HOUR, Hook, Sighting
from vedette.rules.recall import hour_of
from vedette.store import recall


def settled(place: Place, *, due: int, heard: int, hook: Hook = Hook.ERROR) -> None:
    hour = hour_of(wall_clock()) - HOUR
    seen = [Sighting(IssueKey("default", str(n)), hook, hour, "checkout", f"Cart broke {n}") for n in range(due)]
    with place.working() as desk:
        desk.app.store.write(lambda tx: recall.see(tx, seen))
        desk.app.store.write(lambda tx: recall.settle(tx, [(one, at < heard) for at, one in enumerate(seen)]))


def test_nothing_due_is_no_figure(place: Place) -> None:
    assert place.run("recall")[:2] == (0, "no hook was due: no figure, which is not 100 %\n")


def test_the_shares_are_told_with_what_was_missed(place: Place) -> None:
    settled(place, due=4, heard=3)
    code, said, _ = place.run("recall")
    assert code == 0
    assert "default/checkout  error  4    3     75 %" in said
    assert "no error hook told of default/3: Cart broke 3" in said


def test_below_the_alarm_the_command_fails_and_json_has_every_hour(place: Place) -> None:
    settled(place, due=20, heard=17)
    code, said, _ = place.run("recall", "--json")
    told = json.loads(said)
    assert code == 1
    assert (told["recall"], told["hours"][0]["due"], len(told["missed"])) == (0.85, 20, 3)


def test_hooks_that_fire_by_rules_of_their_own_are_shown_and_not_counted(place: Place) -> None:
    settled(place, due=30, heard=0, hook=Hook.ALERT)
    code, said, _ = place.run("recall")
    assert code == 0
    assert "by rules of their own: not counted" in said
    assert said.splitlines()[2].split() == ["all", "0", "0", "–"]


def test_a_time_that_is_none_is_told(place: Place) -> None:
    code, _, told = place.run("recall", "--since", "yesterday")
    assert code == 1
    assert "--since is not a duration such as" in told
