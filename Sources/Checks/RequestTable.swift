internal import HTTP
package import Load
package import Report
internal import Synchronization

/// Writes the requests of a run to a table of the report during the run.
///
/// Of several runs, it holds the one whose traffic is reported. A name that stands for no backend is left out, as in the
/// report, but only by what the run has shown when the row is written.
package final class RequestTable: RecordSink {
  package static let file = "requests.csv"
  private let stream: ReportFileStream
  /// Answers so far by the name in them.
  private let answers = Mutex<[String: NamedCount]>([:])

  private struct NamedCount {
    var badGateways = 0
    var others = 0
  }

  package init(_ stream: ReportFileStream) {
    self.stream = stream
    begin()
  }

  package func begin() {
    answers.withLock { $0 = [:] }
    stream.restart()
    stream.append(Array(CSVWriter.header.utf8))
  }

  package func take(_ chunk: RecordChunk) {
    let isNobody = nobodies(chunk)
    let rows = chunk.records.lazy.map { record in
      let isNamed = record.backend.map { !isNobody[$0] } ?? false
      return RequestRow(
        due: record.due, sent: record.sent, done: record.done, connection: record.connection,
        backend: isNamed ? record.backend : nil, generation: isNamed ? record.generation : nil, status: record.status,
        failure: record.failure?.name, isRetry: record.isRetry, isUpstreamRetried: record.isUpstreamRetried)
    }
    stream.append(CSVWriter().write(rows, backends: chunk.backends, generations: chunk.generations))
  }

  /// The names in a chunk that are no backend's, the chunk's own answers included.
  private func nobodies(_ chunk: RecordChunk) -> [Bool] {
    var counts = Array(repeating: NamedCount(), count: chunk.backends.count)
    for record in chunk.records {
      guard let backend = record.backend else { continue }
      if record.status == 502 {
        counts[backend].badGateways += 1
      } else {
        counts[backend].others += 1
      }
    }
    return answers.withLock { answers in
      for (name, count) in zip(chunk.backends, counts) {
        answers[name, default: NamedCount()].badGateways += count.badGateways
        answers[name, default: NamedCount()].others += count.others
      }
      let named = answers.map {
        NamedAnswers(name: $0.key, badGateways: $0.value.badGateways, others: $0.value.others)
      }
      let nobodies = Set(NamedAnswers.nobodies(among: named).map { named[$0].name })
      return chunk.backends.map(nobodies.contains)
    }
  }
}
