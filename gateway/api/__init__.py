"""The HTTP interface: consumers' questions, the auditors' log, health."""
