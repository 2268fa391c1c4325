/// The colours of all charts by what they mean, each for a light page and for a dark.
enum ChartInk: String {
  /// The page itself, and its rim.
  case page, rim
  /// Text, and less important text.
  case text, quiet
  /// Lines at ticks, and the line that figures stand on.
  case grid, base
  /// What was measured; of several lines from the palest to the strongest.
  case bar, pale, middle, strong
  /// Text on what was measured.
  case onBar
  /// What deviates from the expected, is stale, or is a limit; and as text.
  case stray, strayText
  /// What is good, or the result; and as text.
  case result, resultText
  /// The tolerance, and the margin within which a change does not count.
  case band, margin
  /// What was expected.
  case expected
  /// Requests that failed, and the time in which they did.
  case lost, outage
  /// Actions on the target.
  case action
  /// Time in which the generator itself was paused.
  case pause
  /// Kinds that have no order, such as backends.
  case kind1, kind2, kind3, kind4, kind5, kind6, kind7

  var light: String { colours.light }
  var dark: String { colours.dark }

  private var colours: (light: String, dark: String) {
    switch self {
    case .page: ("#ffffff", "#14181f")
    case .rim: ("#d8dee6", "#2d3440")
    case .text: ("#1c2430", "#e8edf4")
    case .quiet: ("#5b6675", "#9aa6b5")
    case .grid: ("#e9edf2", "#262d38")
    case .base: ("#8390a0", "#66748a")
    case .bar: ("#2f74c0", "#5a9fe6")
    case .onBar: ("#ffffff", "#0f1319")
    case .pale: ("#5c94d6", "#4a7db8")
    case .middle: ("#2f74c0", "#5a9fe6")
    case .strong: ("#174f8f", "#a8cff7")
    case .stray: ("#d1660f", "#f09347")
    case .strayText: ("#a84a00", "#f5a566")
    case .result: ("#1a7f37", "#57c46f")
    case .resultText: ("#136c2e", "#6fd488")
    case .band: ("#bcd6f0", "#2f5278")
    case .margin: ("#eaf0f7", "#232c3a")
    case .expected: ("#1c2430", "#f4f7fb")
    case .lost: ("#b42318", "#ff8a80")
    case .outage: ("#e5534b", "#e5534b")
    case .action: ("#8a63d2", "#a78bfa")
    case .pause: ("#5b6675", "#9aa6b5")
    case .kind1: ("#2f74c0", "#5a9fe6")
    case .kind2: ("#b85c00", "#f09347")
    case .kind3: ("#1a7f37", "#57c46f")
    case .kind4: ("#8250df", "#b392f0")
    case .kind5: ("#0f766e", "#3fb8af")
    case .kind6: ("#bf3989", "#f778ba")
    case .kind7: ("#5b6675", "#9aa6b5")
    }
  }

  /// The inks of kinds, in the order in which they are used.
  static let kinds: [ChartInk] = [.kind1, .kind2, .kind3, .kind4, .kind5, .kind6, .kind7]

  /// The opacity of an area of this ink, up to 1.
  var opacity: Double {
    switch self {
    case .outage: 0.28
    case .action: 0.14
    case .pause: 0.45
    default: 1
    }
  }
}
