"""What a clinic keeps: rows in a database, files under their sha256. Who may see what is decided in `clinic`."""
