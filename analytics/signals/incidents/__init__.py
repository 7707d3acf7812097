"""Behaviour incidents: sudden changes in daily series, with what happened before them.

`incidents.find_incidents` finds them in the contract's tables; `finder.ChangeFinder` is the
estimator, over a `panel.Panel` of daily series.
"""
