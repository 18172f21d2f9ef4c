from services.console.views.operations_people_one import before, body, view

PERSON = {"id": "u7", "name": "Kato", "email": None}


def test_a_form_says_the_whole_record() -> None:
    told = {
        "name": [" Kato "],
        "email": [""],
        "roles": ["sales", "csm", "boss"],
        "locale": ["ja-JP"],
        "time_zone": ["Asia/Tokyo"],
        "close_authority": ["50000.00"],
        "active": ["on"],
    }
    assert body(told) == {
        "name": "Kato",
        "email": None,
        "roles": ["csm", "sales"],
        "manager": None,
        "locale": "ja-JP",
        "time_zone": "Asia/Tokyo",
        "close_authority": "50000.00",
        "active": True,
        "sales_trained": False,
    }


def test_what_was_typed_and_refused_stays_in_the_form() -> None:
    shown = view(PERSON, None, typed={"email": "taken@example.com"})
    assert shown["filled"] == PERSON | {"email": "taken@example.com"}
    assert shown["person"] == PERSON
    assert shown["path"] == "/console/operations/people/u7"


def test_the_form_carries_what_it_was_filled_with() -> None:
    shown = view({**PERSON, "roles": ["csm"]}, None)
    assert before(shown["before"]) == {"name": "Kato", "email": None, "roles": ["csm"]}
    assert before("[]") == before("{") == before("") == {}
