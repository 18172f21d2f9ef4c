"""The loop of every service: records in, one fenced transaction, messages out."""
