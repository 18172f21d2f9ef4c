"""What the notifier deletes by age. The order matters: a message after what was derived from it."""

from shared.pruning import ByAge, InOrder, rejected

_ALERT_IS_OPEN = "exists (select 1 from alert a where a.id = r.alert and a.state = 'open')"
_TASK_COUNTS = (
    "exists (select 1 from crm_task k "
    "where k.key = r.task and k.channel = r.channel and coalesce(k.completed_at >= :before, true))"
)

RULES = (
    InOrder(
        "delivery",
        "deliveries",
        "created_at",
        "r.state not in ('queued', 'sending', 'retrying') "
        f"and r.ended_at < :before and not {_ALERT_IS_OPEN} and not {_TASK_COUNTS}",
    ),
    ByAge("inbox_item", "inbox", "created_at", f"not {_ALERT_IS_OPEN}"),
    ByAge(
        "inbox_seen",
        "inbox",
        "at",
        "not exists (select 1 from inbox_item i where i.account = r.account "
        "and i.contact = r.contact and i.created_seq > r.after and i.created_seq <= r.upto)",
    ),
    ByAge(
        "crm_task",
        "messages",
        "completed_at",
        "not exists (select 1 from delivery d where d.task = r.key and d.channel = r.channel)",
    ),
    InOrder(
        "notification",
        "messages",
        "created_at",
        "not exists (select 1 from delivery d where d.notification = r.id) "
        f"and not exists (select 1 from inbox_item i where i.id = r.id) and not {_ALERT_IS_OPEN}",
    ),
    ByAge("closing", "messages", "at"),
    rejected("notifier"),
)
