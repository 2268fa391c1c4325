/// The lines of one exposition in Prometheus's text format 0.0.4.
public struct MetricsPage {
  private let common: [(String, String)]
  public private(set) var text = ""

  /// - Parameter common: labels of every series.
  public init(common: [(String, String)]) { self.common = common }

  /// Begins a family of series.
  public mutating func family(_ name: String, _ help: String, type: String = "gauge") {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  /// One line; label values are escaped.
  public mutating func sample(_ name: String, _ value: Double, _ labels: [(String, String)] = []) {
    let all = (common + labels).map { "\($0.0)=\"\(Self.escaped($0.1))\"" }.joined(separator: ",")
    text += "\(name){\(all)} \(Self.number(value))\n"
  }

  /// One sample for each key; keys that look the same count together, since a series may come once only.
  mutating func family(_ name: String, _ help: String, _ label: String, _ counts: [String: Int]) {
    guard !counts.isEmpty else { return }
    family(name, help)
    let visible = Dictionary(counts.map { (Escaping.visible($0.key), $0.value) }, uniquingKeysWith: +)
    for (key, count) in visible.sorted(by: { $0.key < $1.key }) { sample(name, Double(count), [(label, key)]) }
  }

  mutating func summary(_ name: String, _ help: String, _ summary: LatencySummary?, _ count: Int) {
    guard let summary else { return }
    family(name, help, type: "summary")
    for (quantile, value) in [
      ("0.5", summary.p50), ("0.9", summary.p90), ("0.95", summary.p95), ("0.99", summary.p99),
      ("0.999", summary.p999), ("0.9999", summary.p9999), ("1", summary.max),
    ] {
      if let value { sample(name, Self.seconds(value), [("quantile", quantile)]) }
    }
    sample(name + "_sum", Self.seconds(summary.mean * Double(count)))
    sample(name + "_count", Double(count))
  }

  private static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in Escaping.visible(text).unicodeScalars {
      switch scalar {
      case "\\", "\"": escaped.append(contentsOf: ["\\", scalar])
      case "\n": escaped.append(contentsOf: ["\\", "n"])
      default: escaped.append(scalar)
      }
    }
    return String(escaped)
  }

  /// Milliseconds as seconds, in whole nanoseconds.
  private static func seconds(_ milliseconds: Double) -> Double { (milliseconds * 1e6).rounded() / 1e9 }

  private static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
    if let whole = Int64(exactly: value) { return "\(whole)" }
    return "\(value)"
  }
}
