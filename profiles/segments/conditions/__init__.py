"""One file for each kind of condition: its fields, what can be wrong with them, its SQL, its words."""
