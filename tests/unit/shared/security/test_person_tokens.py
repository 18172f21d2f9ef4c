"""Tokens with which the console asks: for a minute, as this person, and with nothing but our
signature.
"""

from datetime import UTC, datetime, timedelta

from shared.security import person_tokens
from shared.security.crypto import Signer
from shared.security.rights import Principal, scopes_of

NOW = datetime(2026, 11, 30, 9, tzinfo=UTC)
OURS = Signer([b"ours-0123456789-abcdefghijklmnop"])
THEIRS = Signer([b"else-0123456789-abcdefghijklmnop"])


def test_a_token_says_who_asks_for_a_minute() -> None:
    token = person_tokens.issue(OURS, "青空/7", ["csm", "manager"], "s-1", NOW)
    assert token.startswith("pt_")
    assert token.isascii()
    roles = frozenset({"csm", "manager"})
    who = Principal("青空/7", scopes_of(roles), kind="person", roles=roles, session="s-1")
    assert person_tokens.read(OURS, token, NOW) == who
    assert person_tokens.read(OURS, token, NOW + timedelta(seconds=59.9)) == who
    assert person_tokens.read(OURS, token, NOW + timedelta(seconds=60)) is None


def test_while_rotating_tokens_of_the_older_secret_hold() -> None:
    token = person_tokens.issue(OURS, "u7", ["csm"], "s-1", NOW)
    newer = Signer([b"new-0123456789-abcdefghijklmnopq", b"ours-0123456789-abcdefghijklmnop"])
    assert person_tokens.read(newer, token, NOW) is not None


def test_the_log_in_reads_and_writes_people() -> None:
    found = person_tokens.read(OURS, person_tokens.issue_login(OURS, NOW), NOW)
    assert found == Principal("login", frozenset({"read", "accounts:write"}), kind="plimsoll")


def test_what_we_did_not_sign_for_this_is_nobody() -> None:
    person = person_tokens.issue(OURS, "u7", ["admin"], "s-1", NOW)
    login = person_tokens.issue_login(OURS, NOW)
    for wrong in (
        person_tokens.issue(THEIRS, "u7", ["admin"], "s-1", NOW),
        "ct_" + person[3:],
        "pt_" + login[3:],
        "pt_" + OURS.sign("cursor", b'{"until":9e9,"person":"u7","roles":["admin"]}'),
        person[:-1],
        person + "A",
        "pt_",
        "pk_" + person[3:],
        "",
    ):
        assert person_tokens.read(OURS, wrong, NOW) is None, wrong
