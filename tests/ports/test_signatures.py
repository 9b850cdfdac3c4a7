"""Signatures and path tokens: right ones pass under any secret of a rotation, and nothing odd raises."""

import hashlib
import hmac
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.model.secret import Secret
from vedette.ports.signatures import sealed, sign_hex_hmac_sha256, token_matches, unsealed, verify_hex_hmac_sha256

BODY = b'{"action":"triggered","text":"caf\\u00e9"}'
OLD_AND_NEW = Secret(("new secret", "old secret"), "env/CLIENT_SECRET")


def signed(secret: str, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize("secret", OLD_AND_NEW.values)
def test_a_signature_under_any_secret_of_a_rotation_verifies(secret: str) -> None:
    assert verify_hex_hmac_sha256(BODY, signed(secret), OLD_AND_NEW)


def test_capitals_and_blanks_around_do_not_matter() -> None:
    assert verify_hex_hmac_sha256(BODY, f" {signed('new secret').upper()} ", OLD_AND_NEW)


def test_what_is_signed_here_verifies_here() -> None:
    assert verify_hex_hmac_sha256(BODY, sign_hex_hmac_sha256(BODY, "old secret"), OLD_AND_NEW)


@pytest.mark.parametrize("at", range(len(BODY)))
def test_any_changed_byte_is_refused(at: int) -> None:
    changed = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
    assert not verify_hex_hmac_sha256(changed, signed("new secret"), OLD_AND_NEW)


@pytest.mark.parametrize(
    "signature", [None, "", "0" * 64, "zz", "é" * 64, "\ud800", "０" * 64, signed("new secret")[:-1]]
)
def test_an_odd_signature_is_refused_and_raises_nothing(signature: str | None) -> None:
    assert not verify_hex_hmac_sha256(BODY, signature, OLD_AND_NEW)


def test_an_empty_secret_verifies_nothing() -> None:
    assert not verify_hex_hmac_sha256(BODY, signed(""), Secret(("",)))
    assert not verify_hex_hmac_sha256(BODY, signed("x"), Secret(()))
    assert not token_matches("", Secret(("",)))


@given(signature=st.text(), body=st.binary())
def test_no_text_passes_for_a_signature(signature: str, body: bytes) -> None:
    assert not verify_hex_hmac_sha256(body, signature, OLD_AND_NEW)


class _Watched(tuple[str, ...]):
    """Secrets that note how many of them were taken."""

    taken: list[str]

    def __iter__(self) -> Iterator[str]:
        for value in super().__iter__():
            self.taken.append(value)
            yield value


@pytest.mark.parametrize("said", [signed("new secret"), signed("old secret"), "0" * 64, "not hex", None])
def test_every_secret_is_tried_whichever_matches(said: str | None) -> None:
    watched = _Watched(OLD_AND_NEW.values)
    watched.taken = []
    verify_hex_hmac_sha256(BODY, said, Secret(watched))
    token_matches("new secret", Secret(watched))
    assert watched.taken == list(OLD_AND_NEW.values) * 2


@pytest.mark.parametrize("token", OLD_AND_NEW.values)
def test_a_path_token_matches_any_of_its_secrets(token: str) -> None:
    assert token_matches(token, OLD_AND_NEW)


@pytest.mark.parametrize("token", [None, "", "new", "new secret ", "\ud800", "NEW SECRET"])
def test_another_path_token_does_not(token: str | None) -> None:
    assert not token_matches(token, OLD_AND_NEW)


@given(value=st.text(max_size=200), key=st.text(max_size=80), other=st.text(max_size=80))
def test_a_sealed_text_opens_with_its_key_alone(value: str, key: str, other: str) -> None:
    kept = sealed(value, key=key)
    assert unsealed(kept, key=key) == value
    if len(value.encode()) >= 8 and other != key:
        assert unsealed(kept, key=other) != value
        assert value.encode() not in kept


def test_the_same_text_is_sealed_differently_each_time() -> None:
    assert sealed("secret", key="k") != sealed("secret", key="k")
