"""Settings: all faults reported together, secrets masked, placeholders refused."""

from pathlib import Path

import pytest

from shared.runtime.settings import Settings, SettingsError, load_settings

KEY = "k-0123456789abcdefghijklmnopqrstuv"


def faults(**variables: str) -> dict[str, str]:
    with pytest.raises(SettingsError) as raised:
        load_settings({f"PLIMSOLL_{name}": value for name, value in variables.items()})
    return {fault.path: fault.reason for fault in raised.value.faults}


def test_nothing_given_is_the_embedded_installation() -> None:
    settings = load_settings({"PATH": "/bin", "OTHER": "x"})
    assert settings == Settings()
    assert (settings.database_url, settings.port, settings.dedupe_days, settings.log_format) == (
        None,
        8000,
        35,
        "json",
    )


def test_all_faults_are_reported_together() -> None:
    found = faults(
        DATABASE_URL="mysql://x/y",
        PORT="70000",
        SMTP_URL="http://x",
        TEST_CLOCK="yes",
        ADMIN_KEY="short",
        DATABSE_URL="x",
    )
    assert set(found) == {
        f"PLIMSOLL_{n}"
        for n in ("DATABASE_URL", "PORT", "SMTP_URL", "TEST_CLOCK", "ADMIN_KEY", "DATABSE_URL")
    }


def test_an_unknown_name_is_a_fault_with_a_guess() -> None:
    assert faults(DATABSE_URL="postgresql://x/y") == {
        "PLIMSOLL_DATABSE_URL": "is not a setting: did you mean PLIMSOLL_DATABASE_URL?"
    }
    assert faults(ZEBRA="x") == {"PLIMSOLL_ZEBRA": "is not a setting"}
    # only secrets may come from files
    assert list(faults(HOST_FILE="/x")) == ["PLIMSOLL_HOST_FILE"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://user:changeme@db/plimsoll"),
        ("DATABASE_URL", "postgresql://user:@db/plimsoll"),
        ("DATABASE_URL", "postgresql://user:pw@db"),
        ("DATABASE_URL", "postgresql://user:pw@db:99999/plimsoll"),
        ("DATABASE_URL", "postgresql:///"),
        ("KAFKA_BOOTSTRAP_SERVERS", "kafka"),
        ("KAFKA_BOOTSTRAP_SERVERS", "http://kafka:9092"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,b:0"),
        ("KAFKA_SECURITY_PROTOCOL", "TLS"),
        ("KAFKA_SASL_MECHANISM", "GSSAPI"),
        ("KAFKA_SSL_CAFILE", "/nowhere/ca.pem"),
        ("TOPIC_PREFIX", "a b"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "http://mail.example.com"),
        ("SMTP_URL", "smtp://mail.example.com:0"),
        ("SMTP_URL", "smtp://mail.example.com:70000"),
        ("SMTP_URL", "smtp://user:pass@mail.example.com:587"),
        ("SMTP_URL", "smtp://user:pass@mail.example.com:587?starttls=auto"),
        ("SMTP_URL", "smtp://user:@127.0.0.1:25"),
        ("SMTP_URL", "smtp://user:changeme@127.0.0.1:25"),
        ("SMTP_URL", "smtp://mail.example.com?starttls=perhaps"),
        ("SMTP_URL", "smtp://mail.example.com?tls=on"),
        ("SMTP_URL", "smtp://mail.example.com/path"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "a@b@c"),
        ("MAIL_FROM", "=?utf-8?q?x?= <a@example.com>"),
        ("PUBLIC_URL", "usage.example.com"),
        ("PUBLIC_URL", "https://user:pw@usage.example.com"),
        ("PUBLIC_URL", "javascript:alert(1)"),
        ("ADMIN_KEY", "changeme"),
        ("ADMIN_KEY", "changeme-changeme-changeme-changeme"),
        ("ADMIN_KEY", "x" * 31),
        ("SECRET_KEY", "x" * 31),
        ("PORT", "-1"),
        ("PORT", "80.0"),
        ("PORT", "٨٠"),
        ("METRICS_PORT", "8000"),
        ("DEDUPE_DAYS", "0"),
        ("DEDUPE_DAYS", "1e3"),
        ("LOG_FORMAT", "xml"),
        ("ALLOW_PRIVATE_URLS", "true"),
        ("HOST", "a\x00b"),
    ],
)
def test_implausible_values_prevent_the_start(name: str, value: str) -> None:
    found = faults(**{name: value})
    assert list(found) == [f"PLIMSOLL_{name}"]
    assert found[f"PLIMSOLL_{name}"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "postgresql://user:pw@db:5432/plimsoll?sslmode=verify-full"),
        ("DATABASE_URL", "postgres://db/plimsoll"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:9092, b:9092"),
        ("SMTP_URL", "smtp://mail.example.com"),
        ("SMTP_URL", "smtp://user:pass@mail.example.com:587?starttls=required"),
        ("SMTP_URL", "smtps://user:pass@mail.example.com"),
        ("SMTP_URL", "smtp://user:pass@127.0.0.1:2525"),
        ("MAIL_FROM", "alerts@example.com"),
        ("MAIL_FROM", "Plimsoll <alerts@example.com>"),
        ("PUBLIC_URL", "https://usage.example.com/"),
        ("PORT", "0"),
        ("ALLOW_PRIVATE_URLS", "on"),
    ],
)
def test_valid_values_are_accepted(name: str, value: str) -> None:
    load_settings({f"PLIMSOLL_{name}": value})


