"""What of an account can be searched."""

from services.trigger.accounts import Account, Contact
from services.trigger.overview.entries import SearchEntry, entries_of


def test_an_account_by_name_and_id_and_its_contacts_by_name_and_address() -> None:
    contacts = (
        Contact("c1", "青空 花子", "owner", "Hanako@example.com"),
        Contact("c2", "Ken", "member"),
    )
    found = entries_of(Account("acct-42", "株式会社アオゾラ", "ja-JP", "UTC", contacts=contacts))
    assert found == [
        SearchEntry("acct-42", "account", "acct-42", "あおぞら acct42"),
        SearchEntry("acct-42", "contact", "c1", "青空花子 hanakoexamplecom"),
        SearchEntry("acct-42", "contact", "c2", "ken"),
    ]


def test_a_name_that_is_the_id_is_there_once() -> None:
    (found,) = entries_of(Account("aozora", "Aozora", "en", "UTC"))
    assert found.folded == "aozora"
