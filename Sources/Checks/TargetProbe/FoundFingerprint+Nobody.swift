internal import HTTP
internal import Load

extension FoundFingerprint {
  /// What a header says in these answers of who gave them: the backends, without names that stand for nobody and without what
  /// a cache repeats.
  init(header: String, in heads: [ResponseHead]) {
    self.init(header: header, backends: Self.answers(in: heads, by: header).map(\.name), heads: heads)
  }

  /// How many of the answers, which are no redirects, no errors and no cache's, no backend is named for.
  var nameless: Int {
    let named = Set(backends)
    return heads.count { head in
      guard NobodyReason(unnamed: head.status) == .noHeader, CacheEvidence.field(in: head) == nil else { return false }
      return Self.name(in: head, by: header).map { !named.contains($0) } ?? true
    }
  }

  /// How often each backend answered, in order of appearance.
  static func answers(in heads: [ResponseHead], by header: String) -> [(name: String, answers: Int)] {
    var names: [String] = []
    var answers: [String: (badGateways: Int, others: Int)] = [:]
    for head in heads where CacheEvidence.field(in: head) == nil {
      guard let name = name(in: head, by: header) else { continue }
      if answers[name] == nil { names.append(name) }
      if head.status == 502 {
        answers[name, default: (0, 0)].badGateways += 1
      } else {
        answers[name, default: (0, 0)].others += 1
      }
    }
    let named = names.map { name in
      NamedAnswers(
        name: name, badGateways: answers[name]?.badGateways ?? 0, others: answers[name]?.others ?? 0)
    }
    let nobodies = Set(NamedAnswers.nobodies(among: named))
    return named.indices.filter { !nobodies.contains($0) }.map {
      (named[$0].name, named[$0].badGateways + named[$0].others)
    }
  }

  private static func name(in head: ResponseHead, by header: String) -> String? {
    head.value(of: header).flatMap { FingerprintDiscovery.backend(in: $0) }
  }
}
