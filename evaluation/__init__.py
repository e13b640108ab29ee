"""Judge: measures of motion and of what became of inserted exemplars; imported by nobody below."""
