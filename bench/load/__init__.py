"""Load generators: a closed loop for saturation, open loops for latency."""
