import Testing

/// Tests against real servers: one at a time, so that none measures the others' noise.
@Suite(.serialized) enum Integration {}
