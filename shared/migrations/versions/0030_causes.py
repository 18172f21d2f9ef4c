"""Why a mail was not sent, as a code: what follows does not hang on the words of its reason.

Mails that may still be sent after all get theirs now; what ended long ago stays as it is.
"""

from alembic import op

revision = "0030_causes"
down_revision = "0029_rates"
branch_labels = None
depends_on = None

_KNOWN = {
    "contact_gone": "the contact is gone",
    "not_mailed": "the contact is no longer an owner or a billing admin",
    "same_mailbox": "the same mailbox gets it already, as another contact's",
}


def upgrade() -> None:
    op.execute("alter table delivery add column if not exists cause text")
    for cause, words in _KNOWN.items():
        quoted = words.replace("'", "''")
        op.execute(
            f"update delivery set cause = '{cause}' where last_error = '{quoted}' "
            "and channel = 'email' and deadline_at > now()"
        )
