"""Blinding of readers: coded copies, the sealed key, and the record of who opened it.

`draws` orders and codes, `copying` strips, `sealing` writes it all, `key` and `record` are what stays behind,
`unblinding` opens it and `verifying` says whether anything was altered.
"""
