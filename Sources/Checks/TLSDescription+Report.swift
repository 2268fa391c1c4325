internal import Load
internal import Report

extension TLSDescription {
  /// How many days before its expiry a certificate is mentioned.
  private static let soon = 14

  func inspection() -> InspectionGroup {
    var rows = [
      InspectionRow(name: "Protocol", value: version), InspectionRow(name: "Cipher", value: cipher),
      InspectionRow(name: "ALPN", value: applicationProtocol ?? "none"),
    ]
    if let leaf = chain.first {
      rows += [
        InspectionRow(name: "Certificate", value: leaf.subject),
        InspectionRow(name: "Issuer", value: leaf.issuer),
        InspectionRow(
          name: "Expires", value: "\(leaf.notAfter), \(leaf.expiryInWords)", note: leaf.expiryNote(soon: Self.soon)),
      ]
    }
    if chain.count > 1 {
      rows.append(InspectionRow(name: "Chain", value: chain.dropFirst().map(\.subject).joined(separator: "; ")))
    }
    rows.append(InspectionRow(name: "Verified", value: distrust ?? "yes"))
    return InspectionGroup(title: "TLS", rows: rows)
  }
}

extension TLSDescription.Certificate {
  var expiryInWords: String {
    switch daysLeft {
    case -1: "1 day ago"
    case ..<0: "\(-daysLeft) days ago"
    case 0: "today"
    case 1: "in 1 day"
    default: "in \(daysLeft) days"
    }
  }

  func expiryNote(soon: Int) -> String? {
    (0..<soon).contains(daysLeft) ? "Renew it now." : nil
  }
}
