"""Every metric, declared once with its help text. No label is an account id, and every label has
few values.
"""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

disable_created_metrics()  # type: ignore[no-untyped-call] # a second series next to every counter, which nobody reads
REGISTRY = CollectorRegistry(auto_describe=True)

_FAST = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
_SLOW = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 300.0)

events = Counter("plimsoll_events", "Usage events by outcome", ["result"], registry=REGISTRY)
rerouted = Counter(
    "plimsoll_rerouted",
    "Usage records sent again with the account as key, or to that key's partition",
    registry=REGISTRY,
)
bucket_loads = Counter(
    "plimsoll_bucket_loads", "Buckets of dedupe keys read from PostgreSQL", registry=REGISTRY
)
accounts_in_memory = Gauge(
    "plimsoll_accounts_in_memory",
    "Accounts whose running periods ingest has in memory",
    registry=REGISTRY,
)
hours_behind = Gauge(
    "plimsoll_hours_behind_seconds",
    "How long the oldest usage has been counted that is not in its hour yet",
    registry=REGISTRY,
)
hours_pending = Gauge(
    "plimsoll_hours_pending",
    "Pairs of an account and an hour of a meter to which usage has yet to be added",
    registry=REGISTRY,
)
hours_swept = Counter(
    "plimsoll_hours_swept", "Hours to which pending usage was added", registry=REGISTRY
)
hours_recovered = Histogram(
    "plimsoll_hours_recovery_seconds",
    "Time spent on reading the log of pending hours",
    buckets=_FAST,
    registry=REGISTRY,
)
hour_log_bytes = Gauge(
    "plimsoll_hour_log_bytes", "Size of the log of pending hours", registry=REGISTRY
)
event_to_alert = Histogram(
    "plimsoll_event_to_alert_seconds",
    "From an event's arrival to its in-app alert, committed",
    buckets=_SLOW,
    registry=REGISTRY,
)
alerts = Counter(
    "plimsoll_alerts",
    "Alerts raised, including superseded ones",
    ["meter", "threshold"],
    registry=REGISTRY,
)
deliveries = Counter(
    "plimsoll_deliveries",
    "Delivery attempts by channel and outcome",
    ["channel", "outcome"],
    registry=REGISTRY,
)
delivery_seconds = Histogram(
    "plimsoll_delivery_seconds",
    "Duration of a delivery attempt",
    ["channel"],
    buckets=_SLOW,
    registry=REGISTRY,
)
dead = Counter("plimsoll_dead", "Deliveries given up", ["channel"], registry=REGISTRY)
let_go = Counter(
    "plimsoll_account_state_let_go",
    "Closed tickets, features in use, requests and refusals dropped from an account's record "
    "because it has more than are kept",
    ["kind"],
    registry=REGISTRY,
)
channel_blocked = Gauge(
    "plimsoll_channel_blocked",
    "1 while the receiver refuses our credentials: one delivery is tried every 15 minutes",
    ["channel"],
    registry=REGISTRY,
)
channel_disabled = Gauge(
    "plimsoll_channel_disabled",
    "1 after the receiver has disabled the channel",
    ["channel"],
    registry=REGISTRY,
)
task_readings = Counter(
    "plimsoll_task_readings",
    "Tasks read in a CRM, by what had happened to them there; failed readings",
    ["channel", "outcome"],
    registry=REGISTRY,
)
channel_unread = Gauge(
    "plimsoll_channel_unread",
    "1 while a CRM refuses to let us read its tasks: it is asked again every 15 minutes",
    ["channel"],
    registry=REGISTRY,
)
delivery_oldest = Gauge(
    "plimsoll_delivery_oldest_seconds",
    "How long the oldest waiting delivery has been due",
    ["channel"],
    registry=REGISTRY,
)

