"""Servers of models under load, side by side; bench/README.md says how."""
