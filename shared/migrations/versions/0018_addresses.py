"""Changing mailboxes and people: who opted out of offers with which mailbox, since when a contact
has its address, and who has left.
"""

from typing import Any

from alembic import op
from sqlalchemy import text

from shared.values.mailboxes import mailbox_of

revision = "0018_addresses"
down_revision = "0013_list_indexes"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    create table refusal (
        account text not null,
        -- source and id of the fact that says so: with it the refusal is taken back
        fact text not null,
        contact text not null,
        -- sha256 of the contact's mailbox at that moment (see mailboxes.py); null: no address
        mailbox bytea,
        at timestamptz not null,
        primary key (account, fact)
    )
    """,
    """
    create table contact_history (
        account text not null,
        contact text not null,
        -- when its present address was given; null: with the account
        given_at timestamptz,
        left_at timestamptz,                -- null: is a contact of the account
        primary key (account, contact)
    )
    """,
)
_DELIVERY = "alter table delivery add column mailbox bytea"
"""Of a mail: sha256 of the mailbox that it was sent to."""
_REFUSED = text(
    """
    select f.account, f.source || ' ' || f.id as fact, f.event -> 'data' ->> 'contact' as contact,
           c.email, f.at
    from fact f
    left join contact c on c.account = f.account and c.id = f.event -> 'data' ->> 'contact'
    where f.type in ('contact.unsubscribed', 'contact.objected') and f.taken_back_at is null
    """
)
_REFUSE = text(
    "insert into refusal (account, fact, contact, mailbox, at) "
    "values (:account, :fact, :contact, :mailbox, :at)"
)


def upgrade() -> None:
    with op.get_context().autocommit_block():
        # Concurrently: an index built in a transaction would block all writes to its table. First,
        # so that an interrupted attempt leaves only what the next one expects.
        op.execute("set lock_timeout = 0")
        op.execute("set statement_timeout = 0")
        op.execute("drop index concurrently if exists contact_local")
        op.execute(
            "create index concurrently contact_local on contact (lower(split_part(email, '@', 1))) "
            "where email is not null"
        )
        op.execute("set lock_timeout = '1s'")
    for statement in _STATEMENTS:
        op.execute(statement)
    conn = op.get_bind()
    refused = [_refusal(row._asdict()) for row in conn.execute(_REFUSED)]
    if refused:
        conn.execute(_REFUSE, refused)
    op.execute(_DELIVERY)  # last: it locks out everyone, and reading many facts takes long


def _refusal(row: dict[str, Any]) -> dict[str, Any]:
    """With the contact's current mailbox: the original one is no longer known."""
    return {name: row[name] for name in ("account", "fact", "contact", "at")} | {
        "mailbox": mailbox_of(row["email"])
    }
