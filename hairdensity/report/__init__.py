"""What people and programs get to see of an Analysis: JSON, tables, pictures. Nothing is computed here."""
