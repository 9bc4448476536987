"""What algorithms for regression and survival share: rows, times, sums and Newton's method.

An algorithm whose image is based on ours imports these modules instead of copying them. Nothing
here is imported by a wrapper: only the algorithms that need numpy load it.
"""
