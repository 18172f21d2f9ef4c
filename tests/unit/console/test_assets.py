"""Styles and scripts, packed for those who take it."""

import gzip

from services.console.assets import served


def test_what_is_packed_is_the_same() -> None:
    assert all(gzip.decompress(one.packed) == one.content for one in served().values())
