extension Worker {
  /// Fails the requests whose time is over, unless what they wait for has come meanwhile.
  mutating func expire(_ now: inout Nanoseconds) {
    while let place = firstExpired(at: now) {
      // Who stood still himself first looks what has come.
      if notePause(at: &now) { continue }
      switch connections[place].state {
      case .connecting, .handshaking:
        if waitsForUs(place) { postpone(place, at: now) } else { failConnecting(place, at: now) }
      case .sending, .receiving:
        let registration = connections[place].registration
        handle(EventQueue.Event(token: token(of: place), hasEnded: false), &now)
        if connections[place].registration == registration, connections[place].isUnderWay {
          failResponding(place, at: now)
        }
      case .unconnected, .idle: break
      }
    }
  }

  /// Gives a connection its timeout once more: the other side has done its part, and its event is yet to be handled.
  private mutating func postpone(_ place: Int, at now: Nanoseconds) {
    tally.postponed += 1
    connections[place].postponements += 1
    connecting.remove(place, in: connections)
    connections[place].deadline = now + plan.connectTimeout
    connecting.append(place, in: connections)
  }

  private func firstExpired(at now: Nanoseconds) -> Int? {
    if connecting.first >= 0, connections[Int(connecting.first)].deadline <= now { return Int(connecting.first) }
    if responding.first >= 0, connections[Int(responding.first)].deadline <= now { return Int(responding.first) }
    return nil
  }
}
