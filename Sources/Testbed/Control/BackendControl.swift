internal import Glibc
internal import Platform

/// The control port of one backend's process: its count, its ledger and its fault.
struct BackendControl: Sendable {
  private let backend: BackendServer
  /// The file that the ledger goes to, if any.
  private let ledgerFile: String?

  init(_ backend: BackendServer, ledgerFile: String?) {
    self.backend = backend
    self.ledgerFile = ledgerFile
  }

  func answer(_ request: ControlRequest) -> ControlAnswer {
    guard request.path.count == 1 else { return ControlAnswer(.notFound, "there are count, ledger and fault") }
    do {
      switch (request.path[0], request.method) {
      case ("count", "GET"): return ControlAnswer("\(backend.ledger?.count ?? 0)")
      case ("ledger", "GET"): return ledger(format: request.query["format"] ?? "json")
      case ("ledger", "DELETE"):
        backend.ledger?.clear()
        return ControlAnswer("cleared")
      case ("ledger", "POST"):
        guard let ledgerFile else { return ControlAnswer(.conflict, "no folder was given with --ledger") }
        try writeLedger()
        return ControlAnswer(ledgerFile)
      case ("fault", "GET"): return ControlAnswer(backend.fault.query)
      case ("fault", "POST"):
        try backend.setFault(try BackendFault(query: request.query))
        return ControlAnswer(backend.fault.query)
      case ("count", _): return ControlAnswer(.wrongMethod, "count takes GET")
      case ("ledger", _): return ControlAnswer(.wrongMethod, "ledger takes GET, POST (write its file) and DELETE")
      case ("fault", _): return ControlAnswer(.wrongMethod, "fault takes GET and POST")
      default: return ControlAnswer(.notFound, "there are count, ledger and fault")
      }
    } catch TestbedError.invalidConfiguration(let reason) {
      return ControlAnswer(.badRequest, reason)
    } catch {
      return ControlAnswer(.failed, "\(error)")
    }
  }

  /// Writes the ledger to its file, which is replaced as a whole.
  func writeLedger() throws(TestbedError) {
    guard let ledgerFile, let document = backend.ledgerDocument else { return }
    try System.replaceFile(ledgerFile, with: document.json)
  }

  private func ledger(format: String) -> ControlAnswer {
    guard let document = backend.ledgerDocument else { return ControlAnswer(.notFound, "there is no ledger") }
    switch format {
    case "json": return ControlAnswer(contentType: "application/json", body: document.json)
    case "csv": return ControlAnswer(contentType: "text/csv; charset=utf-8", body: document.csv)
    default: return ControlAnswer(.badRequest, "format takes json or csv, not '\(format)'")
    }
  }
}
