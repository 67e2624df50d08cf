"""The inner loops of ranking, compiled: an answer takes a thousand small sums, and each alone costs more in calls.

`make` compiles them where they lie (config/bootstrap/kernels.py); docs/adr/0101 says why.
"""
