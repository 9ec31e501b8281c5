"""Outcome studies: from a manifest of visits to the outcome table.

The way of the data: a manifest (one row an image) is checked; a run scores each image and compares each visit with its
baseline in killable children, and keeps every result in a ledger; the ledger is exported to tables; blinding hides arm
and visit from readers; agreement says how repeatable readings are; outcomes, what the arms did; the report shows it.
"""
