"""`plimsoll import`: sends a file's rows to a running installation, many at a time, and reports the
result of each.
"""
