"""The vocabulary of the avatar server: types, errors, settings, telemetry."""

__version__ = "0.1.0"
