"""Training what annotation ships; serving never imports it."""
