"""Engines that speak text: what they share, and which one is taken."""
