"""A website's figures, from the customer's own account."""
