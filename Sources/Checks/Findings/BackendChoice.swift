internal import Load
package import Statistics

/// What the choice of a backend depends on, where one connection with one request always met the same.
package struct BackendChoice: Codable, Sendable, Equatable {
  /// What decides; empty where nothing was found.
  package var keys: [AffinityKey] = []
  /// Whether requests are dealt out by it, or connections by their first request; `nil` where that was not tried.
  package var per: BalancingUnit?
  /// How many values of the keys met which backend.
  package var values: [String: Int] = [:]
  /// Whether they were enough to have met every backend that takes part, but for one time in a thousand.
  package var isComplete = false
  /// The backends that answered meanwhile.
  package var backends: [String] = []
  /// What else was varied, and changed nothing.
  package var inert: [AffinityKey] = []

  package init() {}

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    keys = try fields.decodeKeys(forKey: .keys)
    per = try fields.decodeIfPresent(BalancingUnit.self, forKey: .per)
    values = try fields.decodeCounts(forKey: .values, atMost: FindingsLimits.backends) { $0 }
    isComplete = try fields.decode(Bool.self, forKey: .isComplete)
    backends = try fields.decodeLines(forKey: .backends)
    inert = try fields.decodeKeys(forKey: .inert)
  }
}

/// That visitors who send back a cookie of the server meet the same backend again.
package struct CookieAffinity: Codable, Sendable, Equatable {
  enum CodingKeys: String, CodingKey { case cookie, visitors, returns, backends, crowd }

  /// The cookie's name.
  package var cookie: String
  /// The visitors who were given one.
  package var visitors: Int
  /// How often they came back with it, on connections of their own, each time to the same backend.
  package var returns: Int
  /// The backends that they began at.
  package var backends: [String]
  /// What many visitors at a time met who came back; `nil` where that was not asked.
  package var crowd: VisitorReturns?

  package init(cookie: String, visitors: Int, returns: Int, backends: [String]) {
    self.cookie = cookie
    self.visitors = visitors
    self.returns = returns
    self.backends = backends
  }

  package init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    cookie = try fields.decodeName(forKey: .cookie)
    visitors = try fields.decodeCount(forKey: .visitors)
    returns = try fields.decodeCount(forKey: .returns)
    backends = try fields.decodeLines(forKey: .backends)
    crowd = try fields.decodeIfPresent(VisitorReturns.self, forKey: .crowd)
    try fields.demand(consistency)
  }
}

extension KeyedDecodingContainer {
  fileprivate func decodeKeys(forKey key: Key) throws -> [AffinityKey] {
    let keys = try decodeLines(forKey: key).map(AffinityKey.init)
    try demand(!keys.contains(nil), key)
    return keys.compactMap(\.self)
  }
}
