"""Whose error it is by its tags and URL: matchers, which of several entries wins, and which never can."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.issues import Occurrence
from vedette.model.owners import Entity, EntityKind, Team
from vedette.model.tickets import Route
from vedette.rules.matching import NoMatcher, Traits, find, flaws, held, parse, path_of, strongest_first, traits_of

TEAMS = {name: Team(name, Route("jira", name[-1].upper())) for name in ("@acme/a", "@acme/b")}
RANK = {"team": 3, "service": 2, "other": 1}


def entry(number: int, *matchers: str, team: str = "@acme/a", kind: str = "other") -> Entity:
    return Entity(team, tuple(map(parse, matchers)), EntityKind(kind), number, f"vedette.yaml:{number}:7")


def known_by(url: str = "", **tags: str) -> Traits:
    return traits_of(Occurrence("e", url=url, tags=tuple(tags.items())), issue_tags=())


@pytest.mark.parametrize(
    ("matcher", "traits", "words"),
    [
        ("service", known_by(service="pay"), "tag service=pay"),
        ("service", known_by(service=""), "tag service="),
        ("service", known_by(other="pay"), ""),
        ("service:pay", known_by(service="pay"), "tag service=pay"),
        ("service:pay", known_by(service="payments"), ""),
        ("service:Pay", known_by(service="pay"), ""),
        ("arn:aws:lambda:eu:pay", known_by(arn="aws:lambda:eu:pay"), "tag arn=aws:lambda:eu:pay"),
        ("service:/pay/", known_by(service="my-payments"), "tag service=my-payments"),
        ("service:/^pay$/", known_by(service="payments"), ""),
        ("path:/", known_by(path="/"), "tag path=/"),
        ("url:/checkout", known_by("https://shop.test/checkout/pay?card=1#top"), "URL path /checkout/pay"),
        ("url:/checkout", known_by("https://shop.test/en/checkout"), ""),
        ("url:/checkout/", known_by("https://shop.test/en/checkout2"), "URL path /en/checkout2"),
        ("url://checkout//", known_by("https://shop.test/en/checkout/"), "URL path /en/checkout/"),
        ("url://checkout//", known_by("https://shop.test/checkout-api"), ""),
        ("url:shop", known_by("https://shop.test/"), ""),
        ("url:/", known_by("https://shop.test"), "URL path /"),
        ("url:/", known_by(), ""),
        ("url:/", known_by("https://[broken/"), ""),
    ],
)
def test_a_matcher_holds_on_what_it_names_and_says_on_what(matcher: str, traits: Traits, words: str) -> None:
    assert held(parse(matcher), traits=traits) == words


@pytest.mark.parametrize(
    "text", ["", ":x", " service", "service:", "url", "url:", "a://", "a:/(/", "a:/[z/", r"a:/\p/"]
)
def test_what_is_no_matcher_is_refused_with_a_cure(text: str) -> None:
    with pytest.raises(NoMatcher) as caught:
        parse(text)
    assert caught.value.message
    assert caught.value.cure


def test_a_pattern_that_cannot_be_read_is_not_repeated_in_the_message() -> None:
    for pattern in ("hunter2(", "(?P=hunter2)", r"\hunter2", "(?P<hunter2>x)(?P<hunter2>y)", "hunter2{9999999999999}"):
        with pytest.raises(NoMatcher) as caught:
            parse(f"a:/{pattern}/")
        assert "hunter2" not in f"{caught.value.message} {caught.value.cure}"


def test_an_address_shows_neither_host_nor_query_nor_fragment() -> None:
    assert path_of("https://user:word@shop.test:8443/a/b?token=hunter2#c") == "/a/b"


def test_the_tags_of_the_occurrence_stand_before_those_of_the_issue() -> None:
    occurrence = Occurrence("e", tags=(("service", "pay"), ("service", "cart")))
    traits = traits_of(occurrence, issue_tags=(("service", "search"), ("region", "eu")))
    assert traits.tags == {"service": ("pay", "cart"), "region": ("eu",)}
    assert traits_of(None, issue_tags=(("service", "search"),)).tags == {"service": ("search",)}


def test_a_pattern_sees_the_first_two_hundred_characters_and_no_more() -> None:
    assert not held(parse("a:/needle/"), traits=known_by(a="x" * 200 + "needle"))
    assert held(parse("a:/needle/"), traits=known_by(a="x" * 194 + "needle"))


def test_a_value_of_strangers_is_one_short_line_in_the_sentence() -> None:
    words = held(parse("a"), traits=known_by(a="one\ntwo\x1b[31m" + "x" * 5000))
    assert len(words) < 100
    assert words.startswith("tag a=one two [31mx")


def test_every_matcher_of_an_entry_must_hold() -> None:
    both = entry(1, "service:pay", "url:/checkout")
    assert find([both], traits=known_by(service="pay")) is None
    assert find([both], traits=known_by("https://shop.test/checkout")) is None
    found = find([both], traits=known_by("https://shop.test/checkout", service="pay"))
    assert found is not None
    assert found.words == ("tag service=pay", "URL path /checkout")


def test_an_unknown_service_leaves_the_decision_to_the_url() -> None:
    entries = [entry(1, "service:pay", kind="service"), entry(2, "url:/log-sources", team="@acme/b")]
    found = find(entries, traits=known_by("https://shop.test/log-sources/7", service="never-heard-of"))
    assert found is not None
    assert found.entity.team == "@acme/b"


def test_an_entry_without_matchers_holds_on_nothing() -> None:
    assert find([Entity("@acme/a", ())], traits=known_by(a="b")) is None


TEXTS = st.sampled_from(["a", "b", "a:1", "a:2", "b:/1/", "url:/x", "url:/x/y", "url:/y/"])
ENTRIES = st.lists(
    st.tuples(st.lists(TEXTS, min_size=1, max_size=3, unique=True), st.sampled_from(list(RANK))), max_size=6
).map(lambda drawn: [entry(number, *texts, kind=kind) for number, (texts, kind) in enumerate(drawn, 1)])
TRAITS = st.builds(
    Traits,
    st.dictionaries(st.sampled_from("ab"), st.tuples(st.sampled_from(["1", "2", "21"]))),
    st.sampled_from(["", "/x", "/x/y", "/z/y"]),
)


def naively_holds(text: str, traits: Traits) -> bool:
    """What a matcher means, said once more in other words."""
    name, _, value = text.partition(":")
    values = [traits.path] if name == "url" and traits.path else list(traits.tags.get(name, ()))
    if not value:
        return bool(values)
    if value.startswith("/") and value.endswith("/"):
        return any(re.search(value.strip("/"), each) for each in values)
    return any(each.startswith(value) if name == "url" else each == value for each in values)


def beats(one: Entity, other: Entity) -> bool:
    """Whether `one` is stronger, rule by rule."""
    if RANK[one.kind] != RANK[other.kind]:
        return RANK[one.kind] > RANK[other.kind]
    if len(one.match) != len(other.match):
        return len(one.match) > len(other.match)
    return one.number < other.number


@given(ENTRIES, TRAITS)
def test_the_winner_holds_and_no_other_that_holds_beats_it(entries: list[Entity], traits: Traits) -> None:
    holding = [each for each in entries if all(naively_holds(matcher.text, traits) for matcher in each.match)]
    expected = [one for one in holding if all(one is other or beats(one, other) for other in holding)]
    found = find(entries, traits=traits)
    assert ([found.entity] if found else []) == expected


@given(ENTRIES, TRAITS)
def test_an_entry_that_is_said_never_to_win_never_wins(entries: list[Entity], traits: Traits) -> None:
    hopeless = {flaw.entity.number for flaw in flaws(entries, teams=TEAMS)}
    found = find(entries, traits=traits)
    assert found is None or found.entity.number not in hopeless


@given(ENTRIES)
def test_the_order_of_strength_does_not_depend_on_the_order_given(entries: list[Entity]) -> None:
    assert strongest_first(reversed(entries)) == strongest_first(entries)


@pytest.mark.parametrize(
    ("second", "told"),
    [
        (entry(2, "b", "a", team="@acme/b"), "asks for the same as entry 1 of vedette.yaml:1:7 (@acme/a)"),
        (entry(2, "a", "b", kind="team"), ""),
        (entry(2, "a", "b", "c"), ""),
        (entry(2, "a", "c"), ""),
        (entry(2, "a", "b", team="@acme/none"), "@acme/none has no route, so its errors take the default one"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_with_its_rival(second: Entity, told: str) -> None:
    first = entry(1, "a", "b")
    found = [flaw.message for flaw in flaws([first, second], teams=TEAMS) if flaw.entity is second]
    assert (told in found) if told else not found


@pytest.mark.parametrize(
    ("strong", "weak", "hidden"),
    [
        ("a", "a:1", True),
        ("a", "a:/1/", True),
        ("a:/^1/", "a:12", True),
        ("a:/^1/", "a:21", False),
        ("a:1", "a", False),
        ("a:1", "a:/1/", False),
        ("url:/x", "url:/x/y", True),
        ("url:/x/y", "url:/x", False),
        ("url:/x/", "url:/x", False),
        ("b", "a:1", False),
    ],
)
def test_an_entry_hides_behind_a_stronger_one_that_asks_for_less(strong: str, weak: str, *, hidden: bool) -> None:
    entries = [entry(1, strong, kind="service"), entry(2, weak)]
    told = [flaw.message for flaw in flaws(entries, teams=TEAMS)]
    assert any("never wins" in each for each in told) is hidden


@pytest.mark.parametrize(
    ("pattern", "costly"),
    [
        ("pay", False),
        ("^search-.*-api$", False),
        (".*a.*b", False),
        (".*a.*b.*c", True),
        ("x*x*x*=", True),
        ("(a+)+$", True),
        ("(a+b)*$", True),
        ("(ab)+c*", False),
        ("a{2,}b{3,}c{1,}", True),
        ("a{2,3}b{3}c{1,4}", False),
        (r"a\+b\*c\+", False),
        ("[*+][]*+][^*+]", False),
    ],
)
def test_a_pattern_that_a_hostile_value_could_keep_busy_is_noticed(pattern: str, *, costly: bool) -> None:
    told = [flaw.message for flaw in flaws([entry(1, f"a:/{pattern}/")], teams=TEAMS)]
    assert any("hostile" in each for each in told) is costly
