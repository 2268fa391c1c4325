package import Load
package import Report

/// Writes the requests of a run to a table of the report while the run goes on.
///
/// A check that makes several runs gives the requests of the one whose traffic it reports.
package final class RequestTable: RecordSink {
  package static let file = "requests.csv"
  private let stream: ReportFileStream

  package init(_ stream: ReportFileStream) {
    self.stream = stream
    begin()
  }

  package func begin() {
    stream.restart()
    stream.append(Array(CSVWriter.header.utf8))
  }

  package func take(_ chunk: RecordChunk) {
    let rows = chunk.records.lazy.map { record in
      RequestRow(
        due: record.due, sent: record.sent, done: record.done, connection: record.connection, backend: record.backend,
        generation: record.generation, status: record.status, failure: record.failure?.name, isRetry: record.isRetry,
        isUpstreamRetried: record.isUpstreamRetried)
    }
    stream.append(CSVWriter().write(rows, backends: chunk.backends, generations: chunk.generations))
  }
}
