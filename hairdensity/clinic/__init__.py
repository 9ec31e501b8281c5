"""What people of a clinic do, whatever face they use: the page and the API call the same functions.

Each function takes an open session of the database first, then who asks (`access.Person`), then names. It checks what
that person may do, does it, and writes the audit in the same transaction; the caller commits.
"""
