"""Build what is searched: exemplars cut from a corpus, their vectors and trajectories."""
