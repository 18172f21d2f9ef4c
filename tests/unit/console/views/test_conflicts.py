from services.console.views.conflicts import rows
from services.console.views.merged_fields import FieldConflict


def test_a_field_is_called_as_in_its_form() -> None:
    names = ("name", "contacts.c1.email", "contacts.c1", "external_ids.hubspot")
    found = rows([FieldConflict(name, None, "a", True) for name in names])
    assert [(one["label"], one["of"]) for one in found] == [
        ("name", ""),
        ("contacts.email", "c1"),
        ("contacts", "c1"),
        ("external_ids", "hubspot"),
    ]
    assert (found[0]["yours"], found[0]["theirs"], found[0]["before"]) == ("a", "true", "")


def test_people_and_lists_are_text() -> None:
    who = {"id": "c1", "name": "Ken", "role": "member", "email": None}
    (found,) = rows([FieldConflict("contacts.c1", {"id": "u7"}, who, ["a", "b"])])
    assert (found["yours"], found["theirs"], found["before"]) == ("Ken member", "a, b", "u7")
