"""The demo corpus: a synthetic corpus in BEAT2's layout, spoken and gestured by rule."""
