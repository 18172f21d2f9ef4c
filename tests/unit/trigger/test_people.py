import pytest

from services.trigger.accounts import Account, Contact
from services.trigger.people import Changed, changed, message
from tests.unit.notifier.samples import NOW

OWNER = Contact("c1", "Hanako", "owner", "hanako@example.com")
MEMBER = Contact("c2", "Ken", "member")


def account(*contacts: Contact, name: str = "Aozora") -> Account:
    return Account("a", name, "en", "UTC", contacts=contacts)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ((OWNER, MEMBER), (OWNER, MEMBER), None),
        ((OWNER, MEMBER), (MEMBER, OWNER), None),
        ((OWNER,), (OWNER, MEMBER), Changed("a", ("c2",), ())),
        ((OWNER, MEMBER), (OWNER,), Changed("a", (), ("c2",))),
        ((OWNER,), (MEMBER,), Changed("a", ("c2",), ("c1",))),
        (
            (OWNER,),
            (Contact("c1", "Hanako", "owner", "corrected@example.com"),),
            Changed("a", ("c1",), ()),
        ),
        ((OWNER,), (Contact("c1", "Hanako", "owner"),), Changed("a", ("c1",), ())),
        (
            (OWNER,),
            (Contact("c1", "Hanako", "member", "hanako@example.com"),),
            Changed("a", (), ()),
        ),
    ],
)
def test_what_is_said_of_people_who_change(
    before: tuple[Contact, ...], after: tuple[Contact, ...], found: Changed | None
) -> None:
    assert changed({"a": account(*before)}, [account(*after, name="Midori")]) == (
        [] if found is None else [found]
    )


def test_in_a_new_account_nobody_has_joined() -> None:
    assert changed({}, [account(OWNER)]) == []


def test_the_notifier_learns_that_they_changed_but_not_who_they_are() -> None:
    said = message(Changed("a", ("c1",)), NOW)
    assert (said.account, said.at, said.withdrawn) == ("a", NOW, ())
