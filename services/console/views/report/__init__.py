"""Reports as pages show them: cells, tables, findings in a sentence, charts. Pure."""
