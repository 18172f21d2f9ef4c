"""For readers with many items: one row says what was seen, and each kind of change has an index in
its order.
"""

from alembic import op

revision = "0010_inbox"
down_revision = "0007_parked"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Everything up to this number has been seen. An item keeps in `seen_at` only when it was seen
    # by being read.
    "alter table inbox_counter add column seen bigint not null default 0",
    """
    create table inbox_seen (
        account text not null,
        contact text not null,
        after bigint not null,              -- items with a higher number than this,
        upto bigint not null,               -- and none higher than this, were seen then
        -- the change of an item has the number base + created_seq - after
        base bigint not null,
        at timestamptz not null,
        primary key (account, contact, upto)
    )
    """,
    "create index inbox_item_updated on inbox_item (account, contact, updated_seq) "
    "where updated_seq is not null",
    "create index inbox_item_resolved on inbox_item (account, contact, resolved_seq) "
    "where resolved_seq is not null",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
