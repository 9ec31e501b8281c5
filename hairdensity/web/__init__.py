"""The clinic's page and its API: requests in, functions of `clinic` called, pages out. Nothing is computed here."""
