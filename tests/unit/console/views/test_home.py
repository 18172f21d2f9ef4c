import pytest

from services.console.views.home import first_page

THERE = {"today", "pipeline", "reports", "catalogue"}


@pytest.mark.parametrize(
    ("roles", "chosen", "page"),
    [
        ({"csm"}, None, "today"),
        ({"sales"}, None, "pipeline"),
        ({"manager"}, None, "reports"),
        ({"planner"}, None, "catalogue"),
        ({"manager", "csm"}, None, "today"),
        ({"admin"}, None, "today"),
        ({"admin"}, "/console/reports", "reports"),
        ({"csm"}, "/console/pipeline", "pipeline"),
        (set(), None, "today"),
        ({"operator"}, None, "today"),
        ({"csm"}, "/console/operations", "today"),
    ],
)
def test_everybody_begins_with_the_page_of_their_role_or_choice_if_it_is_there(
    roles: set[str], chosen: str | None, page: str
) -> None:
    assert first_page(roles, chosen, THERE) == f"/console/{page}"
