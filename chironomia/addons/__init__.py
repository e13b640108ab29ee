"""Single files for programs that bring their own Python."""
