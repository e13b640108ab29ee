"""Metrics for Prometheus, counted by API and workers together."""
