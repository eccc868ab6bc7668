"""The whole life of a campaign as a state machine: a plain model says what must be, and everything is compared with it.

`model` is the plain model, without a database; `world` does each thing to the service and to the model; `steps` is the
table of what can happen, from `people`, `appeal` and `judging` (a new event is a function there and a line in the
table); `test_life` runs and compares.
"""
