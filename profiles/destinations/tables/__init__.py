"""The tables that destinations can be given, one file each."""
