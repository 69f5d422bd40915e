"""The checker of the fault tests, held against planted defects."""
