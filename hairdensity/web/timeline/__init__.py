"""A site's timeline as a drawing: where each point, band and label stands. The template turns it into SVG."""
