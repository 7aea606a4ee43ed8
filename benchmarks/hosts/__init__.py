"""Several hosts on one machine: network namespaces, joined by links that are slow and can be cut."""
