"""The console: log-ins that have begun, sessions, which person a provider's subject is, links that
log in once, forms that a session ended before, what each person prefers, and lists that they
saved.
"""

from alembic import op

revision = "0031_console"
down_revision = "0030_causes"
branch_labels = None
depends_on = None

_TABLES = (
    """
    create table login_attempt (
        state bytea primary key,            -- hashes: what the address and the cookie hold
        browser bytea not null,
        nonce text not null,
        verifier text not null,
        target text not null,
        redirect_uri text not null,
        created_at timestamptz not null
    )
    """,
    "create index login_attempt_age on login_attempt (created_at)",
    """
    create table console_session (
        hash bytea primary key,             -- of the cookie
        person text not null,
        roles text[] not null,              -- at log-in; others now: it has ended
        csrf text not null,
        sid text,                           -- the provider's name for it
        created_at timestamptz not null,
        seen_at timestamptz not null,
        until timestamptz not null,
        user_agent text not null
    )
    """,
    "create index console_session_person on console_session (person, created_at)",
    "create index console_session_sid on console_session (sid) where sid is not null",
    """
    create table login (
        issuer text not null,
        subject text not null,
        person text not null,
        created_at timestamptz not null,
        primary key (issuer, subject)
    )
    """,
    "create index login_person on login (person)",
    """
    create table once_link (
        hash bytea primary key,             -- of what is in the address
        person text not null,               -- an id, or an address
        roles text[],                       -- null: those of the record
        created_at timestamptz not null
    )
    """,
    """
    create table person_preference (
        person text primary key,
        language text check (language in ('en', 'ja')),    -- null: the record's
        time_zone text,                                    -- likewise
        theme text not null default 'system' check (theme in ('light', 'dark', 'system')),
        keys_on boolean not null default true,
        start_page text                                    -- null: that of the roles
    )
    """,
    """
    create table kept_form (
        id text primary key,
        person text not null,
        action text not null,               -- where it was sent
        body text not null,                 -- as it was sent, without its token
        created_at timestamptz not null
    )
    """,
    """
    create table saved_view (
        person text not null,
        name text not null,
        address text not null,
        primary key (person, name)
    )
    """,
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)
