"""How a computation is seen: reads graphs, never changes them."""
