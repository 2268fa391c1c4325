import Foundation

/// The seeds of one test that tries many of them, each good for one case that can be made again from it alone.
///
///     let failures = FuzzSeeds(5_000, of: "ResponseParserSeedTests").failures { random in
///       …                                       // nil, or what went wrong
///     }
///     #expect(failures.isEmpty)
///
/// `LBCHECK_FUZZ_SEED=17` tries that seed alone, `LBCHECK_FUZZ_SEEDS=1000000` so many. A seed that ends the whole
/// process is named on standard error as well.
package struct FuzzSeeds: Sendable {
  private let seeds: Range<UInt64>
  private let test: String

  /// - Parameter test: what `swift test --filter` finds it by.
  package init(_ count: UInt64, of test: String) {
    let environment = ProcessInfo.processInfo.environment
    self.test = test
    if let text = environment["LBCHECK_FUZZ_SEED"] {
      guard let seed = UInt64(text) else { fatalError("LBCHECK_FUZZ_SEED is no number: '\(text)'") }
      seeds = seed..<seed + 1
    } else {
      seeds = 0..<(environment["LBCHECK_FUZZ_SEEDS"].flatMap(UInt64.init) ?? count)
    }
  }

  /// How many seeds are tried; fewer than asked for only where one is tried alone.
  package var count: Int { seeds.count }

  /// What went wrong with which seed: the first few, each with the command that tries it alone.
  ///
  /// - Parameter longest: after so many seconds a seed that has ended all the same counts as one that hangs.
  package func failures(
    longest: Double = 30, _ attempt: (inout SeededGenerator) throws -> String?
  ) -> [String] {
    var failures: [String] = []
    for seed in seeds where failures.count < 5 {
      let command = "LBCHECK_FUZZ_SEED=\(seed) swift test --filter \(test)"
      LastWords.say("this process ended in: \(command)\n")
      var random = SeededGenerator(seed: seed)
      let begun = Date()
      defer {
        let seconds = Date().timeIntervalSince(begun)
        if seconds > longest * Double(Patience.factor) { failures.append("\(command): took \(seconds) s") }
      }
      do {
        if let failure = try attempt(&random) { failures.append("\(command): \(failure)") }
      } catch {
        failures.append("\(command): \(error)")
      }
    }
    LastWords.say(nil)
    return failures
  }
}
