"""What arrives: how many events of which kind, which of them are bots' or said twice."""
