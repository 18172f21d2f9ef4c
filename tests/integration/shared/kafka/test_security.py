"""Kafka over TLS with SCRAM and ACLs on a real broker: it works, and faults are reported within ten
seconds.
"""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from shared.embedded.kafka import EmbeddedKafka
from shared.embedded.ports import keep_ports
from shared.kafka.clients import KafkaUnavailable, Outgoing, Producer
from shared.kafka.diagnosis import diagnose
from shared.kafka.probe import KafkaProbe
from shared.runtime.settings import Settings
from tests.support.loops import Counting, counted, prepare, produce, running, until
from tests.support.servers import passable_directory

PASSWORD = "scram-Passw0rd-of-this-test"


@dataclass(frozen=True)
class Secured:
    plain: str
    secured: str
    directory: Path

    def settings(self, settings: Settings, **changes: str) -> Settings:
        given = {
            "kafka_bootstrap_servers": self.secured,
            "kafka_security_protocol": "SASL_SSL",
            "kafka_sasl_mechanism": "SCRAM-SHA-512",
            "kafka_sasl_username": "plimsoll",
            "kafka_sasl_password": PASSWORD,
            "kafka_ssl_cafile": str(self.directory / "ca.pem"),
        }
        return replace(settings, **(given | changes))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def broker() -> Iterator[Secured]:
    with passable_directory() as directory:
        _certificates(directory)
        kafka = EmbeddedKafka(directory / "kafka")
        kafka.prepare()
        port = keep_ports(directory / "secured.json", ("secured",))["secured"]
        kafka.extra = _properties(kafka.ports, port, directory)
        kafka.format_options = [
            "--add-scram",
            f"SCRAM-SHA-512=[name=plimsoll,password={PASSWORD}]",
            "--add-scram",
            f"SCRAM-SHA-512=[name=stranger,password={PASSWORD}]",
        ]
        kafka.start()
        try:
            yield Secured(kafka.address, f"localhost:{port}", directory)
        finally:
            kafka.stop()


def _certificates(directory: Path) -> None:
    authority, other = trustme.CA(), trustme.CA()
    certificate = authority.issue_cert("localhost")
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    # Kafka reads PKCS#8 only.
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + b"".join(
        c.bytes() for c in certificate.cert_chain_pems
    )
    (directory / "server.pem").write_bytes(pem)
    authority.cert_pem.write_to_path(str(directory / "ca.pem"))
    other.cert_pem.write_to_path(str(directory / "other-ca.pem"))
    for file in directory.glob("*.pem"):
        file.chmod(0o644)


def _properties(ports: dict[str, int], secured: int, directory: Path) -> dict[str, str]:
    plain = f"PLAINTEXT://127.0.0.1:{ports['kafka']}"
    return {
        "listeners": f"{plain},SASL_SSL://127.0.0.1:{secured},CONTROLLER://127.0.0.1:{ports['controller']}",
        "advertised.listeners": f"{plain},SASL_SSL://localhost:{secured}",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(directory / "server.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(directory / "ca.pem"),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": "User:ANONYMOUS;User:controller;User:plimsoll",
        "allow.everyone.if.no.acl.found": "false",
    }


async def test_the_loop_runs_over_tls_with_scram(broker: Secured, settings: Settings) -> None:
    secured = broker.settings(settings)
    assert await diagnose(secured) is None
    await prepare(secured)
    await produce(secured, [("k", b"x")] * 20)
    handler = Counting()
    async with running(secured, handler):
        await until(lambda: handler.committed == 20)
    assert await counted(settings) == {"k": 20}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kafka_sasl_password": "wrong-Passw0rd"}, "refuses the user name or the password"),
        ({"kafka_sasl_username": "nobody"}, "refuses the user name or the password"),
        ({"kafka_sasl_mechanism": "PLAIN"}, "does not know this SASL mechanism"),
        ({"kafka_ssl_cafile": "other-ca.pem"}, "is not trusted"),
        (
            {"kafka_bootstrap_servers": "127.0.0.1"},
            "is not trusted",
        ),  # the certificate is localhost's
        ({"kafka_bootstrap_servers": "plain"}, "perhaps it does not speak TLS"),
        ({"kafka_security_protocol": "PLAINTEXT"}, "perhaps it wants TLS"),
    ],
)
async def test_what_is_wrong_is_said_within_ten_seconds(
    broker: Secured, settings: Settings, changes: dict[str, str], said: str
) -> None:
    places = {
        "other-ca.pem": str(broker.directory / "other-ca.pem"),
        "127.0.0.1": broker.secured.replace("localhost", "127.0.0.1"),
        "plain": broker.plain,
    }
    wrong = broker.settings(
        settings, **{name: places.get(value, value) for name, value in changes.items()}
    )
    started = time.monotonic()
    diagnosis = await diagnose(wrong)
    assert diagnosis is not None
    assert said in diagnosis.reason
    assert diagnosis.by_settings == (not said.startswith("perhaps"))
    assert PASSWORD not in diagnosis.reason
    probe = KafkaProbe(wrong)
    assert await probe.fault() is not None
    await probe.close()
    assert time.monotonic() - started < 10


async def test_a_principal_without_rights_is_told_so_and_may_not_write(
    broker: Secured, settings: Settings
) -> None:
    await prepare(broker.settings(settings))
    stranger = Producer(broker.settings(settings, kafka_sasl_username="stranger"), name="test")
    with pytest.raises(KafkaUnavailable):
        await stranger.send([Outgoing("usage.events", b"k", b"x")], seconds=4)
    await stranger.stop()


def test_host_names_are_checked(broker: Secured, settings: Settings) -> None:
    from shared.kafka.clients import connection

    context = connection(broker.settings(settings))["ssl_context"]
    assert context.check_hostname
    assert context.verify_mode == ssl.CERT_REQUIRED
