"""All SQL of the trigger. Arrays with UNNEST where many rows move; nothing here commits."""
