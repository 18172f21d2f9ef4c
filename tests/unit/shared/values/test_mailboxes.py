import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.values.mail_address import wire_address
from shared.values.mailboxes import mailbox, mailbox_of, normalised, refusing

A, B = mailbox("a@example.com"), mailbox("b@example.com")


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("hanako@example.com", "Hanako@EXAMPLE.com", True),
        ("hanako@example.com", " hanako@example.com. ", True),
        ("hanako@example.com", "hanako+billing@example.com", False),
        ("hanako@example.com", "hanako@example.org", False),
        ("kontakt@straße.example", "kontakt@strasse.example", False),
        ("kontakt@straße.example", "KONTAKT@xn--strae-oqa.example", True),
        ("kontakt@BÜCHER.example", "kontakt@xn--bcher-kva.example", True),
        ("kontakt@bu\u0308cher.example", "kontakt@bücher.example", True),
        ("tanaka@日本語.example", "tanaka@xn--wgv71a119e.example", True),
        ("tanaka@例え。テスト", "tanaka@例え.テスト", True),
        ("a@-bad-.ünknown", "A@-BAD-.ÜNKNOWN", True),
    ],
)
def test_spellings_of_an_address_with_the_same_destination_are_one_mailbox(
    left: str, right: str, same: bool
) -> None:
    assert (mailbox(left) == mailbox(right)) is same, (normalised(left), normalised(right))


LABELS = st.text(st.sampled_from("abzß日本äÖςσσ語éñ한ไ09"), min_size=1, max_size=8)


@given(
    st.from_regex(r"[A-Za-z0-9!+._-]{1,12}", fullmatch=True),
    LABELS,
    st.sampled_from(["example", "EXAMPLE", "例え", "みんな"]),
)
def test_an_address_is_the_mailbox_that_its_mail_is_sent_to(
    local: str, label: str, top: str
) -> None:
    """For every spelling, the mail's envelope has the same mailbox."""
    spec = f"{local}@{label}.{top}"
    try:
        wire = wire_address(spec)
    except ValueError:
        return
    assert mailbox(spec) == mailbox(wire) == mailbox(spec.upper() if label.isascii() else spec)


def test_without_an_address_there_is_no_mailbox() -> None:
    assert (mailbox_of(None), mailbox_of("")) == (None, None)


@pytest.mark.parametrize(
    ("contacts", "people", "mailboxes", "refused"),
    [
        ({"c1": A, "c2": B}, [], [], set()),
        ({"c1": A, "c2": B}, ["c1"], [], {"c1"}),
        ({"c1": A, "c2": A}, ["c1"], [], {"c1", "c2"}),  # one mailbox, two roles
        # A person who opted out has another address now: both opt-outs remain.
        ({"c1": B, "c2": A}, ["c1"], [A], {"c1", "c2"}),
        ({"c1": B, "c2": B}, ["c1"], [A], {"c1", "c2"}),  # and someone else reads that one too
        ({"c2": A}, ["c1"], [A], {"c2"}),  # gone, and another contact has the mailbox
        ({"c1": None, "c2": None}, ["c1"], [], {"c1"}),  # having no mailbox is not sharing one
        ({"c2": A}, ["c1"], [], set()),
    ],
)
def test_a_refusal_holds_for_the_person_and_for_the_mailbox(
    contacts: dict[str, bytes | None], people: list[str], mailboxes: list[bytes], refused: set[str]
) -> None:
    assert refusing(contacts, people, mailboxes) == refused
