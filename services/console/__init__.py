"""The console: what is known about customers, and what is to be done, as pages for the people who
work with them.

It keeps log-ins, sessions, preferences and saved views, and nothing else: all that a page shows and
changes, it asks the services' API for, as the person who reads it.
"""
