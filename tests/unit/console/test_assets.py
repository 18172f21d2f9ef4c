"""Styles and scripts, packed for those who take it."""

import gzip

import pytest

from services.console.assets import served
from services.console.pages.files import takes_gzip


def test_what_is_packed_is_the_same() -> None:
    assert all(gzip.decompress(one.packed) == one.content for one in served().values())


@pytest.mark.parametrize(
    ("accepted", "takes"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1, GZIP ; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.00", False),
        ("identity", False),
        ("", False),
        ("x-gzip", False),
    ],
)
def test_who_takes_gzip(accepted: str, takes: bool) -> None:
    assert takes_gzip(accepted) is takes
