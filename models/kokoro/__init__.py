"""Kokoro (hexgrad, 2025): speech from phonemes, 82 million weights, 24 kHz; run by onnxruntime.

A StyleTTS 2 (Y. A. Li and others, 2023) whose last part is an iSTFTNet (T. Kaneko and others, 2022). Code and weights
are Apache-2.0.
"""
