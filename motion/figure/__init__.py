"""The mannequin's shape: our own procedural low-poly human, piece by piece."""
