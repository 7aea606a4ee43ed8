"""Several hosts on one machine: network namespaces, and links that are slow and can be cut."""
