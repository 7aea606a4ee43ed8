"""What happens to values and gradients in many layers: activations, weights, normalisation."""
