"""docs/requirements.md says what the tests say."""

from tests.support import requirements_page as made


def test_the_page_is_up_to_date() -> None:
    """Write it anew: python -m tests.support.requirements_page."""
    assert made.PAGE.read_text(encoding="utf-8") == made.page(
        made.requirements(), made.tests_by_requirement()
    )


def test_every_named_test_belongs_to_a_requirement() -> None:
    assert not set(made.tests_by_requirement()) - {one.id for one in made.requirements()}


def test_a_named_test_asserts_something_and_is_not_skipped() -> None:
    """Otherwise its name alone would call the requirement built."""
    empty = [
        name
        for tests in made.tests_by_requirement().values()
        for path, name in tests
        if not made.asserts(path, name)
    ]
    assert empty == []
