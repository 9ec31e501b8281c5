"""Training of the network: scenes -> crops with targets -> losses -> loop -> export. The only part that needs torch."""
