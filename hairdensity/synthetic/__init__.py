"""Rendered scalp with exact truth: settings -> scene (geometry) -> picture and truth."""
