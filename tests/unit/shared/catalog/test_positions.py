"""Faults and warnings say where in the text they are."""

import time

import pytest

from shared.catalog import CatalogError, CatalogUnreadable, lint_catalog, read_catalog
from shared.values.faults import Fault

TEXT = """\
# what we sell
currency: USD
meters:
  calls: {event: api.request, aggregation: count, reset: period}
  seats: {event: odd, aggregation: count, reset: period, filter: {"a/b~c": 1}}
plans:
  - id: starter
    rank: 1
    limits: {calls: 100, seats: 1}
  - id: pro
    rank: two
    purchase: self_servic
    limits:
      calls: 10 GBs
"""


def placed(text: str) -> dict[str, tuple[int | None, int | None]]:
    with pytest.raises(CatalogError) as refused:
        read_catalog(text.encode(), "application/yaml")
    return {fault.path: (fault.line, fault.column) for fault in refused.value.faults}


def test_a_fault_is_at_its_key_and_what_is_missing_at_its_parent() -> None:
    assert placed(TEXT) == {
        "/plans/1/rank": (11, 5),
        "/plans/1/purchase": (12, 5),
        "/plans/1/limits/calls": (14, 7),
        "/plans/1/limits/seats": (13, 5),
    }


def test_a_key_with_signs_of_a_pointer_is_found() -> None:
    text = TEXT.replace('"a/b~c": 1}', '"a/b~c": []}')
    assert placed(text)["/meters/seats/filter/a~1b~0c"] == (5, 67)


def test_an_entry_of_a_list_and_the_second_of_two_keys() -> None:
    text = TEXT.replace("currency: USD", "currency: USD\nthresholds:\n  - 50\n  - 5000")
    assert placed(text)["/thresholds/1"] == (5, 5)
    assert placed(TEXT + "currency: USD\n")["/currency"] == (15, 1)


def test_columns_count_characters_also_in_japanese() -> None:
    text = TEXT.replace("rank: 1", "name: {en: A, ja: '青空'}\n    rank: one")
    assert placed(text)["/plans/0/rank"] == (9, 5)
    inline = TEXT.replace("    rank: 1\n", "    support: {csm: none, '青空': 1}\n    rank: 1\n")
    assert placed(inline)["/plans/0/support/青空"] == (8, 26)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [("a: [\n", 2, 1), ("a: 1\n b: 2\n", 2, 3), ("a: *gone\n", 1, 4), ("a: 1\n---\nb: 2\n", 2, 1)],
)
def test_what_is_not_yaml_says_where(text: str, line: int, column: int) -> None:
    with pytest.raises(CatalogUnreadable) as refused:
        read_catalog(text.encode(), "application/yaml")
    (fault,) = refused.value.faults
    assert (fault.line, fault.column) == (line, column)
    assert f"(line {line}, column {column})" in fault.reason


def test_json_has_no_lines() -> None:
    with pytest.raises(CatalogError) as refused:
        read_catalog(b'{"currency": 1}', "application/json")
    assert {fault.line for fault in refused.value.faults} == {None}


def test_warnings_are_at_their_plan() -> None:
    text = TEXT[: TEXT.index("  - id: pro")]
    written = read_catalog(text.encode(), "application/yaml")
    (found,) = written.placed(lint_catalog(written.catalog))
    assert (found.reason.split(":")[0], found.line, found.column) == ("too_few_plans", 6, 1)


def largest() -> str:
    """Close to the most values, and to the most faults that are told."""
    plans = [
        f"  - {{id: plan_{n}, rank: {n + 1}, limits: {{calls: {n}}}, "
        f"features: [{', '.join(f'f{n}' for n in range(55))}]}}\n"
        for n in range(310)
    ]
    head = (
        "currency: USD\nmeters:\n  calls: {event: e, aggregation: count, reset: period}\nplans:\n"
    )
    return head + "".join(plans)


def test_the_largest_catalogue_is_checked_in_linear_time() -> None:
    small, large = largest()[:16_000], largest()
    small = small[: small.rindex("\n") + 1]
    assert len(large) > 5 * len(small)

    def seconds(text: str) -> float:
        begin = time.process_time()
        written = read_catalog(text.encode(), "application/yaml")
        written.placed(lint_catalog(written.catalog))
        return time.process_time() - begin

    least = [min(seconds(text) for _ in range(3)) for text in (small, large)]
    assert least[1] < 3 * least[0] * len(large) / len(small), least


def test_places_of_a_thousand_faults_cost_one_pass() -> None:
    text = largest().replace("rank: ", "rank: x")
    with pytest.raises(CatalogError) as refused:
        read_catalog(text.encode(), "application/yaml")
    assert [fault.line for fault in refused.value.faults] == list(range(5, 315))
    assert Fault("/plans/0/rank", refused.value.faults[0].reason) == refused.value.faults[0]
