"""XTTS v2 (E. Casanova and others, 2024): speaks with the voice of a short recording, in 17 languages.

The network is that of the package coqui-tts (MPL-2.0), the fork that Idiap keeps of Coqui's TTS; what is here loads the
official files into it. The weights are under the Coqui Public Model License: not for commercial use.
"""
