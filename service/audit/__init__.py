"""The auditor's program: replays a published log without any code of the service and recomputes its numbers."""
