"""Batches: many requests at once, over REST or from a manifest."""
