"""What HTTP servers share: their socket, bodies within limits, refusals as sentences."""
