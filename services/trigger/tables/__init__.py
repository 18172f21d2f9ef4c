"""All SQL of the trigger. Arrays with UNNEST for bulk changes; nothing here commits."""
