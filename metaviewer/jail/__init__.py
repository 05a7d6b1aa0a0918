"""Where foreign files are parsed: locked processes and checked answers."""
