"""Baseline against follow-up: the same skin found again, hair by hair, and what changed beyond the noise."""
