/// Answers with the statuses that a gateway gives where no server answered it, each counted.
public struct GatewayErrors: Sendable, Equatable {
  public static let statuses = 502...504

  private var badGateway = 0
  private var serviceUnavailable = 0
  private var gatewayTimeout = 0

  var total: Int { badGateway + serviceUnavailable + gatewayTimeout }

  mutating func note(_ status: Int) { self[status] += 1 }

  /// - Parameter status: one of ``statuses``; of others none is counted.
  subscript(status: Int) -> Int {
    get {
      switch status {
      case 502: badGateway
      case 503: serviceUnavailable
      case 504: gatewayTimeout
      default: 0
      }
    }
    set {
      switch status {
      case 502: badGateway = newValue
      case 503: serviceUnavailable = newValue
      case 504: gatewayTimeout = newValue
      default: break
      }
    }
  }

  static func += (sum: inout GatewayErrors, other: GatewayErrors) {
    for status in statuses { sum[status] += other[status] }
  }
}
