"""Reports for spreadsheets."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from shared.values.csv_form import csv_bytes


def test_csv_is_for_spreadsheets() -> None:
    rows: list[dict[str, object]] = [
        {"name": '=1+1,"x"', "at": datetime(2025, 1, 1, tzinfo=UTC), "lost": {"price": 1}},
        {"name": None, "at": None, "lost": {"price": Decimal("2.50")}, "touches": ["a", "b"]},
        {"name": "line\nbreak", "at": None, "touches": [], "low_n": True, "sum": "-24.50"},
    ]
    assert csv_bytes(rows).decode("utf-8-sig") == (
        "name,at,lost.price,touches,low_n,sum\r\n"
        '"\'=1+1,""x""",2025-01-01T00:00:00Z,1,,,\r\n'
        ",,2.50,a;b,,\r\n"
        '"line\nbreak",,,,true,-24.50\r\n'
    )
    assert csv_bytes([]) == b"\xef\xbb\xbf"


@pytest.mark.parametrize("text", ["=x", "+x", "-x", "@x", "\tx", "\rx", "-1+2", "+5"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    shown = csv_bytes([{"name": text}]).decode("utf-8-sig").split("\r\n", 1)[1]
    assert shown.lstrip('"').startswith(f"'{text}")
