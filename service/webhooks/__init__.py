"""Webhooks: who is told of ended jobs, and how it is delivered."""
