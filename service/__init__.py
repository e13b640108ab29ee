"""The edge: HTTP, jobs, settings, command line. Read ``service/generator.py`` first."""
