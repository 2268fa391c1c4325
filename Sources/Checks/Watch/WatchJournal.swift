internal import FoundationEssentials
internal import Glibc
package import Platform
internal import Report
internal import Synchronization

/// Writes events and minutes to files as they become known, so that both are whole up to the last minute whatever ends lbcheck.
package final class WatchJournal: Sendable {
  /// The files in a report's folder.
  package static let eventsFile = "events.jsonl"
  package static let seriesFile = "series.csv"

  private let events: AppendedFile
  private let series: AppendedFile
  /// A file of the user's.
  private let further: AppendedFile?
  private let command: EventCommand?
  /// Hides credentials in names that servers send.
  private let mask: @Sendable (String) -> String

  /// - Parameters:
  ///   - folder: an existing folder.
  ///   - further: a file that gets the events as well.
  ///   - command: runs for each event.
  /// - Throws: the reason why a file in the folder cannot be made.
  package init(
    folder: String, further: AppendedFile? = nil, command: EventCommand? = nil,
    mask: @escaping @Sendable (String) -> String = { $0 }
  ) throws(SystemError) {
    events = try AppendedFile("\(folder)/\(Self.eventsFile)", isNew: true)
    series = try AppendedFile("\(folder)/\(Self.seriesFile)", isNew: true)
    self.further = further
    self.command = command
    self.mask = mask
    series.append(MinuteSeries.Minute.head)
  }

  func add(_ event: WatchEvent) {
    let line = mask(Self.line(event)) + "\n"
    events.append(line)
    further?.append(line)
    command?.put(line)
  }

  func add(_ minute: MinuteSeries.Minute) { series.append(minute.line) }

  /// The event as JSON in one line.
  static func line(_ event: WatchEvent) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Its figures are finite, so it always has a form.
    return (try? encoder.encode(event)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  /// Removes the files of a watch that did not begin.
  package func discard() {
    for file in [events, series] { unlink(file.path) }
  }

  /// Ends the command.
  ///
  /// - Returns: what could not be written or run, a sentence each.
  func close() -> [String] {
    let files = [events, series, further].compactMap(\.self)
    return files.compactMap { file in file.failure.map { "\(file.path) could not be written: \($0)." } }
      + (command?.close() ?? [])
  }
}
