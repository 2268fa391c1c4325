internal import HTTP
internal import Load

extension FoundFingerprint {
  /// What a header says in these answers of who gave them: the backends, without names that stand for nobody and without what
  /// a cache repeats.
  init(header: String, in heads: [ResponseHead]) {
    var names: [String] = []
    var answers: [String: (gatewayErrors: Int, others: Int)] = [:]
    for head in heads where CacheEvidence.field(in: head) == nil {
      guard let name = head.value(of: header).flatMap({ FingerprintDiscovery.backend(in: $0) }) else { continue }
      if answers[name] == nil { names.append(name) }
      if GatewayErrors.statuses.contains(head.status) {
        answers[name, default: (0, 0)].gatewayErrors += 1
      } else {
        answers[name, default: (0, 0)].others += 1
      }
    }
    let named = names.map { name in
      NamedAnswers(
        name: name, gatewayErrors: answers[name]?.gatewayErrors ?? 0, others: answers[name]?.others ?? 0)
    }
    let nobodies = Set(NamedAnswers.nobodies(among: named))
    self.init(
      header: header, backends: names.indices.filter { !nobodies.contains($0) }.map { names[$0] }, heads: heads)
  }
}
