from services.console.views.operations_people import asked, view


def test_only_filters_that_there_are_count() -> None:
    assert asked({"role": "csm", "active": "true"}) == {"role": "csm", "active": "true"}
    assert asked({"role": "boss", "active": "1", "x": "y"}) == {"role": "", "active": ""}


def test_a_person_is_a_link_and_the_next_page_keeps_the_filters() -> None:
    shown = view({"role": "csm", "active": ""}, {"data": [{"id": "a b"}], "next_cursor": "c"}, None)
    assert shown["people"][0]["href"] == "/console/operations/people/a%20b"
    assert shown["next"] == "/console/operations/people?role=csm&cursor=c"
    assert shown["csv"] == "/console/operations/people?role=csm&format=csv"
    assert shown["is_filtered"]
    assert view({"role": ""}, {"data": [], "next_cursor": None}, {})["next"] == ""
