public import Statistics

/// Writes a histogram as the percentile text that HdrHistogram's libraries print and its plotter reads.
///
/// Levels, figures and columns are those of `outputPercentileDistribution` with five ticks per half distance
/// (`AbstractHistogram.java`, `PercentileIterator.java`); values are milliseconds.
public struct HistogramTextWriter: Sendable {
  static let latencyFile = "latency.hgrm"
  static let serviceTimeFile = "service-time.hgrm"
  static let ticksPerHalfDistance = 5.0

  public init() {}

  /// The distribution of a histogram in nanoseconds; one that is empty has no lines between head and foot.
  public func write(_ histogram: Histogram) -> String {
    var text = Self.right("Value", 12) + " " + Self.right("Percentile", 14) + " " + Self.right("TotalCount", 10) + " "
    text += Self.right("1/(1-Percentile)", 14) + "\n\n"
    for line in Self.lines(of: histogram) {
      text += Self.right(line.value, 3, 12) + " " + Self.right(line.level / 100, 12, 14) + " "
      text += Self.right("\(line.count)", 10)
      if line.level < 100 { text += " " + Self.right(1 / (1 - line.level / 100), 2, 14) }
      text += "\n"
    }
    let buckets = histogram.recordedBuckets
    let mean = Self.right((histogram.mean ?? 0) / 1e6, 3, 12)
    let deviation = Self.right((histogram.standardDeviation ?? 0) / 1e6, 3, 12)
    let most = Self.right(Double(buckets.last?.highest ?? 0) / 1e6, 3, 12)
    text += "#[Mean    = \(mean), StdDeviation   = \(deviation)]\n"
    text += "#[Max     = \(most), Total count    = \(Self.right("\(histogram.count)", 12))]\n"
    let layout = Histogram.layout
    text += "#[Buckets = \(Self.right("\(layout.buckets)", 12)), SubBuckets     = "
    return text + "\(Self.right("\(layout.subBuckets)", 12))]\n"
  }

  private typealias Line = (value: Double, level: Double, count: UInt64)

  private static func lines(of histogram: Histogram) -> [Line] {
    var lines: [Line] = []
    var level = 0.0
    var seen: UInt64 = 0
    let total = histogram.count
    for bucket in histogram.recordedBuckets {
      seen += bucket.count
      let value = Double(bucket.highest) / 1e6
      while 100 * Double(seen) / Double(total) >= level || seen == total {
        lines.append((value, level, seen))
        let halvings = (100 / (100 - level)).log2RoundedDown
        level += 100 / (ticksPerHalfDistance * Double(UInt64(1) << UInt64(halvings + 1)))
        if seen == total {
          if lines.last!.level < 100 { lines.append((value, 100, seen)) }
          return lines
        }
      }
    }
    return lines
  }

  private static func right(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }

  private static func right(_ value: Double, _ decimals: Int, _ width: Int) -> String {
    right(Formatting.plain(value, decimals: decimals), width)
  }
}

extension Double {
  /// The logarithm to base 2 of a number from 1, rounded down; 62 at most.
  fileprivate var log2RoundedDown: Int { isFinite ? Swift.min(Swift.max(Int(exponent), 0), 62) : 62 }
}
