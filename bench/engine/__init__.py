"""The engine beside the ones that people use: `./dev bench engine` runs it, README.md says what is measured and how."""
