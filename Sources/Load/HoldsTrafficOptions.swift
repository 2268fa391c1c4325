/// What holds the options of the traffic: their members are its own, too.
///
///     plan.connections = 20  // plan.traffic.connections
@dynamicMemberLookup
public protocol HoldsTrafficOptions {
  var traffic: TrafficOptions { get set }
  var fingerprint: FingerprintOptions { get set }
}

extension HoldsTrafficOptions {
  public subscript<Value>(dynamicMember field: WritableKeyPath<TrafficOptions, Value>) -> Value {
    get { traffic[keyPath: field] }
    set { traffic[keyPath: field] = newValue }
  }

  public subscript<Value>(dynamicMember field: WritableKeyPath<FingerprintOptions, Value>) -> Value {
    get { fingerprint[keyPath: field] }
    set { fingerprint[keyPath: field] = newValue }
  }
}
