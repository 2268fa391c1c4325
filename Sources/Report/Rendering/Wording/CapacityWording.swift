internal import Statistics

/// The words and figures of a capacity that every writer shares; nothing in here is escaped.
enum CapacityWording {
  static func heads(_ capacity: CapacitySection) -> [String] {
    (capacity.scalability == nil ? [] : ["backends"])
      + ["offered", "result", "step", "achieved", "p50 ms", "p90 ms", "p99 ms"] + others(capacity).map { "\($0) ms" }
      + ["failed"]
  }

  /// One row a rate that was tried, in order.
  ///
  /// - Parameter hasIntervals: whether each percentile has its interval beside it.
  static func row(_ step: CapacityStep, of capacity: CapacitySection, hasIntervals: Bool = false) -> [String] {
    func milliseconds(_ value: Double?, _ name: String) -> String {
      IntervalWording.figure(value, name, hasIntervals ? step.intervals : nil)
    }
    var row = capacity.scalability == nil ? [] : [step.backends.map(Formatting.count) ?? Formatting.none]
    let limited = step.generatorLimited ? ", generator limited" : ""
    let word =
      switch step.verdict {
      case .pass: "holds"
      case .fail: "fails"
      case .inconclusive: "not decided"
      }
    row += [Formatting.rate(step.offered), "\(Wording.sign(step.verdict)) \(word)\(limited)", step.purpose.rawValue]
    row.append(Formatting.rate(step.achieved))
    row += [(step.p50, "p50"), (step.p90, "p90"), (step.p99, "p99")].map(milliseconds)
    row += others(capacity).map { milliseconds(step.objectives[$0], $0) }
    return row + [Formatting.percent(step.failedShare)]
  }

  /// What tells a step from those with other numbers of backends; where the search came back to a rate, also from the other.
  static func name(_ step: CapacityStep) -> String {
    let rate = "\(Formatting.rate(step.offered)), \(step.purpose.rawValue)"
    return step.backends.map { "\(Formatting.count($0, "backend")), \(rate)" } ?? rate
  }

  /// The percentiles of objectives that have no column anyway.
  private static func others(_ capacity: CapacitySection) -> [String] {
    Set(capacity.steps.flatMap(\.objectives.keys)).subtracting(["p50", "p90", "p99"]).sorted()
  }

  /// The result in one sentence.
  static func result(_ capacity: CapacitySection) -> String {
    guard let rate = capacity.rate else { return "No rate held; limited by \(limit(capacity.limitedBy))." }
    return (capacity.isLowerBound ? "At least " : "") + Formatting.rate(rate)
      + (capacity.isConfirmed ? ", confirmed by a longer run" : ", not confirmed")
      + "; limited by \(limit(capacity.limitedBy))."
  }

  static func limit(_ limit: CapacityLimit) -> String {
    switch limit {
    case .percentile: limit.name
    case .failed: "requests that failed"
    case .queue: "a queue that grew without end"
    case .generator: "the generator, not the target"
    case .maxRate: "the highest rate that was allowed"
    case .budget: "the time that was allowed"
    case .interrupted: "the early end"
    }
  }

  static let scaleHeads = ["backends", "capacity", "fitted", "off by", "limited by"]

  /// One row a number of backends.
  static func row(_ point: ScalabilityPoint, _ fit: ScalabilityCurve?) -> [String] {
    [
      Formatting.count(point.backends),
      point.rate.map { (point.isLowerBound ? "≥ " : "") + Formatting.rate($0) } ?? "none",
      fit.map { Formatting.rate($0.rate(Double(point.backends))) } ?? Formatting.none,
      point.residual.map { Formatting.percent(abs($0)) } ?? Formatting.none,
      limit(point.limitedBy),
    ]
  }

  /// The coefficients of the scalability law, in words.
  static func coefficients(_ fit: ScalabilityCurve) -> [(name: String, value: String)] {
    [
      ("one backend (λ)", Formatting.rate(fit.lambda)),
      ("contention (σ)", Formatting.percent(fit.contention) + " of the work waits for something shared"),
      ("coherency (κ)", Formatting.percent(fit.coherency) + " of the work keeps backends in agreement"),
      (
        "peak",
        fit.peakBackends.map { peak in
          "\(Formatting.rate(fit.peakRate ?? 0)) with \(Formatting.fixed(peak, decimals: 1)) backends"
        } ?? "none: more backends always carry more"
      ),
    ]
  }
}

extension Page {
  static func capacity(_ capacity: CapacitySection?) -> [Block] {
    guard let capacity else { return [] }
    var blocks = [section("Capacity"), .paragraph([.words(CapacityWording.result(capacity))])]
    if !capacity.steps.isEmpty {
      let heads = CapacityWording.heads(capacity)
      var steps = PageTable("Rates that were tried", [], naming: capacity.scalability == nil ? 0 : 1)
      for head in heads { steps.addColumn(Wording.capitalised(head), right: !["step", "result"].contains(head)) }
      for step in capacity.steps { steps.add(CapacityWording.row(step, of: capacity, hasIntervals: true).map(cell)) }
      blocks += [.chart(Self.capacity(capacity)), .table(steps)]
      let reasons = capacity.steps.filter { $0.reason != nil }.map { step in
        Item(term: .words(CapacityWording.name(step)), body: [cell(step.reason ?? "")])
      }
      if !reasons.isEmpty { blocks.append(.list(reasons)) }
    }
    return blocks + scalability(capacity.scalability)
  }

  private static func scalability(_ scalability: ScalabilitySection?) -> [Block] {
    guard let scalability else { return [] }
    var points = PageTable("Capacity by number of backends", [])
    for head in CapacityWording.scaleHeads {
      points.addColumn(Wording.capitalised(head), right: head != "limited by")
    }
    for point in scalability.points { points.add(CapacityWording.row(point, scalability.fit).map(cell)) }
    var blocks: [Block] = [
      section("Scalability"), .table(points), .chart(Self.scalability(scalability)),
      .paragraph([cell(scalability.remark)]),
    ]
    if let fit = scalability.fit {
      blocks.append(
        .list(CapacityWording.coefficients(fit).map { Item(term: .words($0.name), body: [cell($0.value)]) }))
    }
    return blocks
  }
}

extension TextWriter {
  func capacity(_ capacity: CapacitySection?) -> [[String]] {
    guard let capacity else { return [] }
    var steps = Columns()
    let heads = CapacityWording.heads(capacity)
    steps.align(right: heads.indices.filter { !["step", "result"].contains(heads[$0]) })
    steps.add(heads)
    for step in capacity.steps { steps.add(CapacityWording.row(step, of: capacity)) }
    var blocks = [table(steps)]
    guard let scalability = capacity.scalability else { return blocks }
    var points = Columns()
    points.align(right: Array(0..<CapacityWording.scaleHeads.count - 1))
    points.add(CapacityWording.scaleHeads)
    for point in scalability.points { points.add(CapacityWording.row(point, scalability.fit)) }
    blocks.append(table(points))
    var law = Columns()
    for row in scalability.fit.map(CapacityWording.coefficients) ?? [] { law.add([row.name, row.value]) }
    blocks.append((law.lines + [Escaping.terminal(scalability.remark, width: 300)]).map { "  " + $0 })
    return blocks
  }
}
