"""What is said: sound and its words."""
