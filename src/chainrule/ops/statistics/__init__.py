"""Statistics: quantiles, averages, histograms, and reductions that ignore NaN."""
