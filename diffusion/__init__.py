"""Generate: part-wise VAEs, a latent denoiser, inversion and retrieval guidance."""
