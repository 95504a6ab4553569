"""What we promise: identifiers, kinds, procedures and rules, without any input or output."""
