"""deploy/flink counts what the demo's catalogue says, as late as we would, into our topic."""

import re

import msgspec
import yaml

from shared.messages import USAGE_EVENTS, USAGE_TOTALS, Total, TotalPeriod
from shared.runtime.settings import Settings
from tests.support.flink import JOB, statements
from tests.support.pages import ROOT

STATEMENTS = statements(JOB.read_text(encoding="utf-8"), {})
CATALOG = yaml.safe_load((ROOT / "plimsoll" / "demo" / "catalog.yaml").read_text(encoding="utf-8"))


def _of(start: str) -> str:
    (found,) = [each for each in STATEMENTS if each.startswith(start)]
    return found


def test_a_total_has_the_fields_of_the_contract() -> None:
    table = _of("CREATE TABLE usage_totals")
    columns = re.findall(r"^  `?(\w+)`? [A-Z]", table, re.MULTILINE)
    fields = {field.name: field.required for field in msgspec.structs.fields(Total)}
    assert set(columns) <= set(fields)
    assert {name for name, required in fields.items() if required} <= set(columns)
    (period,) = re.findall(r"`period` ROW<(.*)>,", table)
    assert re.findall(r"`(\w+)`", period) == [
        field.name for field in msgspec.structs.fields(TotalPeriod)
    ]


def test_it_reads_and_writes_our_topics_by_account() -> None:
    assert f"'topic' = '{USAGE_EVENTS}'" in _of("CREATE TABLE usage_events")
    assert f"'topic' = '{USAGE_TOTALS}'" in _of("CREATE TABLE usage_totals")
    assert "'key.fields' = 'account'" in _of("CREATE TABLE usage_totals")
    assert "'key.format' = 'raw'" in _of("CREATE TABLE usage_totals")


def test_an_event_may_be_as_late_as_for_ingest_and_is_known_for_longer() -> None:
    (late,) = re.findall(r"arrived - INTERVAL '(\d+)' DAY", _of("CREATE TEMPORARY VIEW counted"))
    assert int(late) == Settings().dedupe_days
    kept = [re.findall(r"'table.exec.state.ttl' = '(\d+) d'", each) for each in STATEMENTS]
    assert [int(days) for found in kept for days in found] == [int(late) + 1, 0]


def test_its_meters_are_those_of_the_demo() -> None:
    meters = CATALOG["meters"]
    assert set(re.findall(r"`type` = '([\w.]+)'", _of("CREATE TEMPORARY VIEW counted"))) == {
        meter["event"] for meter in meters.values()
    }
    (which,) = re.findall(r"CASE `type` WHEN .*", _of("CREATE TEMPORARY VIEW amounts"))[:1]
    named = dict(re.findall(r"WHEN '([\w.]+)' THEN '(\w+)'", which))
    (rest,) = re.findall(r"ELSE '(\w+)'", which)
    assert set(named.values()) | {rest} == set(meters)
    assert all(meters[name]["event"] == event for event, name in named.items())


def test_an_epoch_is_above_that_of_ingest() -> None:
    assert re.search(r"CAST\(([1-9]\d*) AS BIGINT\)", _of("COMPILE PLAN"))
