"""What ingest does not keep for ever beside its keys and waiting usage (`upkeep`)."""

from shared.pruning import rejected

RULES = (rejected("ingest"),)
