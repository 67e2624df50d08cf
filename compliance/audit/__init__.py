"""The audit trail made tamper-evident: records are sealed in signed batches, each chained to the one before.

`sealing` makes seals, `chain` is the arithmetic (no database), `checking` compares the tables with their seals, `export`
writes records and seals as lines that anybody can check with the public key alone.
"""