def test_newlines_after_a_secret_are_stripped(tmp_path: Path) -> None:
    """`echo secret > file`, and variables set from one."""
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    assert load_settings({"PLIMSOLL_ADMIN_KEY": KEY + "\n"}).admin_key == KEY
    assert load_settings({"PLIMSOLL_ADMIN_KEY_FILE": f"{file}\n"}).admin_key == KEY
    assert load_settings({"PLIMSOLL_ADMIN_KEY": "  \n"}).admin_key is None


def test_files_of_secrets_that_cannot_be_read(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, said in (
        (tmp_path / "missing", "cannot read"),
        (tmp_path, "is a directory"),
        (binary, "is not UTF-8"),
    ):
        reason = faults(ADMIN_KEY_FILE=str(path))["PLIMSOLL_ADMIN_KEY"]
        assert "PLIMSOLL_ADMIN_KEY_FILE" in reason
        assert said in reason
        assert str(path) in reason
    (tmp_path / "key").write_text(KEY)
    assert (
        "given twice"
        in faults(ADMIN_KEY=KEY, ADMIN_KEY_FILE=str(tmp_path / "key"))["PLIMSOLL_ADMIN_KEY"]
    )


def test_faults_of_combined_settings() -> None:
    needs = faults(KAFKA_SECURITY_PROTOCOL="SASL_SSL")
    assert set(needs) == {f"PLIMSOLL_KAFKA_SASL_{n}" for n in ("MECHANISM", "USERNAME", "PASSWORD")}
    assert list(faults(KAFKA_SASL_PASSWORD="hunter2-long")) == ["PLIMSOLL_KAFKA_SECURITY_PROTOCOL"]
    assert list(faults(PORT="9000", METRICS_PORT="9000")) == ["PLIMSOLL_METRICS_PORT"]


def test_no_secret_is_shown() -> None:
    canary = "canary-0123456789-abcdefghijklmnop"
    settings = load_settings(
        {
            "PLIMSOLL_DATABASE_URL": f"postgresql://user:{canary}@db/x",
            "PLIMSOLL_SMTP_URL": f"smtps://user:{canary}@mail",
            "PLIMSOLL_ADMIN_KEY": canary,
            "PLIMSOLL_SECRET_KEY": canary,
        }
    )
    assert canary not in repr(settings)
    assert canary not in str(settings)
    for name in ("DATABASE_URL", "SMTP_URL", "KAFKA_SASL_PASSWORD"):
        assert canary not in str(
            faults(**{name: f"ftp://user:{canary}@x:99999/", "KAFKA_SECURITY_PROTOCOL": "x"})
        )


def test_a_dotenv_file_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text(
        '# a comment\n\nexport PLIMSOLL_PORT=9001\nPLIMSOLL_HOST="0.0.0.0"\n'
        "PLIMSOLL_LOG_FORMAT=text # inline\nOTHER=1\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PLIMSOLL_PORT", "9002")
    settings = load_settings()
    assert (settings.port, settings.host, settings.log_format) == (9002, "0.0.0.0", "text")
    assert load_settings(port=9003).port == 9003
    assert load_settings(port=None).port == 9002
    (tmp_path / ".env").write_text("PLIMSOLL_PROT=1\n")
    with pytest.raises(SettingsError, match="did you mean PLIMSOLL_PORT"):
        load_settings()
