"""Subject requests: received → verifying → verified → approved once → approved → running → completed, or not."""
