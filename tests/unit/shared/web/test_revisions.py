"""Tags of records, and who may replace one."""

import pytest

from shared.web.problems import Problem
from shared.web.revisions import check_match, tag_of


def test_a_tag_is_of_the_content_in_any_order() -> None:
    tag = tag_of({"name": "Aozora", "ids": {"a": 1, "b": [2]}})
    assert tag == tag_of({"ids": {"b": [2], "a": 1}, "name": "Aozora"})
    assert tag != tag_of({"name": "Aozora", "ids": {"a": 1, "b": [3]}})
    assert (tag[0], tag[-1], len(tag)) == ('"', '"', 34)


@pytest.mark.parametrize("given", [None, "*", " * ", '"a"', 'W/"a"', '"x", "a"', '"x",W/"a"'])
def test_who_has_seen_the_newest_replaces_it(given: str | None) -> None:
    check_match(given, '"a"')
    check_match(given, None, '"a"')


@pytest.mark.parametrize("given", ["", "a", '"b"', '"A"', '"*"', "W/*"])
def test_who_has_not_is_told_the_newest(given: str) -> None:
    with pytest.raises(Problem) as refused:
        check_match(given, '"a"', None)
    assert refused.value.status_code == 412
    assert refused.value.headers == {"ETag": '"a"'}
    assert [fault.path for fault in refused.value.errors] == ["header.If-Match"]


def test_what_is_not_there_has_no_tag() -> None:
    check_match(None, None)
    check_match("*", None)
    with pytest.raises(Problem) as refused:
        check_match('"a"', None)
    assert refused.value.status_code == 412
