"""Secrets at rest and signatures: bound to their context, readable after a rotation, refused if
changed.
"""

from pathlib import Path

import pytest

from shared.runtime.settings import Settings
from shared.security.crypto import NoSecret, Signer, Unreadable, Vault, secrets_of

OLD, NEW = b"old-secret-0123456789-abcdefghijkl", b"new-secret-0123456789-abcdefghijkl"


def test_a_secret_decrypts_only_in_its_place() -> None:
    vault = Vault([NEW])
    stored = vault.encrypt("pat-na1-token", "channel/hubspot/token")
    assert "pat-na1" not in stored
    assert vault.decrypt(stored, "channel/hubspot/token") == "pat-na1-token"
    assert vault.encrypt("pat-na1-token", "channel/hubspot/token") != stored
    for broken, place in (
        (stored, "channel/webhook/secret"),
        (stored[:-4] + "AAAA", "channel/hubspot/token"),
        ("v1.x.y", "c"),
        ("", "c"),
    ):
        with pytest.raises(Unreadable):
            vault.decrypt(broken, place)


def test_while_rotating_both_keys_decrypt_and_the_new_one_encrypts() -> None:
    stored = Vault([OLD]).encrypt("token", "c")
    both = Vault([NEW, OLD])
    assert both.decrypt(stored, "c") == "token"
    assert Vault([NEW]).decrypt(both.encrypt("token", "c"), "c") == "token"
    with pytest.raises(Unreadable, match="append the old key to PLIMSOLL_SECRET_KEY"):
        Vault([NEW]).decrypt(stored, "c")


def test_a_signature_holds_for_its_purpose_alone() -> None:
    signer = Signer([NEW, OLD])
    signed = signer.sign("cursor", b"[1]")
    assert signer.verify("cursor", signed) == b"[1]"
    assert signer.verify("cursor", Signer([OLD]).sign("cursor", b"[1]")) == b"[1]"
    flipped = ("A" if signed[0] != "A" else "B") + signed[1:]
    for wrong in (
        flipped,
        signed + "=",
        signed + "A",
        signed.replace(".", ""),
        "",
        ".",
        "é.é",
        signed.upper(),
    ):
        assert signer.verify("cursor", wrong) is None, wrong
    assert signer.verify("unsubscribe", signed) is None
    assert Signer([OLD]).verify("cursor", signed) is None
    assert len(signer.key("inbox token")) == 32
    assert signer.keys("inbox token") == [
        signer.key("inbox token"),
        Signer([OLD]).key("inbox token"),
    ]


def test_where_the_installations_secret_comes_from(tmp_path: Path) -> None:
    given = Settings(secret_key="s" * 40, admin_key="a" * 40, data_dir=tmp_path, embedded=True)
    assert secrets_of(given) == [b"s" * 40]
    assert secrets_of(Settings(secret_key=f"{'n' * 32}, {'o' * 32}")) == [b"n" * 32, b"o" * 32]
    assert secrets_of(Settings(secret_key=f"{'n' * 32},short")) == [b"n" * 32 + b",short"]
    made = secrets_of(Settings(data_dir=tmp_path, embedded=True))
    assert secrets_of(Settings(data_dir=tmp_path, embedded=True)) == made
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600
    derived = secrets_of(Settings(admin_key="a" * 40, data_dir=tmp_path))
    assert derived == secrets_of(Settings(admin_key="a" * 40))
    assert b"a" * 40 not in derived
    with pytest.raises(NoSecret):
        secrets_of(Settings(data_dir=tmp_path))
