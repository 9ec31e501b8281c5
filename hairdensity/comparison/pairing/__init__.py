"""How hairs find their partners at the other visit, and what became of those without one."""
