"""How lengths of two days become growth: shafts from a common root, phases, two populations."""
