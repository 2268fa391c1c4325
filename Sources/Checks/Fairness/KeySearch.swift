internal import Load
internal import Statistics

/// Finds out which properties of a request decide which backend answers it: questions out, answers in, no socket.
///
/// For a request that one backend answers on every connection:
/// 1. Each property is varied alone. It decides where every value of it meets the same backend each time it is asked, some of
///    them another one than the request as it is, and the request as it is, asked in between, never moves.
/// 2. All that decide are varied together, and each set of values is asked twice with everything else changed in between. They
///    are the keys where the backend is the same both times; the request with its own keys and everything else changed is the
///    control.
///
/// A cookie may also bind to the backend that it names and no other value of it decide, as one does that the balancer itself set.
struct KeySearch {
  /// A request, by what is different from the one that the user gave.
  struct Question: Equatable {
    /// A number for each property that is varied; another number is another value.
    var values: [AffinityKey: UInt64] = [:]
  }

  /// Asks one question after another over one new connection, with as many answers; `nil` where no backend gave one.
  typealias Ask = ([Question]) -> [String?]

  /// What can be varied.
  let candidates: [AffinityKey]
  /// The shares of the backends that are named; empty where none is.
  let shares: [String: Double]
  /// How many values of the keys to ask at least, so that their shares can be judged; 0 where they are not.
  let wanted: Int
  var random: SplitMix64
  /// Whether no further question is to be asked.
  let isOver: () -> Bool

  private(set) var choice = BackendChoice()

  /// How many values of one property are asked before it counts as one that decides.
  private static let fewestValues = 6
  /// How often the request as it is has to meet its backend while other values of a cookie meet several, so that chance does not
  /// explain it.
  private static let fewestLoose = 12
  /// How many at most, however rare the other backends are.
  private static let mostEffects = 200
  static let mostValues = 6_000
  /// How many questions in a row may stay without a backend's answer.
  private static let mostMisses = 5
  /// One value in so many is followed by the control.
  private static let controlEvery = 3
  /// How many values are asked over one connection.
  private static let keptValues = 12

  /// - Parameter seed: fixes every choice.
  init(
    _ candidates: [AffinityKey], shares: [String: Double], wanted: Int, seed: UInt64,
    isOver: @escaping () -> Bool = { false }
  ) {
    self.candidates = candidates
    self.shares = shares
    self.wanted = wanted
    random = SplitMix64(seed: seed)
    self.isOver = isOver
  }

  /// Asks until it is known what decides, or that nothing of it does.
  mutating func run(_ ask: Ask) -> BackendChoice {
    guard let home = ask([Question()])[0] else { return choice }
    meet([home])
    var (deciding, binding): ([AffinityKey], [AffinityKey]) = ([], [])
    for key in candidates where !isOver() {
      switch effect(of: key, home, ask) {
      case .moves: deciding.append(key)
      case .frees: binding.append(key)
      case .none: choice.inert.append(key)
      case .unknown: continue
      // Whatever moves the request as it is moves all others, too.
      case .homeMoved: return choice
      }
    }
    // Its parameters are parts of the query.
    if deciding.contains(.query) { deciding.removeAll(where: \.isParameter) }
    if deciding.isEmpty, !binding.isEmpty {
      choice.keys = binding
      return choice
    }
    guard !deciding.isEmpty, let values = values(of: deciding, home, ask) else { return choice }
    choice.keys = deciding
    choice.per = unit(deciding, values, ask)
    return choice
  }

  /// Notes backends that answer what was asked, or would with another key.
  private mutating func meet(_ backends: [String]) {
    for backend in backends where !choice.backends.contains(backend) { choice.backends.append(backend) }
  }

  // MARK: One property

  private enum Effect {
    case moves
    /// Other values of it meet now this backend, now that one, and the request as it is always its own.
    case frees
    case none
    /// No value of it tells anything: it is not answered by backends, or each time by another.
    case unknown
    case homeMoved
  }

