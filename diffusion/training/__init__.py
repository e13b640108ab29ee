"""Training: prepare a corpus once, then fit each part's VAE, then the denoiser."""
