"""What the pages share: services, session keys, safe text and widgets."""