  private mutating func effect(of key: AffinityKey, _ home: String, _ ask: Ask) -> Effect {
    let enough = effectsNeeded(home)
    var (asked, misses, loose) = (0, 0, 0)
    var moved: [String] = []
    while !isOver(), misses < Self.mostMisses {
      let question = Question(values: [key: random.next()])
      let first = ask([question])[0]
      let control = ask([Question()])[0]
      let second = ask([question])[0]
      guard control == nil || control == home else {
        meet([control].compactMap(\.self))
        return .homeMoved
      }
      guard let first, let second, control != nil else {
        misses += 1
        continue
      }
      guard first == second || loose > 0 else {
        guard key.isCookie else { return .unknown }
        loose = 1
        meet([first, second])
        continue
      }
      if loose > 0 {
        loose += 1
        meet([first, second])
        if loose >= Self.fewestLoose { return .frees }
        continue
      }
      asked += 1
      if first != home { moved.append(first) }
      if !moved.isEmpty, asked >= Self.fewestValues {
        meet(moved)
        return .moves
      }
      if asked >= enough { return .none }
    }
    return .unknown
  }

  /// How many values would leave out every other backend less than once in a thousand times.
  private func effectsNeeded(_ home: String) -> Int {
    // Of a number that is not known there are two at least.
    let share = shares.count > 1 ? shares[home] ?? 0 : 0.5
    return (Self.fewestValues...Self.mostEffects).first { Draws.areEnough($0, toMeet: 1 - share) } ?? Self.mostEffects
  }

  // MARK: All that decide

  /// Which backend each set of values met; `nil` where they alone do not decide.
  private mutating func values(
    of keys: [AffinityKey], _ home: String, _ ask: Ask
  ) -> [(question: Question, backend: String)]? {
    var met: [(question: Question, backend: String)] = []
    var misses = 0
    while met.count < Self.mostValues, !isOver(), misses < Self.mostMisses {
      if isEnough(met.count) { break }
      var own = Question()
      for key in keys { own.values[key] = random.next() }
      let answers = [ask([changed(own)])[0], ask([changed(own)])[0]]
      if met.count.isMultiple(of: Self.controlEvery), let control = ask([changed(Question())])[0], control != home {
        meet([control])
        return nil
      }
      guard let first = answers[0], let second = answers[1] else {
        misses += 1
        continue
      }
      guard first == second else { return nil }
      met.append((own, first))
      meet([first])
      choice.values[first, default: 0] += 1
    }
    choice.isComplete = isEnough(met.count)
    guard met.count >= Self.fewestValues else {
      choice.values = [:]
      return nil
    }
    return met
  }

  private func isEnough(_ count: Int) -> Bool {
    let seen = choice.values.count
    let expected =
      shares.count > 1 ? Array(shares.values) : Array(repeating: 1 / Double(max(seen, 2)), count: max(seen, 2))
    return count >= max(wanted, Self.fewestValues) && Draws.areEnough(count, toMeetEach: expected)
  }

  /// The same question with all that changes nothing changed.
  private mutating func changed(_ question: Question) -> Question {
    var question = question
    for key in choice.inert { question.values[key] = random.next() }
    return question
  }

  // MARK: Requests or connections

  /// Whether each request meets the backend of its own key, or all of a connection the one of the first.
  private mutating func unit(
    _ keys: [AffinityKey], _ values: [(question: Question, backend: String)], _ ask: Ask
  ) -> BalancingUnit? {
    // All requests of a connection have the same address: both are the same then.
    guard !keys.contains(.clientAddress) else { return .request }
    let chosen = values.prefix(Self.keptValues)
    guard Set(chosen.map(\.backend)).count > 1 else { return nil }
    let answers = ask(chosen.map(\.question))
    guard answers.count == chosen.count, !answers.contains(nil) else { return nil }
    if zip(answers, chosen).allSatisfy({ $0 == $1.backend }) { return .request }
    return Set(answers).count == 1 ? .connection : nil
  }
}

extension AffinityKey {
  fileprivate var isCookie: Bool {
    switch self {
    case .cookie: true
    case .clientAddress, .path, .query, .header, .parameter: false
    }
  }

  fileprivate var isParameter: Bool {
    switch self {
    case .parameter: true
    case .clientAddress, .path, .query, .header, .cookie: false
    }
  }
}
