"""What we know about speech and motion: time-aligned tiers, the corpus, the curated store."""
