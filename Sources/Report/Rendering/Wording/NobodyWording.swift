internal import Statistics

extension Wording {
  /// What the row of answers that no backend gave is called.
  static let nobody = "nobody"

  /// Why no backend is credited with answers, the most frequent reason first, such as `20 × 502, 5 redirects`.
  static func because(_ nobody: NobodySection) -> String {
    nobody.because.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.map { reason, count in
      let number = Formatting.count(count)
      return switch reason {
      case "redirect": "\(number) redirect\(count == 1 ? "" : "s")"
      case "cache": "\(number) out of a cache"
      case "noHeader": "\(number) without a backend's name"
      default: "\(number) × \(reason)"
      }
    }.joined(separator: ", ")
  }
}
