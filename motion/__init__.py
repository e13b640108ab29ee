"""What is done: SMPL-X motion as values, its parts, rotations, timeline, body and files."""
