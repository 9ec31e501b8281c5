"""How two pictures are found to show the same skin: candidates, evidence, stretch, texture, reasons to refuse."""
