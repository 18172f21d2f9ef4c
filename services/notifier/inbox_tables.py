"""The inbox's tables, as statements that the notifier's migration runs.

An item is the in-app copy of one `notification` row and shares its id: kind, class, meter, threshold and facts are read from there, so that its words follow
the reader's present language and role. The stream needs no log of its own: an item is created once and resolved once, and each of the two, and its latest other
change, keeps the number it got from the contact's counter. The counter is raised under its row lock, so numbers become visible in their order
(a sequence's order is not commit order): whoever has read up to n misses nothing below n.
"""

TABLES = (
    """
    CREATE TABLE inbox_counter (
        account text NOT NULL,
        contact text NOT NULL,
        seq bigint NOT NULL,
        PRIMARY KEY (account, contact)
    ) WITH (fillfactor = 50)
    """,
    """
    CREATE TABLE inbox_item (
        id text PRIMARY KEY,                -- notification.id
        account text NOT NULL,
        contact text NOT NULL,
        alert text,                         -- whose end resolves the item; NULL: none (a feature that is not in the contract)
        plain boolean NOT NULL,             -- the reader had muted in-app proposals: told without one
        created_at timestamptz NOT NULL,
        seen_at timestamptz,
        read_at timestamptz,
        archived_at timestamptz,
        resolved_at timestamptz,
        created_seq bigint NOT NULL,
        updated_seq bigint,
        resolved_seq bigint,
        changed_seq bigint NOT NULL         -- the highest of the three
    ) WITH (fillfactor = 70)
    """,
    "CREATE UNIQUE INDEX inbox_item_newest ON inbox_item (account, contact, created_seq DESC)",
    "CREATE INDEX inbox_item_changed ON inbox_item (account, contact, changed_seq)",
    "CREATE INDEX inbox_item_unread ON inbox_item (account, contact) WHERE read_at IS NULL AND archived_at IS NULL",
    "CREATE INDEX inbox_item_open ON inbox_item (alert) WHERE alert IS NOT NULL AND resolved_at IS NULL",
    """
    CREATE TABLE preference (
        account text NOT NULL,
        contact text NOT NULL,
        email_notice boolean NOT NULL DEFAULT true,
        email_proposal boolean NOT NULL DEFAULT true,
        in_app_proposal boolean NOT NULL DEFAULT true,
        updated_at timestamptz NOT NULL,
        PRIMARY KEY (account, contact)
    )
    """,
)
