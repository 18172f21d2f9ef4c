"""Keys and words, explained."""

KEYS = (
    ("/", "search"),
    ("Ctrl K", "palette"),
    ("g t", "today"),
    ("g a", "accounts"),
    ("g p", "pipeline"),
    ("g r", "reports"),
    ("g c", "catalogue"),
    ("g o", "operations"),
    ("j k", "rows"),
    ("Enter", "open"),
    ("x", "select"),
    ("e", "close"),
    ("h", "snooze"),
    ("?", "help"),
)
WORDS = (
    "meter",
    "limit",
    "threshold",
    "alert",
    "decision",
    "gate",
    "task",
    "opportunity",
    "handoff",
    "health",
    "loyalty",
)
