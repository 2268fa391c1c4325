import Foundation

/// How many times longer than usual a test waits for what takes no time on its own.
///
/// A sanitizer makes everything several times slower: `Tests/run --sanitize` sets `LBCHECK_PATIENCE`.
package enum Patience {
  package static let factor = ProcessInfo.processInfo.environment["LBCHECK_PATIENCE"].flatMap(UInt32.init) ?? 1
}
