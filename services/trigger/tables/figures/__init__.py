"""SQL of the reports: typed rows, summed up in the database where there are many."""
