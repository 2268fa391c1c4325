internal import Platform
internal import Report

/// Finds times in which successful answers have another status than usual, such as a redirect to a maintenance page: values in,
/// values out.
struct StatusWatch {
  /// A status that a twentieth of the answers have is usual.
  private static let usualShare = 0.05
  /// Before so many answers every status is.
  private static let enough = 50
  private static let mostStatuses = 64

  /// So many of the last answers may be of another time already.
  private static let span = 40

  private var counts: [Int: Int] = [:]
  private var total = 0
  private var recent: [Int] = []
  private var unusual = UnusualAnswers()

  /// Takes the status of a successful answer.
  mutating func take(_ status: Int, at time: Nanoseconds) -> [Sighting] {
    let usual = usualStatuses
    let isUsual = total < Self.enough || usual.contains(status)
    switch unusual.take(at: time, isUsual: isUsual) {
    case nil: break
    case .began(let start):
      recent = []
      return [Sighting(start, .statusChanged(from: usual.sorted(), to: status))]
    case .over(let end, let seconds): return [Sighting(end, .statusBack(afterSeconds: seconds))]
    }
    // What goes on is not usual for that.
    guard isUsual || !unusual.goOn else { return [] }
    recent.append(status)
    if recent.count > Self.span { learn(recent.removeFirst()) }
    return []
  }

  private mutating func learn(_ status: Int) {
    guard counts.count < Self.mostStatuses || counts[status] != nil else { return }
    counts[status, default: 0] += 1
    total += 1
  }

  private var usualStatuses: [Int] {
    counts.filter { Double($0.value) >= Self.usualShare * Double(total) }.map(\.key)
  }
}
