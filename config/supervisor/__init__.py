"""Runs Attune on one machine: services, web, worker and beat under one process."""
