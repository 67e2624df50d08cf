"""Erasure with proof: a plan of steps over all stores, resumable at any point, then a re-scan and a signed receipt."""
