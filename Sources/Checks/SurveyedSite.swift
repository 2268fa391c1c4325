internal import HTTP
internal import Load
package import Report

/// What the answers of a site show to whoever writes its profile.
package struct SurveyedSite: Sendable, Equatable {
  /// The addresses that answer, and those that do not.
  package var addresses: [String] = []
  package var silentAddresses: [String] = []
  /// The status of the first answer.
  package var status: Int
  package var server: String?
  /// Where the first answer leads, if it is a redirect.
  package var location: String?
  /// Why the certificate is not trusted; `nil` where it is, or where there is none.
  package var distrust: String?
  /// The header that tells backends apart, if there is one, with the backends that it named.
  package var backendHeader: String?
  package var backends: [String] = []
  package var generationHeader: String?
  /// Why no header tells backends apart.
  package var problem: String?
  /// The lines by which one would.
  package var advice: [InspectionAdvice] = []

  package init(status: Int) { self.status = status }
}

extension InspectCheck {
  /// Inspects a site for its profile.
  ///
  /// - Throws: ``CheckError`` where nothing answers.
  package func survey() throws(CheckError) -> SurveyedSite {
    let findings = try measure()
    let head = findings.first.head
    var site = SurveyedSite(status: head.status)
    site.addresses = findings.ready.attempts.answering.map(\.description)
    site.silentAddresses = findings.ready.attempts.failures.map(\.address.description)
    site.server = head.value(of: "server")
    if (300..<400).contains(head.status) { site.location = head.value(of: "location") }
    site.distrust = findings.distrust
    switch findings.named {
    case .success(let found):
      site.backendHeader = found.header
      site.backends = found.backends
      site.generationHeader = found.generationHeader
    case .failure(let error):
      site.problem = error.description
      site.advice = report(on: findings).inspection?.advice ?? []
    }
    return site
  }
}
