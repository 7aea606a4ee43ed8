"""Small demonstrations of the networks: each trains one and draws what it learned."""
