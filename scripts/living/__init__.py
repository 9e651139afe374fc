"""Measures of live sessions, for `scripts/benchmark_live.py`."""
