"""What ingest prunes, apart from its keys and waiting usage (see `upkeep`)."""

from shared.pruning import rejected

RULES = (rejected("ingest"),)
