"""The models in JAX: jit with donated buffers, Adam from optax, dense also for tables."""
