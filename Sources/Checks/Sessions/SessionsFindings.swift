package import Report

/// Who answered which visitor, and when: what a sessions check measured beside its traffic.
package struct SessionsFindings: Codable, Sendable, Equatable {
  /// One answer to a visitor.
  package struct Answer: Codable, Sendable, Equatable {
    package enum Kind: Int8, Codable, Sendable {
      /// A backend's, by its number.
      case backend
      /// An answer that names no backend, or a cache's.
      case nobody
      /// None, or none as expected that names a backend.
      case failed
      /// The request was not made.
      case notAsked
    }

    package var kind = Kind.notAsked
    /// The backend's number in ``SessionsFindings/backends``; of a failure the one that gave it, if any; else −1.
    package var number: Int16 = -1
    /// Whether it came over the connection of the visitor's answer before it.
    package var isOnSameConnection = false

    package init(_ kind: Kind = .notAsked, _ number: Int16 = -1, onSameConnection: Bool = false) {
      self.kind = kind
      self.number = number
      isOnSameConnection = onSameConnection
    }

    /// Who answered as expected.
    var backend: Int? { kind == .backend ? Int(number) : nil }
  }

  /// All visitors once, in an order of chance.
  package struct Round: Codable, Sendable, Equatable {
    package var phase: SessionsPhase
    /// Those of each visitor together, in the order of the visitors.
    package var answers: [Answer]
  }

  /// What visitors came with in a round that finds out what they stay by.
  package enum Control: Codable, Sendable, Hashable {
    /// Their cookies, from another address.
    case cookies
    /// No cookie, from their own address.
    case address
    /// One cookie alone.
    case cookie(String)
    /// All that they have, to another of the target's addresses.
    case otherAddress
  }

  package struct ControlRound: Codable, Sendable, Equatable {
    package var control: Control
    /// Who came, by numbers from 0, and who answered.
    package var visitors: [Int]
    package var answers: [Answer]
  }

  /// Some visitors who came once more, with all that they have, after nobody had asked for a while.
  package struct Rest: Codable, Sendable, Equatable {
    /// How long at least, in seconds.
    package var seconds: Double
    /// Who came, by numbers from 0, and who answered.
    package var visitors: [Int]
    package var answers: [Answer]
  }

  /// A cookie that the site sets.
  package struct SetCookie: Codable, Sendable, Equatable {
    package var name: String
    /// How many answers set it.
    package var answers = 0
    /// How many of those a client does not keep, such as a Secure one over `http://`.
    package var refused = 0
    /// How long it is kept, in seconds; `nil` for as long as the client runs.
    package var seconds: Int64?
    /// What is asked with it.
    package var path = "/"
  }

  package var visitors: Int
  package var requestsPerVisit: Int
  /// By number, in order of appearance; a name that stands for no backend stays here and is answered by nobody.
  package var backends: [String] = []
  package var rounds: [Round] = []
  package var controls: [ControlRound] = []
  /// In the order of their lengths; empty where nobody was to rest.
  package var rests: [Rest] = []
  /// The target's addresses; visitor number n came to the one at n modulo their number. Empty for one.
  package var targets: [String] = []
  /// How many other new visitors each backend answered, by its number, for each of the target's addresses.
  package var draws: [[Int: Int]] = []
  /// The cookies that visitors had when it was found out what they stay by; empty where that was not noted.
  package var cookiesBefore: [String] = []
  /// What of a request decides which backend answers it, whoever asks; empty for nothing, or where visitors stay by what they have.
  package var requestKeys: [AffinityKey] = []
  package var cookies: [SetCookie] = []
  /// How many addresses the visitors came from.
  package var addresses = 1
  /// What the manager was asked to do, in order.
  package var actions: [ActionSection] = []
  /// The backend that was stopped; `nil` if none was.
  package var stopped: String?
  /// Who answered some visitors who came without cookies once it was started again.
  package var newcomers: [Answer] = []

  package init(visitors: Int, requestsPerVisit: Int) {
    self.visitors = visitors
    self.requestsPerVisit = requestsPerVisit
  }

  /// The answers of a round to one visitor.
  func answers(in round: Round, to visitor: Int) -> ArraySlice<Answer> {
    round.answers[visitor * requestsPerVisit..<(visitor + 1) * requestsPerVisit]
  }

  /// Gives the answers under names that stand for no backend to nobody.
  mutating func setNobodiesApart(keeping names: [String]) {
    let nobodies = Set(backends.indices.filter { !names.contains(backends[$0]) }.map { Int16($0) })
    guard !nobodies.isEmpty else { return }
    func corrected(_ answer: Answer) -> Answer {
      guard nobodies.contains(answer.number) else { return answer }
      return Answer(
        answer.kind == .backend ? .nobody : answer.kind, -1, onSameConnection: answer.isOnSameConnection)
    }
    for index in rounds.indices { rounds[index].answers = rounds[index].answers.map(corrected) }
    for index in controls.indices { controls[index].answers = controls[index].answers.map(corrected) }
    newcomers = newcomers.map(corrected)
    for index in rests.indices { rests[index].answers = rests[index].answers.map(corrected) }
    draws = draws.map { $0.filter { !nobodies.contains(Int16($0.key)) } }
  }

  /// The rounds before anything was done.
  var baseline: [Round] { rounds.filter { $0.phase == .baseline } }
}

/// A stretch of a sessions check.
package enum SessionsPhase: Codable, Sendable, Hashable {
  case baseline
  case stop(String)
  case start(String)
  case reload

  /// Its name in reports.
  package var name: String {
    switch self {
    case .baseline: "baseline"
    case .stop(let backend): "stop \(backend)"
    case .start(let backend): "start \(backend)"
    case .reload: "reload"
    }
  }
}
