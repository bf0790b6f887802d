"""What runs programs: the protocol of both engines, traces, and whether two engines agree."""
