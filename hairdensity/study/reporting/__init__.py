"""The report of a study: one HTML file, the same as PDF, an ADaM-shaped table and an R script.

The way of the data: `sources` reads the study folder; `contents` turns it into blocks (words, tables, figures);
`page` sets the blocks as HTML, `paper` as PDF; `adam` and `r_script` write what statisticians take further.
"""