consumer_lag = Gauge(
    "plimsoll_consumer_lag",
    "Records on the broker that this service has not applied",
    ["service", "topic", "partition"],
    registry=REGISTRY,
)
batch_seconds = Histogram(
    "plimsoll_batch_seconds",
    "Time spent on a batch, by stage",
    ["service", "phase"],
    buckets=_FAST,
    registry=REGISTRY,
)
batch_records = Histogram(
    "plimsoll_batch_records",
    "Records in a batch",
    ["service"],
    buckets=(1, 10, 100, 500, 1000, 2500, 5000, 10000),
    registry=REGISTRY,
)
fenced = Counter(
    "plimsoll_fenced",
    "Batches rolled back because another process owns the partition",
    ["service"],
    registry=REGISTRY,
)
rewinds = Counter(
    "plimsoll_rewinds", "Times that stored offsets were read again", ["service"], registry=REGISTRY
)
rejected = Counter(
    "plimsoll_rejected", "Records kept because they cannot be used", ["service"], registry=REGISTRY
)
parked_accounts = Gauge(
    "plimsoll_parked_accounts",
    "Accounts parked after a fault; they are retried automatically",
    ["service"],
    registry=REGISTRY,
)
account_overview_age = Gauge(
    "plimsoll_account_overview_age_seconds",
    "How long the change that waits longest to be shown in lists of accounts has waited",
    registry=REGISTRY,
)
parkings = Counter(
    "plimsoll_parkings",
    "Times that an account's work failed and was parked",
    ["service", "part"],
    registry=REGISTRY,
)
deferred_records = Gauge(
    "plimsoll_deferred_records",
    "Records that wait because their account brought more than its share, counted up to 100,000",
    ["service"],
    registry=REGISTRY,
)
stepped_over = Counter(
    "plimsoll_stepped_over",
    "Records rejected because their handling failed, as opposed to their content being wrong",
    ["service"],
    registry=REGISTRY,
)
rejected_settled = Counter(
    "plimsoll_rejected_settled",
    "Rejected records that were replayed, refused again, or dismissed",
    ["service", "outcome"],
    registry=REGISTRY,
)
stopped_partitions = Gauge(
    "plimsoll_stopped_partitions",
    "Partitions that wait for an operator",
    ["service"],
    registry=REGISTRY,
)
last_progress = Gauge(
    "plimsoll_last_progress_seconds",
    "Unix time when the service last committed work, or found none while all it depends on was up",
    ["service"],
    registry=REGISTRY,
)
topics_made_anew = Counter(
    "plimsoll_topics_made_anew",
    "Partitions read from the beginning because their topic was deleted and created again",
    ["service"],
    registry=REGISTRY,
)
part_away = Gauge(
    "plimsoll_part_away",
    "1 while this part keeps the service from working",
    ["service", "part"],
    registry=REGISTRY,
)

pruned_rows = Counter(
    "plimsoll_pruned_rows",
    "Rows deleted because they exceeded their retention",
    ["table"],
    registry=REGISTRY,
)
erasures_pending = Gauge(
    "plimsoll_erasures_pending",
    "Erased accounts and contacts of which this service still has rows",
    ["service"],
    registry=REGISTRY,
)
erasure_oldest = Gauge(
    "plimsoll_erasure_oldest_seconds",
    "How long the oldest pending erasure has waited",
    ["service"],
    registry=REGISTRY,
)

outbox_pending = Gauge(
    "plimsoll_outbox_pending",
    "Messages written and not yet acknowledged by Kafka",
    ["service"],
    registry=REGISTRY,
)
outbox_oldest = Gauge(
    "plimsoll_outbox_oldest_seconds",
    "Age of the oldest message in the outbox",
    ["service"],
    registry=REGISTRY,
)

rejected_open = Gauge(
    "plimsoll_rejected_open",
    "Rejected records that are neither sent again nor set aside, 10,000 at most",
    ["service"],
    registry=REGISTRY,
)
silent_processes = Gauge(
    "plimsoll_silent_processes",
    "Processes that were not seen for 35 seconds and have not said that they end",
    ["service"],
    registry=REGISTRY,
)
backtests = Counter(
    "plimsoll_backtests", "Backtests by outcome: done, failed", ["outcome"], registry=REGISTRY
)

log_ins = Counter(
    "plimsoll_log_ins",
    "Log-ins to the console by outcome: entered, refused, away, no_entry",
    ["outcome"],
    registry=REGISTRY,
)

http_requests = Counter(
    "plimsoll_http_requests", "HTTP responses", ["method", "route", "status"], registry=REGISTRY
)
http_seconds = Histogram(
    "plimsoll_http_seconds",
    "Duration of HTTP requests",
    ["method", "route"],
    buckets=_SLOW,
    registry=REGISTRY,
)


for _result in ("counted", "duplicate", "ignored", "rejected", "erased"):
    events.labels(_result)  # exported as 0 from the start, so that alert rules find them


def exposition() -> tuple[bytes, str]:
    """All metrics in Prometheus's text format, and its media type."""
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST
