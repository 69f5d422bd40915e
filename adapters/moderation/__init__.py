"""Other people's classifiers of what is said."""
