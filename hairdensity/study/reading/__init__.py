"""From a manifest as people write it to checked rows, with every fault in one list."""
