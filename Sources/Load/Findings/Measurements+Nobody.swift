internal import HTTP

extension Measurements {
  /// Removes names from the backends that stand for no backend, such as nginx's name of a group of which no server could be
  /// chosen; their answers are nobody's from then on.
  public mutating func setNobodiesApart() {
    let named = backends.map {
      NamedAnswers(
        name: $0.name, badGateways: $0.gatewayErrors[502], others: $0.requests - $0.gatewayErrors[502])
    }
    let gone = Set(NamedAnswers.nobodies(among: named))
    guard !gone.isEmpty else { return }
    for index in gone {
      let backend = backends[index]
      for status in GatewayErrors.statuses where backend.gatewayErrors[status] > 0 {
        nobody[.status(status), default: 0] += backend.gatewayErrors[status]
      }
      let others = backend.requests - backend.gatewayErrors.total
      if others > 0 { nobody[.noHeader, default: 0] += others }
      counters.unattributed += backend.succeeded
    }
    let numbers = Self.numbers(of: backends.count) { !gone.contains($0) }
    let generationNumbers = Self.numbers(of: generations.count) { !gone.contains(generations[$0].backend) }
    series.renumber(numbers)
    backends = backends.indices.filter { numbers[$0] != nil }.map { backends[$0] }
    generations = generations.compactMap { generation in
      numbers[generation.backend].map { Generation(backend: $0, name: generation.name) }
    }
    for index in records.indices {
      records[index].backend = records[index].backend.flatMap { numbers[$0] }
      records[index].generation = records[index].generation.flatMap { generationNumbers[$0] }
    }
  }

  /// New numbers, without gaps, for those that stay.
  private static func numbers(of count: Int, where stays: (Int) -> Bool) -> [Int?] {
    var next = 0
    return (0..<count).map { index in
      guard stays(index) else { return nil }
      defer { next += 1 }
      return next
    }
  }
}
