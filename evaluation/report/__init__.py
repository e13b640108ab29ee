"""The report of a system's motion beside real recordings: JSON to compare by, a page to read."""
