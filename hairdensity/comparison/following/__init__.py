"""How hairs are followed over many visits: registration over neighbors, tracks, shared skin, trends."""
